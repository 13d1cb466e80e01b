//! `cancel`: stops a job and its worker.

use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::json;

use super::{CommandError, JOB_OPTIONS, directory, output, reference};
use crate::arguments::Arguments;
use crate::job::{Job, Status};
use crate::lifecycle::{self, Refused};
use crate::liveness::Identity;
use crate::settle::{self, Worker, worker_of};
use crate::state::{Store, StoreError};
use crate::texts::say;
use crate::texts::{self, render};
use crate::{environment, joblog, selection};

/// How long a worker may take to interrupt its turn and end Codex. Its own steps
/// are bounded: interrupt 5 s, end of the turn 5 s, shutdown 3 s.
const GRACE: Duration = Duration::from_secs(20);
/// After SIGKILL only the kernel is waited for.
const KILLED: Duration = Duration::from_secs(5);
/// Pause between looks at a worker without a worker file.
const LOOK: Duration = Duration::from_millis(50);

/// Runs the command.
pub fn run(raw: &[String]) -> Result<bool, CommandError> {
    let arguments = Arguments::parse(raw, JOB_OPTIONS)?;
    let store = Store::of(&directory(&arguments)?);
    let state = settle::read_settled(&store)?;
    let session = environment::session_id();
    let job = selection::active(&store, &state, reference(&arguments), session.as_deref())?;
    let reason = render(texts::CANCELLED_BY_USER, &[]);
    let ended = cancel(&store, job.id(), &reason)?;
    if ended.status() != Some(Status::Cancelled) {
        let status = ended.text("status").unwrap_or("unknown");
        return Err(CommandError::Text(render(
            texts::CANCEL_TOO_LATE,
            &[("job", job.id()), ("status", status)],
        )));
    }
    let interrupted = store.worker_file(job.id()).read().interrupted;
    if arguments.flag("json") {
        output::json(&json!({
            "jobId": job.id(),
            "status": "cancelled",
            "title": job.text("title"),
            "turnInterruptAttempted": interrupted.is_some(),
            "turnInterrupted": interrupted.unwrap_or(false),
        }));
    } else {
        output::text(&crate::render::cancelled(&ended));
    }
    Ok(true)
}

/// Stops a job: the wish is recorded, the worker is told, waited for and if need
/// be killed, and only then does the record say that the job is cancelled.
/// Gives the job's row at the end, which may have ended otherwise first.
pub fn cancel(store: &Store, id: &str, reason: &str) -> Result<Job, StoreError> {
    let mut change = store.begin()?;
    match lifecycle::request_cancel(&mut change, id, reason) {
        Ok(()) => change.commit()?,
        Err(Refused::Ended(_)) => {
            lifecycle::agree(&mut change, id);
            change.commit()?;
        }
        Err(_) => drop(change),
    }
    let row = store.read()?.job(id).cloned().unwrap_or_default();
    if row.is_active() {
        stop_worker(store, &row);
        end_record(store, id, reason)?;
    }
    Ok(store.read()?.job(id).cloned().unwrap_or_default())
}

fn end_record(store: &Store, id: &str, reason: &str) -> Result<(), StoreError> {
    let mut change = store.begin()?;
    if lifecycle::cancel(&mut change, id, reason).is_ok() {
        change.commit()?;
        joblog::line(&store.log_file(id), reason);
    }
    Ok(())
}

/// Ends the job's worker and its Codex; returns when both are gone.
fn stop_worker(store: &Store, job: &Job) {
    let worker = job.pid().map(|pid| Identity {
        pid,
        start: job.number("pidStartTime"),
    });
    let Some(worker) = worker else { return };
    if worker_of(store, job) == Worker::Lives {
        worker.signal(Signal::SIGTERM);
        if !wait_gone(store, job, worker, GRACE) {
            joblog::line(&store.log_file(job.id()), &say!(LOG_KILLING_WORKER));
            worker.signal_group(Signal::SIGKILL);
            wait_gone(store, job, worker, KILLED);
        }
    }
    settle::end_codex(store, job.id());
}

fn wait_gone(store: &Store, job: &Job, worker: Identity, limit: Duration) -> bool {
    if let Some(released) = store.worker_file(job.id()).wait_released(Some(limit)) {
        return released;
    }
    let looks = limit.as_millis() / LOOK.as_millis();
    for _ in 0..looks {
        if !worker.is_alive() {
            return true;
        }
        std::thread::sleep(LOOK);
    }
    false
}
