//! The life of a job: every change of its status, in one place.
//!
//! ```text
//!              queue
//!                │
//!                ▼   launch (pid)          cancel (no worker yet, or worker gone)
//!            ┌────────┐ ──────────────────────────────────────────┐
//!            │ queued │ ───────────── reap / fail ───────────┐    │
//!            └────────┘                                      │    │
//!                │ claim (by the worker)                     │    │
//!                ▼                                           ▼    ▼
//!            ┌─────────┐ ──── finish (failed) / reap ──► failed  cancelled
//!   progress │ running │ ──── finish (completed) ──────► completed
//!     ┌──────│         │ ──── cancel (worker gone) ────► cancelled
//!     └─────►└─────────┘
//! ```
//!
//! Cancelling is in two steps: [`request_cancel`] notes the wish while the job
//! stays active, because it is; [`cancel`] ends it once its worker is gone. A
//! worker never claims, and a launcher never starts, a job with that note.
//!
//! Each function runs inside one [`Transaction`], which holds the lock: the row
//! in `state.json` and the record file change together. A change that the
//! picture does not have is [`Refused`] and leaves the records alone. Every change
//! of a status is on the disk before anybody hears of it: what is said of a queued
//! job whose worker is gone, that nothing was done, must hold after a power failure.

use serde_json::Value;

use crate::job::{Job, Status};
use crate::liveness::Identity;
use crate::state::Transaction;
use crate::texts;
use crate::texts::say;
use crate::time;

/// Fields that say who works on an active job; they go when it ends.
const ACTIVE_ONLY: [&str; 5] = [
    "pidStartTime",
    "launcherPid",
    "launcherStartTime",
    "cancelRequestedAt",
    "cancelReason",
];

/// The change does not fit the job's present status.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Refused {
    /// There is no such job.
    #[error("{}", say!(WORKER_NO_JOB, job = .0))]
    Missing(String),
    /// The job has ended.
    #[error("{}", say!(JOB_HAS_ENDED, status = .0.word()))]
    Ended(Status),
    /// Another worker has claimed it.
    #[error("{}", say!(JOB_IS_CLAIMED))]
    Claimed,
    /// The user asked to stop it.
    #[error("{}", say!(JOB_IS_CANCELLED))]
    Cancelling,
    /// The record's status is a word that this program does not know.
    #[error("{}", say!(JOB_STATUS_UNKNOWN))]
    Unknown,
}

/// How a worker's turn ended.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Whether the turn completed with a final answer.
    pub completed: bool,
    /// The thread of the turn.
    pub thread: Option<String>,
    /// The turn.
    pub turn: Option<String>,
    /// One line for lists.
    pub summary: Option<String>,
    /// What the `result` field of the record file holds.
    pub result: Option<Value>,
    /// What the foreground command prints.
    pub rendered: Option<String>,
    /// Why it did not complete.
    pub error: Option<String>,
}

/// Records a new job; the launcher is noted until a worker has taken over.
pub fn queue(change: &mut Transaction, mut job: Job, launcher: Identity) -> Job {
    job.set("status", Status::Queued.word());
    job.set("phase", "queued");
    job.touch();
    job.set("launcherPid", launcher.pid);
    job.set("launcherStartTime", launcher.start);
    change.put_file(job.clone());
    change.put_row(job.clone());
    change.make_durable();
    job
}

/// Whether a worker may be started for the job now.
pub fn may_launch(change: &Transaction, id: &str) -> Result<(), Refused> {
    match active_row(change, id)?.get("cancelRequestedAt") {
        Some(_) => Err(Refused::Cancelling),
        None => Ok(()),
    }
}

/// Notes the worker that was started for a queued job.
pub fn launched(change: &mut Transaction, id: &str, worker: Identity) -> Result<(), Refused> {
    may_launch(change, id)?;
    update(change, id, |record| {
        record.set("pid", worker.pid);
        record.touch();
        record.set("pidStartTime", worker.start);
    });
    Ok(())
}

/// The worker takes the job: only a queued one that nobody wants to cancel.
pub fn claim(change: &mut Transaction, id: &str, worker: Identity) -> Result<Job, Refused> {
    may_launch(change, id)?;
    if active_row(change, id)?.status() != Some(Status::Queued) {
        return Err(Refused::Claimed);
    }
    update(change, id, |record| {
        record.set("status", Status::Running.word());
        record.set("startedAt", time::now_iso());
        record.set("phase", "starting");
        record.set("pid", worker.pid);
        record.touch();
        record.set("pidStartTime", worker.start);
        record.remove("launcherPid");
        record.remove("launcherStartTime");
    });
    change.make_durable();
    change
        .file(id)
        .ok_or_else(|| Refused::Missing(id.to_owned()))
}

