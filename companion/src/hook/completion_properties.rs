//! What no event and no record may make the hook say.

use super::*;
use crate::time;
use proptest::prelude::*;
use serde_json::json;

/// How long ago the earlier jobs were created, and the length of every call whose length is known.
const LONG_AGO_MS: i64 = 3_600_000;
const CALL_MS: i64 = 60_000;

/// Record files whose output is `Output of <id>.`.
fn outputs() -> &'static tempfile::TempDir {
    static FOLDER: std::sync::OnceLock<tempfile::TempDir> = std::sync::OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..4 {
            let record = json!({"result": {"rawOutput": format!("Output of j{number}.")}});
            let path = folder.path().join(format!("j{number}.json"));
            std::fs::write(path, record.to_string()).unwrap();
        }
        folder
    })
}

fn a_job() -> impl Strategy<Value = Job> {
    let status = prop::sample::select(vec![
        "queued",
        "running",
        "completed",
        "failed",
        "cancelled",
        "paused",
    ]);
    let session = prop::sample::select(vec![Some("mine"), Some("other"), None]);
    (0..4u8, status, session, any::<bool>(), 0..100i64).prop_map(
        |(number, status, session, is_earlier, offset)| {
            let age = if is_earlier { LONG_AGO_MS } else { CALL_MS / 2 } - offset;
            let created = time::iso(time::now_ms() - age);
            let log = outputs().path().join(format!("j{number}.log"));
            let mut record = json!({"id": format!("j{number}"), "status": status, "jobClass": "task",
                "createdAt": created, "updatedAt": created, "completedAt": created, "logFile": log});
            if let Some(session) = session {
                record["sessionId"] = json!(session);
            }
            Job::from_value(record).unwrap()
        },
    )
}

/// Jobs with ids of their own.
fn jobs() -> impl Strategy<Value = Vec<Job>> {
    prop::collection::vec(a_job(), 0..5).prop_map(|mut jobs| {
        jobs.sort_by(|left, right| left.id().cmp(right.id()));
        jobs.dedup_by(|left, right| left.id() == right.id());
        jobs
    })
}

/// Texts made of what matters, whole and broken, and of anything.
fn a_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        (0..5u8).prop_map(|number| format!("Output of j{number}.")),
        (0..5u8).prop_map(|number| format!("[[codex-task status=dispatched id=j{number}]]")),
        Just("[[codex-task status=complete]]".to_owned()),
        Just("  [[codex-task status=complete]] \r".to_owned()),
        Just("[[codex-task status=comp".to_owned()),
        Just(
            "Command running in background with ID: b. Output is being written to: /t/ä. You"
                .to_owned()
        ),
        Just("was moved to the background (ID: b). Output is being written to:".to_owned()),
        Just("Codex is running in the background".to_owned()),
        Just("<tools-used-before-summary>Bash</tools-used-before-summary>".to_owned()),
        any::<String>(),
    ];
    prop::collection::vec(piece, 0..5).prop_map(|pieces| pieces.join("\n"))
}

fn a_status() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just("completed".to_owned()),
        1 => prop::sample::select([&FAILED[..], &NOT_RETURNED, &["", "success"]].concat())
            .prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

/// Any JSON, with the names that the hook looks for among its keys.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        Just(json!("codex:codex-rescue")),
        Just(json!("Agent")),
        any::<String>().prop_map(Value::from),
    ];
    let name = prop_oneof![
        prop::sample::select(vec![
            "tool_name",
            "tool_input",
            "subagent_type",
            "tool_response",
            "status",
            "content",
            "text",
            "result",
            "stdout",
            "duration_ms",
            "totalDurationMs",
            "session_id",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn complete_needs_a_completed_job_of_the_session_within_the_call(
        jobs in jobs(),
        text in a_text(),
        status in a_status(),
        session in prop::option::of(Just("mine")),
        knows_its_length in any::<bool>(),
    ) {
        let mut event = json!({});
        if let Some(session) = session {
            event["session_id"] = json!(session);
        }
        if knows_its_length {
            event["duration_ms"] = json!(CALL_MS);
        }
        let evidence = Evidence::from_jobs(&event, jobs.clone());
        let fits = |job: &&Job| {
            let created = job.text("createdAt").and_then(time::parse_iso).unwrap();
            let is_mine = session.is_none()
                || job.text("sessionId") == session
                || (knows_its_length && job.text("sessionId").is_none());
            job.status() == Some(Status::Completed)
                && is_mine
                && (!knows_its_length || time::now_ms() - created < LONG_AGO_MS / 2)
        };
        let verdict = after_return(&status.to_lowercase(), &text, &evidence);
        if verdict == Verdict::Complete {
            prop_assert!(jobs.iter().any(|job| fits(&job)));
            prop_assert!(!FAILED.contains(&status.to_lowercase().as_str()));
        }
        if let Verdict::Running(id) = verdict {
            let job = evidence.job(id).unwrap();
            prop_assert!(job.is_active());
        }
        if let Verdict::Finished(id) = verdict {
            prop_assert_eq!(evidence.job(id).unwrap().status(), Some(Status::Completed));
        }
        prop_assert_ne!(after_failure(&evidence), Verdict::Complete);
        let unfilled = verdict.text().contains("{companion}");
        prop_assert!(!unfilled);
    }

    #[test]
    fn no_input_is_too_odd_to_be_read(event in any_json(), text in any::<String>()) {
        input::is_rescue_call(&event);
        input::duration_ms(&event);
        let response = input::response_text(&event);
        for text in [text, response] {
            input::without_tool_note(&text);
            background::is_announced(&text);
            background::output_path(&text);
            background::is_claimed(&text);
            sentinel::find(&text);
        }
        Evidence::from_jobs(&event, Vec::new());
    }
}
