//! Looking at jobs: one whose worker is gone is ended first, whoever looks.

use std::collections::BTreeSet;
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::job::{Job, Status};
use crate::joblog;
use crate::lifecycle;
use crate::liveness::Identity;
use crate::state::{self, State, Store, StoreError, Transaction};
use crate::texts;
use crate::texts::say;

/// The worker of an active job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worker {
    /// It lives, or its launcher does and will start it.
    Lives,
    /// It is gone for good.
    Gone,
    /// The record names none, so nothing can be said.
    Unknown,
}

/// What is true of an active job's worker.
///
/// The worker file decides where there is one. Otherwise (a job of the Node
/// plugin) the process id does. A queued job without a worker waits for its launcher.
pub fn worker_of(store: &Store, job: &Job) -> Worker {
    let alive = |yes: bool| if yes { Worker::Lives } else { Worker::Gone };
    if let Some(held) = store.worker_file(job.id()).is_held()
        && (held || job.pid().is_some())
    {
        return alive(held);
    }
    if let Some(pid) = job.pid() {
        return alive(
            Identity {
                pid,
                start: job.number("pidStartTime"),
            }
            .is_alive(),
        );
    }
    match job
        .number("launcherPid")
        .and_then(|pid| i32::try_from(pid).ok())
    {
        Some(pid) => alive(
            Identity {
                pid,
                start: job.number("launcherStartTime"),
            }
            .is_alive(),
        ),
        None => Worker::Unknown,
    }
}

/// The state after every active job whose worker is gone was ended.
pub fn read_settled(store: &Store) -> Result<State, StoreError> {
    let state = store.read()?;
    match unsettled(store, &state) {
        None => Ok(state),
        Some(gone) => record(store.begin()?, &gone),
    }
}

/// As [`read_settled`], for those who only show it: where the records cannot be
/// changed, what they would say is shown, with a warning on stderr.
pub fn view(store: &Store) -> Result<State, StoreError> {
    let state = store.read()?;
    let Some(gone) = unsettled(store, &state) else {
        return Ok(state);
    };
    match store.begin().and_then(|change| record(change, &gone)) {
        Err(error @ (StoreError::Io { .. } | StoreError::Locked { .. })) => {
            tell!("{}", say!(ENDS_NOT_RECORDED, error = error));
            rehearsed(store, &gone)
        }
        done => done,
    }
}

/// As [`view`] for a hook, which must not wait for the lock and has nobody to warn.
pub fn view_now(store: &Store) -> Result<State, StoreError> {
    let state = store.read()?;
    let Some(gone) = unsettled(store, &state) else {
        return Ok(state);
    };
    match store.try_begin() {
        Ok(Some(change)) => record(change, &gone).or_else(|_| rehearsed(store, &gone)),
        Ok(None) | Err(_) => rehearsed(store, &gone),
    }
}

fn record(mut change: Transaction, gone: &BTreeSet<String>) -> Result<State, StoreError> {
    let ended = end_all(&mut change, gone);
    let logs: Vec<_> = ended
        .into_iter()
        .map(|(id, text)| (change.store().log_file(&id), text))
        .collect();
    let state = change.state.clone();
    change.commit()?;
    for (log, text) in logs {
        joblog::line(&log, &text);
    }
    Ok(state)
}

fn rehearsed(store: &Store, gone: &BTreeSet<String>) -> Result<State, StoreError> {
    let mut change = store.rehearse()?;
    end_all(&mut change, gone);
    Ok(change.state)
}

/// The jobs whose worker was seen to be gone; none when there is nothing to put right.
///
/// They are ended only in a state that was read after this: a worker records the end
/// of its job before it goes, so what is still called active then was not finished.
/// That holds without the lock, too, which the Node plugin does not take.
fn unsettled(store: &Store, state: &State) -> Option<BTreeSet<String>> {
    let orphans = state::orphans(store, state);
    let found_without_row = !orphans.is_empty();
    let gone: BTreeSet<String> = state
        .jobs
        .iter()
        .chain(&orphans)
        .filter(|job| is_gone(store, job))
        .map(|job| job.id().to_owned())
        .collect();
    (found_without_row || !gone.is_empty()).then_some(gone)
}

fn is_gone(store: &Store, job: &Job) -> bool {
    job.is_active() && worker_of(store, job) == Worker::Gone
}

/// Ends the jobs; gives their ids with the log lines that say so.
fn end_all(change: &mut Transaction, gone: &BTreeSet<String>) -> Vec<(String, String)> {
    gone.iter()
        .filter_map(|id| Some((id.clone(), end_one(change, id)?)))
        .collect()
}

fn end_one(change: &mut Transaction, id: &str) -> Option<String> {
    if lifecycle::agree(change, id) {
        return None;
    }
    let job = change.state.job(id)?.clone();
    // One that was started again since is not gone.
    if !is_gone(change.store(), &job) {
        return None;
    }
    end_codex(change.store(), id);
    if let Some(reason) = lifecycle::cancel_reason(&job) {
        let text = reason.to_owned();
        return lifecycle::cancel(change, id, &text).is_ok().then_some(text);
    }
    let text = reason_of_end(&job);
    lifecycle::fail(change, id, &text).is_ok().then_some(text)
}

