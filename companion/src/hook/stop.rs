//! The Stop hook: a note about running jobs, and the optional review gate.

use std::time::Duration;

use serde_json::{Value, json};

use super::input;
use crate::commands::{TaskOptions, cancel, start_task};
use crate::job::{Job, Status};
use crate::selection;
use crate::settle;
use crate::state::{Store, StoreError};
use crate::texts::{self, render};
use crate::{environment, wait};

/// The review may take this long. Less than the hook's own 900 s, so that its end
/// is this program's decision.
const LIMIT: Duration = Duration::from_secs(840);
/// What the reviewer is told.
const PROMPT: &str = include_str!("stop_review.md");

/// Notes what runs, and decides whether the session may stop.
pub fn answer(event: &Value) -> Result<Option<Value>, StoreError> {
    let store = Store::of(&input::cwd(event));
    let state = settle::view(&store)?;
    let own = environment::session_id();
    let session = input::session(event).or(own.as_deref());
    let jobs = selection::of_session(selection::newest_first(&state), session);
    let note = jobs
        .iter()
        .find(|job| job.is_active())
        .map(|job| render(texts::STOP_JOB_RUNNING, &[("job", job.id())]));
    let again = event
        .get("stop_hook_active")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    // A session that was held back once may stop: the review has had its say.
    let refusal = if !again && Store::review_gate(&input::cwd(event))? {
        review(&store, event)?
    } else {
        None
    };
    match refusal {
        Some(reason) => {
            let reason = note.map_or(reason.clone(), |note| format!("{note} {reason}"));
            Ok(Some(json!({"decision": "block", "reason": reason})))
        }
        None => {
            if let Some(note) = note {
                tell!("{note}");
            }
            Ok(None)
        }
    }
}

/// Why the session may not stop yet; none when it may.
fn review(store: &Store, event: &Value) -> Result<Option<String>, StoreError> {
    if environment::find_program("codex").is_none() {
        let detail = texts::CODEX_NOT_ON_PATH.template;
        tell!("{}", render(texts::GATE_NO_CODEX, &[("detail", detail)]));
        return Ok(None);
    }
    let last = input::text(event, "/last_assistant_message").trim();
    let prompt = PROMPT.replace(
        "{last_message}",
        if last.is_empty() { "(not known)" } else { last },
    );
    let options = TaskOptions::stop_review(input::cwd(event), prompt);
    let (job, _) = start_task(store, &options, input::session(event))?;
    let Some(waited) = wait::until_ended(store, job.id(), Some(LIMIT))? else {
        return Ok(Some(failed(texts::GATE_RECORD_REMOVED.template)));
    };
    if waited.timed_out {
        let seconds = LIMIT.as_secs().to_string();
        let reason = render(texts::GATE_TIMED_OUT, &[("seconds", &seconds)]);
        cancel(store, job.id(), &reason)?;
        return Ok(Some(reason));
    }
    let stored = store.read_job(job.id());
    Ok(verdict(&waited.job, stored.as_ref()))
}

fn failed(error: &str) -> String {
    render(texts::GATE_FAILED, &[("error", error)])
}

fn verdict(job: &Job, stored: Option<&Job>) -> Option<String> {
    if job.status() != Some(Status::Completed) {
        return Some(failed(
            job.text("errorMessage")
                .unwrap_or(texts::NO_REASON.template),
        ));
    }
    let answer = stored
        .and_then(|stored| stored.get("result")?.get("rawOutput")?.as_str())
        .unwrap_or_default()
        .trim();
    let first = answer.lines().next().unwrap_or_default().trim();
    if first.starts_with("ALLOW:") {
        None
    } else if let Some(reason) = first.strip_prefix("BLOCK:") {
        let reason = if reason.trim().is_empty() {
            answer
        } else {
            reason.trim()
        };
        Some(render(texts::GATE_BLOCKED, &[("reason", reason)]))
    } else if answer.is_empty() {
        Some(render(texts::GATE_NO_OUTPUT, &[]))
    } else {
        Some(render(texts::GATE_UNEXPECTED, &[]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: &str, answer: &str) -> Option<String> {
        let job = Job::from_value(json!({"status": status, "errorMessage": "boom"})).unwrap();
        let stored = Job::from_value(json!({"result": {"rawOutput": answer}})).unwrap();
        verdict(&job, Some(&stored))
    }

    #[test]
    fn three_outcomes() {
        assert_eq!(answered("completed", "ALLOW: nothing changed\nmore"), None);
        assert!(
            answered("completed", "BLOCK: a race")
                .unwrap()
                .contains("a race")
        );
        assert!(
            answered("completed", "BLOCK:\nthe rest")
                .unwrap()
                .contains("the rest")
        );
        assert_eq!(
            answered("completed", " "),
            Some(render(texts::GATE_NO_OUTPUT, &[]))
        );
        assert_eq!(
            answered("completed", "fine"),
            Some(render(texts::GATE_UNEXPECTED, &[]))
        );
        assert!(answered("failed", "ALLOW: x").unwrap().contains("boom"));
    }
}
