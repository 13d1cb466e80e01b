use super::*;
use crate::claude::profile::Profile;

fn with<T>(version: &str, event: &str, read: impl FnOnce(&Hook<'_>) -> T) -> T {
    let profile = Profile::of(version).unwrap();
    read(&Hook {
        event,
        call: "toolu_1",
        written: "sh ${CLAUDE_PLUGIN_ROOT}/h.sh",
        expanded: "sh /p/h.sh",
        plugin: "codex",
        results: "/r",
        limit: profile.hooks.context_limit,
        text: &profile.hooks.text,
    })
}

fn by(version: &str, event: &str, ended: &Ended) -> Taken {
    with(version, event, |hook| take(hook, ended))
}

fn taken(event: &str, code: i32, stdout: &str, stderr: &str) -> Taken {
    let ended = Ended {
        code: Some(code),
        stdout: stdout.into(),
        stderr: stderr.into(),
        timed_out: false,
    };
    by("2.1.197", event, &ended)
}

fn reason(taken: &Taken) -> Option<&str> {
    taken.block.as_ref().map(|block| block.reason.as_str())
}

fn context(text: &str) -> String {
    serde_json::json!({"hookSpecificOutput": {"hookEventName": "PostToolUse", "additionalContext": text}}).to_string()
}

#[test]
fn what_a_hook_printed_before_its_timeout_is_dropped() {
    let ended = Ended {
        stdout: context("late"),
        timed_out: true,
        ..Ended::default()
    };
    assert_eq!(
        by("2.1.330", "PostToolUse", &ended),
        problem("timed out; its output is dropped")
    );
}

#[test]
fn other_exit_codes_and_signals_block_nothing() {
    let failed = taken("PostToolUse", 1, &context("said"), "boom\n");
    assert_eq!(failed, problem("exited with code 1: boom"));
    let killed = by("2.1.197", "Stop", &Ended::default());
    assert_eq!(killed, problem("was ended by a signal"));
}

#[test]
fn exit_code_2_tells_the_command_as_each_version_does() {
    let ended = Ended {
        code: Some(2),
        stderr: "not yet\n".into(),
        ..Ended::default()
    };
    let older = by("2.1.197", "Stop", &ended);
    assert_eq!(
        reason(&older),
        Some("[sh ${CLAUDE_PLUGIN_ROOT}/h.sh]: not yet\n")
    );
    let newer = by("2.1.330", "PostToolUse", &ended);
    assert_eq!(
        reason(&newer),
        Some("[sh /p/h.sh]: not yet\n\nThis hook comes from the codex@inline plugin.")
    );
    let end = by("2.1.330", "SessionEnd", &ended);
    assert_eq!(end, problem("exited with code 2: not yet"));
}

#[test]
fn json_that_is_none_or_answers_another_event_is_a_problem() {
    assert!(taken("PostToolUse", 0, "{oops", "").problem.is_some());
    let other = taken("Stop", 0, &context("x"), "");
    assert_eq!(other, problem("answered for `PostToolUse`, not for Stop"));
    let nameless = taken(
        "Stop",
        0,
        r#"{"hookSpecificOutput": {"additionalContext": "x"}}"#,
        "",
    );
    assert!(nameless.problem.is_some());
    let maybe = taken("Stop", 0, r#"{"decision": "maybe"}"#, "");
    assert!(maybe.problem.is_some());
}

#[test]
fn plain_output_is_context_only_at_the_start_of_a_session() {
    assert_eq!(taken("PostToolUse", 0, "hello", ""), Taken::default());
    assert_eq!(
        taken("SessionStart", 0, "hello\n", "").context.as_deref(),
        Some("hello")
    );
    assert_eq!(taken("PostToolUse", 0, "", "noise"), Taken::default());
}

#[test]
fn context_decision_and_messages_are_taken() {
    assert_eq!(
        taken("PostToolUse", 0, &context("said"), "")
            .context
            .as_deref(),
        Some("said")
    );
    let stop = taken(
        "Stop",
        0,
        r#"{"decision": "block", "reason": "not yet", "systemMessage": "m"}"#,
        "",
    );
    assert_eq!(
        (reason(&stop), stop.message.as_deref()),
        (Some("not yet"), Some("m"))
    );
    let denial = r#"{"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": "no"}}"#;
    assert_eq!(reason(&taken("PreToolUse", 0, denial, "")), Some("no"));
    let halt = taken(
        "Stop",
        0,
        r#"{"continue": false, "stopReason": "enough"}"#,
        "",
    );
    assert_eq!(halt.halt.as_deref(), Some("enough"));
}

#[test]
fn long_context_goes_to_a_file_with_a_preview() {
    let whole = "x".repeat(10_001);
    let long = taken("PostToolUse", 0, &context(&whole), "");
    let shown = long.context.unwrap();
    let path = "/r/hook-toolu_1-1-additionalContext.txt";
    assert!(shown.starts_with(&format!(
        "<persisted-output>\nOutput too large (9.8KB). Full output saved to: {path}\n\nPreview (first 2KB):\nxxx"
    )));
    assert!(shown.ends_with("xxx\n...\n</persisted-output>"));
    assert_eq!(
        long.overflow,
        Some(Overflow {
            path: path.into(),
            text: whole
        })
    );
    let fits = taken("PostToolUse", 0, &context(&"x".repeat(10_000)), "");
    assert_eq!(fits.overflow, None);
}
