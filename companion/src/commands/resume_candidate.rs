//! `task-resume-candidate`: whether this session has a Codex thread to continue.

use serde_json::json;

use super::{CommandError, PLAIN_OPTIONS, directory, output};
use crate::arguments::Arguments;
use crate::state::Store;
use crate::texts::say;
use crate::{environment, selection, settle};

/// Runs the command.
pub fn run(raw: &[String]) -> Result<bool, CommandError> {
    let arguments = Arguments::parse(raw, PLAIN_OPTIONS)?;
    let store = Store::of(&directory(&arguments)?);
    let session = environment::session_id();
    let state = settle::view(&store)?;
    let job = selection::resumable(&state, session.as_deref());
    if arguments.flag("json") {
        let candidate = job.as_ref().map(|job| {
            json!({
                "id": job.id(),
                "status": job.text("status"),
                "title": job.text("title"),
                "summary": job.text("summary"),
                "threadId": job.text("threadId"),
                "completedAt": job.text("completedAt"),
                "updatedAt": job.text("updatedAt"),
            })
        });
        output::json(&json!({
            "available": candidate.is_some(),
            "sessionId": session,
            "candidate": candidate,
        }));
    } else {
        let line = match job {
            Some(job) => {
                let status = job.text("status").unwrap_or("unknown");
                say!(CAN_BE_CONTINUED, job = job.id(), status = status)
            }
            None => say!(NONE_TO_CONTINUE),
        };
        output::text(&format!("{line}\n"));
    }
    Ok(true)
}