/// The worker notes phase, thread or turn.
pub fn progress(
    change: &mut Transaction,
    id: &str,
    fields: &[(&'static str, String)],
) -> Result<(), Refused> {
    active_row(change, id)?;
    update(change, id, |record| {
        for (name, value) in fields {
            record.set(name, value.clone());
        }
        record.touch();
    });
    Ok(())
}

/// The worker's turn ended.
pub fn finish(change: &mut Transaction, id: &str, outcome: Outcome) -> Result<(), Refused> {
    active_row(change, id)?;
    let status = if outcome.completed {
        Status::Completed
    } else {
        Status::Failed
    };
    let now = time::now_iso();
    update(change, id, |record| {
        record.set("status", status.word());
        if let Some(thread) = &outcome.thread {
            record.set("threadId", thread.clone());
        }
        if let Some(turn) = &outcome.turn {
            record.set("turnId", turn.clone());
        }
        end(record, status, &now, outcome.error.as_deref());
    });
    if let Some(mut row) = change.state.job(id).cloned()
        && let Some(summary) = outcome.summary
    {
        row.set("summary", summary);
        change.put_row(row);
    }
    if let Some(mut file) = change.file(id) {
        if let Some(result) = outcome.result {
            file.set("result", result);
        }
        if let Some(rendered) = outcome.rendered {
            file.set("rendered", rendered);
        }
        change.put_file(file);
    }
    change.make_durable();
    Ok(())
}

/// An active job ends without a turn: its launch failed, or its worker is gone.
pub fn fail(change: &mut Transaction, id: &str, error: &str) -> Result<(), Refused> {
    active_row(change, id)?;
    let now = time::now_iso();
    update(change, id, |record| {
        record.set("status", Status::Failed.word());
        end(record, Status::Failed, &now, Some(error));
    });
    change.make_durable();
    Ok(())
}

/// Notes that the job is to be stopped, and why.
pub fn request_cancel(change: &mut Transaction, id: &str, reason: &str) -> Result<(), Refused> {
    active_row(change, id)?;
    update(change, id, |record| {
        record.set("cancelRequestedAt", time::now_iso());
        record.set("cancelReason", reason);
    });
    Ok(())
}

/// Why the job is to be stopped; none when nobody wants that.
pub fn cancel_reason(job: &Job) -> Option<&str> {
    job.get("cancelRequestedAt")?;
    Some(
        job.text("cancelReason")
            .unwrap_or(texts::CANCELLED_BY_USER.template),
    )
}

/// Ends a job as cancelled. Its worker must be gone.
pub fn cancel(change: &mut Transaction, id: &str, reason: &str) -> Result<(), Refused> {
    active_row(change, id)?;
    let now = time::now_iso();
    update(change, id, |record| {
        record.set("status", Status::Cancelled.word());
        end(record, Status::Cancelled, &now, Some(reason));
    });
    if let Some(mut file) = change.file(id) {
        file.set("cancelledAt", now);
        change.put_file(file);
    }
    change.make_durable();
    Ok(())
}

/// Makes row and file agree when one of them holds an end that the other missed,
/// as after a crash between the two writes. True when something was repaired.
pub fn agree(change: &mut Transaction, id: &str) -> bool {
    let (Some(row), Some(file)) = (change.state.job(id).cloned(), change.file(id)) else {
        return false;
    };
    if row.is_active() == file.is_active() {
        return false;
    }
    let (ended, open) = if row.is_active() {
        (file, row)
    } else {
        (row, file)
    };
    let mut merged = open;
    for (name, value) in ended.fields() {
        if !matches!(
            name.as_str(),
            "result" | "rendered" | "cancelledAt" | "summary"
        ) {
            merged.set(name, value.clone());
        }
    }
    for name in ACTIVE_ONLY {
        merged.remove(name);
    }
    if change.state.job(id).is_some_and(Job::is_active) {
        change.put_row(merged);
    } else {
        change.put_file(merged);
    }
    true
}

fn end(record: &mut Job, status: Status, now: &str, error: Option<&str>) {
    record.set("phase", status.final_phase());
    record.set("pid", Value::Null);
    record.set("completedAt", now);
    record.set("updatedAt", now);
    if let Some(error) = error {
        record.set("errorMessage", error);
    }
    for name in ACTIVE_ONLY {
        record.remove(name);
    }
}

/// The row of a job that both row and file call active.
fn active_row<'a>(change: &'a Transaction, id: &str) -> Result<&'a Job, Refused> {
    let row = change
        .state
        .job(id)
        .ok_or_else(|| Refused::Missing(id.to_owned()))?;
    let file = change.file(id);
    for status in [Some(row.status()), file.map(|file| file.status())]
        .into_iter()
        .flatten()
    {
        match status {
            None => return Err(Refused::Unknown),
            Some(status) if !status.is_active() => return Err(Refused::Ended(status)),
            Some(_) => {}
        }
    }
    Ok(row)
}

/// Changes row and file in the same way. A missing file is written from the row.
fn update(change: &mut Transaction, id: &str, edit: impl Fn(&mut Job)) {
    let Some(mut row) = change.state.job(id).cloned() else {
        return;
    };
    let mut file = change.file(id).unwrap_or_else(|| row.clone());
    edit(&mut row);
    edit(&mut file);
    change.put_row(row);
    change.put_file(file);
}

#[cfg(test)]
#[path = "lifecycle_tests.rs"]
mod tests;