/// Why a job whose worker is gone has failed. A worker does nothing before it has
/// claimed its job, so one that is still queued left nothing behind.
fn reason_of_end(job: &Job) -> String {
    let text = if job.status() == Some(Status::Queued) {
        texts::NEVER_STARTED
    } else {
        texts::WORKER_EXITED
    };
    texts::render(text, &[("job", job.id())])
}

/// Whether a job failed because its worker was gone.
pub fn was_ended_by_look(job: &Job) -> bool {
    let said = job.text("errorMessage");
    [texts::NEVER_STARTED, texts::WORKER_EXITED]
        .iter()
        .any(|text| said == Some(texts::render(*text, &[("job", job.id())]).as_str()))
}

/// Makes sure that the Codex process of a dead worker writes nothing more.
/// It ends by itself when the worker's end of its stdin closes; one that hangs is killed.
pub fn end_codex(store: &Store, id: &str) {
    let Some(codex) = store.worker_file(id).read().codex else {
        return;
    };
    for _ in 0..10 {
        if !codex.is_alive() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    codex.signal_group(Signal::SIGKILL);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path().join("state"), folder.path().to_path_buf());
        (folder, store)
    }

    fn seed(store: &Store, record: serde_json::Value) -> String {
        let job = Job::from_value(record).unwrap();
        let id = job.id().to_owned();
        let mut change = store.begin().unwrap();
        change.put_file(job.clone());
        change.put_row(job);
        change.commit().unwrap();
        id
    }

    #[test]
    fn a_dead_worker_fails_its_job() {
        let (_folder, store) = store();
        let id = seed(
            &store,
            json!({"id": "task-x", "status": "running", "pid": 987_654_321}),
        );
        let state = read_settled(&store).unwrap();
        let row = state.job(&id).unwrap();
        assert_eq!(row.text("status"), Some("failed"));
        assert!(row.text("errorMessage").unwrap().contains("task-x"));
        assert_eq!(store.read_job(&id).unwrap().text("status"), Some("failed"));
    }

    #[test]
    fn living_and_unknown_workers_are_left_alone() {
        let (_folder, store) = store();
        let own = std::process::id();
        seed(&store, json!({"id": "a", "status": "running", "pid": own}));
        seed(&store, json!({"id": "b", "status": "running", "pid": 1}));
        seed(&store, json!({"id": "c", "status": "queued", "pid": null}));
        let state = read_settled(&store).unwrap();
        assert!(state.jobs.iter().all(Job::is_active));
    }

    #[test]
    fn a_queued_job_whose_launcher_died_fails() {
        let (_folder, store) = store();
        let dead = json!({"id": "a", "status": "queued", "pid": null, "launcherPid": 987_654_321});
        seed(&store, dead);
        assert!(!read_settled(&store).unwrap().jobs[0].is_active());
    }

    #[test]
    fn a_record_file_without_a_row_is_found() {
        let (_folder, store) = store();
        let dead = json!({"id": "a", "status": "queued", "launcherPid": 987_654_321});
        seed(&store, dead);
        let mut change = store.begin().unwrap();
        change.state.jobs.clear();
        change.commit().unwrap();
        let state = read_settled(&store).unwrap();
        assert_eq!(state.job("a").unwrap().text("status"), Some("failed"));
    }

    #[test]
    fn what_cannot_be_recorded_is_shown_all_the_same() {
        let (_folder, store) = store();
        let id = seed(
            &store,
            json!({"id": "task-x", "status": "queued", "launcherPid": 987_654_321}),
        );
        let held = store.begin().unwrap();
        let seen = view_now(&store).unwrap();
        assert_eq!(seen.job(&id).unwrap().text("status"), Some("failed"));
        assert!(seen.job(&id).is_some_and(was_ended_by_look));
        drop(held);
        assert!(store.read().unwrap().job(&id).unwrap().is_active());
    }

    #[test]
    fn a_wish_to_cancel_outlives_the_canceller() {
        let (_folder, store) = store();
        let wished =
            json!({"id": "a", "status": "running", "pid": 987_654_321, "cancelRequestedAt": "x"});
        seed(&store, wished);
        assert_eq!(
            read_settled(&store).unwrap().jobs[0].text("status"),
            Some("cancelled")
        );
    }

    #[test]
    fn a_held_worker_file_beats_the_process_id() {
        let (_folder, store) = store();
        let id = seed(
            &store,
            json!({"id": "a", "status": "running", "pid": 987_654_321}),
        );
        let held = store.worker_file(&id).create().unwrap();
        assert!(read_settled(&store).unwrap().jobs[0].is_active());
        drop(held);
        assert!(!read_settled(&store).unwrap().jobs[0].is_active());
    }
}
