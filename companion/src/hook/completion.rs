//! What the main thread is told when a `codex-rescue` call returns.
//!
//! The records on disk decide; the text of the return is only a hint which job
//! it is about and whether the job's output reached the main thread.

use serde_json::Value;

use super::evidence::{Evidence, output_is_in};
use super::{background, input, output};
use crate::environment;
use crate::job::{Job, Status};
use crate::quoting::shell_word;
use crate::sentinel::{self, Sentinel};
use crate::texts::{self, Text, render};

/// Statuses of an Agent call that has not returned; its end comes by another way.
const NOT_RETURNED: [&str; 4] = [
    "async_launched",
    "running",
    "sub_agent_entered",
    "remote_launched",
];
/// Statuses of an Agent call without success.
const FAILED: [&str; 9] = [
    "failed",
    "fail",
    "error",
    "errored",
    "cancelled",
    "canceled",
    "timed_out",
    "timeout",
    "aborted",
];

/// The hook's answer to PostToolUse and PostToolUseFailure.
pub fn answer(event: &Value) -> Option<Value> {
    if !input::is_rescue_call(event) {
        return None;
    }
    let name = input::text(event, "/hook_event_name");
    let context = if name == "PostToolUseFailure" {
        let evidence = Evidence::read(event);
        or_unreadable(after_failure(&evidence), &evidence).text()
    } else {
        let response = event.get("tool_response").unwrap_or(&Value::Null);
        let status = input::text(response, "/status").to_lowercase();
        if NOT_RETURNED.contains(&status.as_str()) {
            return None;
        }
        let text = input::without_tool_note(&input::response_text(response));
        let evidence = Evidence::read(event);
        or_unreadable(after_return(&status, &text, &evidence), &evidence).text()
    };
    Some(output::additional_context(name, &context))
}

/// What can be said when the records may be unreadable: only what a readable job shows.
fn or_unreadable<'a>(verdict: Verdict<'a>, evidence: &'a Evidence) -> Verdict<'a> {
    match (&evidence.unreadable, &verdict) {
        (Some(error), Verdict::Neutral | Verdict::Failure | Verdict::Background(_)) => {
            Verdict::Unreadable(error)
        }
        _ => verdict,
    }
}

/// What is true, and what to do about it.
#[derive(Debug, PartialEq, Eq)]
enum Verdict<'a> {
    Complete,
    Neutral,
    Failure,
    Running(&'a str),
    Finished(&'a str),
    Cancelled(&'a str),
    Background(Option<&'a str>),
    Unreadable(&'a str),
}

impl Verdict<'_> {
    fn text(&self) -> String {
        let companion = shell_word(&environment::companion_path().to_string_lossy());
        let say = |text: Text, name: &str, value: &str| {
            render(text, &[(name, value), ("companion", &companion)])
        };
        match self {
            Self::Complete => render(texts::COMPLETE, &[]),
            Self::Neutral => render(texts::NEUTRAL, &[]),
            Self::Failure => render(texts::FAILURE, &[]),
            Self::Running(job) => say(texts::WATCHER, "job", job),
            Self::Finished(job) => say(texts::FINISHED, "job", job),
            Self::Cancelled(job) => say(texts::JOB_CANCELLED, "job", job),
            Self::Background(Some(path)) => say(texts::BASH_BACKGROUND, "path", path),
            Self::Unreadable(error) => say(texts::RECORDS_UNREADABLE, "error", error),
            Self::Background(None) => say(texts::BASH_BACKGROUND_NO_PATH, "path", ""),
        }
    }
}

/// The call failed as a call. A job that it started may still run.
fn after_failure(evidence: &Evidence) -> Verdict<'_> {
    let job = match &evidence.call {
        Some(_) => evidence.job_of_call(""),
        None => evidence.active_in_session(),
    };
    match job {
        Some(job) if job.is_active() => Verdict::Running(job.id()),
        _ => Verdict::Failure,
    }
}

fn after_return<'a>(status: &str, text: &'a str, evidence: &'a Evidence) -> Verdict<'a> {
    let found = sentinel::find(text);
    // A call that failed vouches for nothing in its text, but a job that it
    // started and that runs is a fact.
    if FAILED.contains(&status) {
        return match evidence.job_of_call("") {
            Some(job) if job.is_active() => Verdict::Running(job.id()),
            _ => Verdict::Failure,
        };
    }
    if let Some(Sentinel::Dispatched(id)) = &found {
        match evidence.job(id) {
            Some(job) if evidence.is_of_call(job) => return by_state(job, text),
            // The call has a job of its own, so its output only quotes the line of another one.
            _ if evidence.call_has_a_job() => {}
            // Of another session or an earlier call: its state is true, but it vouches for nothing here.
            Some(job) => return by_state(job, ""),
            // A job that is not on record was never started.
            None => return Verdict::Failure,
        }
    }
    // The call's own job is known: nothing else matters.
    if let Some(job) = evidence.job_of_call(text) {
        let says_complete = found == Some(Sentinel::Complete);
        return match job.status() {
            Some(Status::Completed) if says_complete && !is_foreign(evidence, job, text) => {
                Verdict::Complete
            }
            _ => by_state(job, text),
        };
    }
    // A review has no sentinel: one in its text was quoted from what it looked at.
    if let Some(review) = &evidence.review {
        return by_state(review, text);
    }
    if found == Some(Sentinel::Complete) {
        let known = evidence
            .call
            .is_none()
            .then(|| evidence.completed_for(text))
            .flatten();
        // No job completed within this call: the sentinel was made up.
        return known.map_or(Verdict::Failure, |_| Verdict::Complete);
    }
    if background::is_announced(text) {
        // Claude Code ends the command with its subagent. When the call is known to
        // have started no job, and the session has none, nothing is left that runs.
        let nothing_runs = evidence.call.is_some() && evidence.active_in_session().is_none();
        let path = background::output_path(text);
        return if nothing_runs {
            Verdict::Failure
        } else {
            Verdict::Background(path)
        };
    }
    if background::is_claimed(text)
        && let Some(job) = evidence.active_in_session()
    {
        return Verdict::Running(job.id());
    }
    if text.trim().is_empty() {
        Verdict::Failure
    } else {
        Verdict::Neutral
    }
}

/// Several jobs of one call of which not all completed: the sentinel proves
/// nothing unless the text is the completed one's output.
fn is_foreign(evidence: &Evidence, job: &Job, text: &str) -> bool {
    let jobs = evidence.call.iter().flatten();
    let mut others = jobs.filter(|other| other.id() != job.id());
    others.any(|other| other.status() != Some(Status::Completed)) && !output_is_in(job, text)
}

/// What a job's state means for one whose text is about it.
fn by_state<'a>(job: &'a Job, text: &str) -> Verdict<'a> {
    match job.status() {
        Some(Status::Queued | Status::Running) => Verdict::Running(job.id()),
        Some(Status::Completed) if output_is_in(job, text) => Verdict::Complete,
        Some(Status::Completed) => Verdict::Finished(job.id()),
        Some(Status::Cancelled) => Verdict::Cancelled(job.id()),
        Some(Status::Failed) | None => Verdict::Failure,
    }
}

#[cfg(test)]
#[path = "completion_properties.rs"]
mod properties;
#[cfg(test)]
#[path = "completion_tests.rs"]
mod tests;
