//! The end of a `codex-rescue` subagent.
//!
//! A subagent in the background (the default since Claude Code 2.1.198) reports
//! by its last message alone: no PostToolUse fires for it. When that message is
//! the Bash tool's note that a command was moved to the background, the main
//! thread would learn nothing of the job that goes on; when it holds a sentinel
//! that the records do not bear out, the main thread would believe it. So the
//! subagent is sent back once to say what is so.

use serde_json::{Value, json};

use super::evidence::Evidence;
use super::{background, input};
use crate::environment;
use crate::job::{Job, Status};
use crate::quoting::shell_word;
use crate::sentinel::{self, Sentinel};
use crate::texts::{self, Text};

/// The hook's answer to SubagentStop.
pub fn answer(event: &Value) -> Option<Value> {
    let rescue = input::text(event, "/agent_type")
        .to_lowercase()
        .contains("codex-rescue");
    let again = event
        .get("stop_hook_active")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    let message = input::text(event, "/last_assistant_message");
    let found = sentinel::find(message);
    let announced = background::is_announced(message);
    if !rescue || again || (found.is_none() && !announced) {
        return None;
    }
    let evidence = Evidence::read(event);
    let reason = left_behind(found.as_ref(), message, &evidence)
        .or_else(|| unproven(&found?, message, &evidence))?;
    Some(json!({"decision": "block", "reason": reason}))
}

/// What to say of a job that goes on without the command that started it.
fn left_behind(found: Option<&Sentinel>, message: &str, evidence: &Evidence) -> Option<String> {
    if !background::is_announced(message) || matches!(found, Some(Sentinel::Dispatched(_))) {
        return None;
    }
    let job = evidence.active_in_session()?;
    let said = of_running(texts::DISPATCHED, job);
    let values = [("job", job.id()), ("text", said.as_str())];
    Some(texts::render(texts::SUBAGENT_SAY, &values))
}

fn of_running(text: Text, job: &Job) -> String {
    let companion = shell_word(&environment::companion_path().to_string_lossy());
    texts::render(text, &[("job", job.id()), ("companion", &companion)])
}

/// What to say when the records do not bear out the sentinel in the message.
fn unproven(found: &Sentinel, message: &str, evidence: &Evidence) -> Option<String> {
    // Records that cannot be read prove nothing against it either.
    if evidence.unreadable.is_some() {
        return None;
    }
    let is_named = |job: &&Job| job.is_active() && sentinel::names(message, job.id());
    let dispatched = evidence.session.iter().find(is_named);
    let quoted = evidence.quoted_in(message).filter(|job| match found {
        // A job that was handed over later than this one ran is no quotation in its output.
        Sentinel::Dispatched(id) => evidence.job(id).is_none_or(|named| {
            named.id() == job.id() || named.text("createdAt") < job.text("createdAt")
        }),
        Sentinel::Complete => true,
    });
    let said = match (quoted, found) {
        // The same message says that the job was handed over, and it goes on.
        (_, Sentinel::Complete) if dispatched.is_some() => of_running(texts::WATCHER, dispatched?),
        // Whose output the message holds is known, so its record decides.
        (Some(job), Sentinel::Complete) if is(job, Status::Completed) => return None,
        (Some(job), Sentinel::Dispatched(id)) if is(job, Status::Completed) && job.id() == id => {
            return None;
        }
        (Some(job), _) => ended(job),
        (None, Sentinel::Complete) if evidence.completed_for(message).is_some() => return None,
        // It may be the one that goes on, and whoever waits for that one is not misled.
        (None, Sentinel::Complete) => match evidence.active_in_session() {
            Some(job) => of_running(texts::WATCHER, job),
            None => texts::render(texts::NEUTRAL, &[]),
        },
        (None, Sentinel::Dispatched(id)) => match evidence.job(id) {
            Some(job) if job.is_active() || is(job, Status::Completed) => return None,
            Some(job) => ended(job),
            None => texts::render(texts::FAILURE, &[]),
        },
    };
    Some(texts::render(texts::SUBAGENT_UNPROVEN, &[("text", &said)]))
}

/// What the hook says of a run that ended as this job did.
fn ended(job: &Job) -> String {
    match job.status() {
        Some(Status::Completed) => texts::render(texts::COMPLETE, &[]),
        Some(Status::Cancelled) => texts::render(texts::JOB_CANCELLED, &[("job", job.id())]),
        _ => texts::render(texts::FAILURE, &[]),
    }
}

fn is(job: &Job, status: Status) -> bool {
    job.status() == Some(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(id: &str, status: &str) -> Job {
        let record = json!({"id": id, "status": status, "jobClass": "task", "completedAt": id});
        Job::from_value(record).unwrap()
    }

    fn said(message: &str, jobs: &[Job]) -> Option<String> {
        let evidence = Evidence::for_tests(jobs, None);
        let found = sentinel::find(message);
        left_behind(found.as_ref(), message, &evidence)
            .or_else(|| unproven(&found?, message, &evidence))
    }

    const COMPLETE: &str = "All is done.\n[[codex-task status=complete]]";
    const MOVED: &str =
        "Command running in background with ID: b. Output is being written to: /t/x";

    #[test]
    fn a_complete_sentinel_needs_a_completed_job() {
        let unproven = |jobs: &[Job]| said(COMPLETE, jobs).unwrap_or_default();
        assert_eq!(said(COMPLETE, &[job("1", "completed")]), None);
        for jobs in [
            vec![],
            vec![job("1", "failed")],
            vec![job("2", "failed"), job("1", "completed")],
        ] {
            assert!(unproven(&jobs).contains("could not be tied to a recorded job"));
            assert!(!unproven(&jobs).contains("[[codex-task status"));
        }
        let running = unproven(&[job("1", "running")]);
        assert!(running.contains("\n\nCodex job 1 is running"), "{running}");
    }

    #[test]
    fn a_dispatched_sentinel_needs_a_job_that_runs_or_has_completed() {
        let message = sentinel::dispatched("1");
        for status in ["queued", "running", "completed"] {
            assert_eq!(said(&message, &[job("1", status)]), None, "{status}");
        }
        let failed = said(&message, &[job("1", "failed")]).unwrap();
        assert!(failed.contains("without a recorded success"), "{failed}");
        let cancelled = said(&message, &[job("1", "cancelled")]).unwrap();
        assert!(cancelled.contains("job 1 was cancelled"), "{cancelled}");
        let phantom = said(&message, &[job("2", "running")]).unwrap();
        assert!(phantom.contains("without a recorded success"), "{phantom}");
    }

    #[test]
    fn a_job_that_goes_on_without_its_command_is_told_whatever_was_quoted() {
        let running = [job("1", "running")];
        for message in [MOVED.to_owned(), format!("{MOVED}\n{COMPLETE}")] {
            let reason = said(&message, &running).unwrap();
            assert!(
                reason.contains("\n\n[[codex-task status=dispatched id=1]]\n"),
                "{reason}"
            );
        }
        let named = format!("{}\n{COMPLETE}", sentinel::dispatched("1"));
        let beside = [job("1", "running"), job("0", "completed")];
        let reason = said(&named, &beside).unwrap();
        assert!(reason.contains("\n\nCodex job 1 is running"), "{reason}");
        let dispatched = format!("{MOVED}\n{}", sentinel::dispatched("1"));
        assert_eq!(said(&dispatched, &running), None);
        assert_eq!(said("Command finished", &running), None);
    }
}
