//! Looking at jobs: one whose worker is gone is ended first, whoever looks.

use std::time::Duration;

use nix::sys::signal::Signal;

use crate::job::Job;
use crate::joblog;
use crate::lifecycle;
use crate::liveness::Identity;
use crate::state::{self, State, Store, StoreError, Transaction};
use crate::texts;

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
    if has_unsettled(store, &state) {
        settle(store.begin()?)
    } else {
        Ok(state)
    }
}

/// As [`read_settled`] for one who must not wait: without the lock, it only reads.
pub fn read_settled_now(store: &Store) -> Result<State, StoreError> {
    let state = store.read()?;
    if !has_unsettled(store, &state) {
        return Ok(state);
    }
    match store.try_begin()? {
        Some(change) => settle(change),
        None => Ok(state),
    }
}

fn settle(mut change: Transaction) -> Result<State, StoreError> {
    for orphan in state::orphans(change.store(), &change.state) {
        change.put_row(orphan);
    }
    let ids: Vec<String> = change
        .state
        .jobs
        .iter()
        .map(|job| job.id().to_owned())
        .collect();
    let mut ended = Vec::new();
    for id in ids {
        if let Some(text) = settle_one(&mut change, &id) {
            ended.push((change.store().log_file(&id), text));
        }
    }
    let state = change.state.clone();
    change.commit()?;
    for (log, text) in ended {
        joblog::line(&log, &text);
    }
    Ok(state)
}

fn has_unsettled(store: &Store, state: &State) -> bool {
    state.jobs.iter().any(|job| needs_settling(store, job))
        || !state::orphans(store, state).is_empty()
}

fn needs_settling(store: &Store, job: &Job) -> bool {
    job.is_active() && worker_of(store, job) == Worker::Gone
}

/// Ends the job if its worker is gone; gives the log line that says so.
fn settle_one(change: &mut Transaction, id: &str) -> Option<String> {
    if lifecycle::agree(change, id) {
        return None;
    }
    let job = change.state.job(id)?.clone();
    if !needs_settling(change.store(), &job) {
        return None;
    }
    end_codex(change.store(), id);
    if let Some(reason) = lifecycle::cancel_reason(&job) {
        let text = reason.to_owned();
        return lifecycle::cancel(change, id, &text).is_ok().then_some(text);
    }
    let text = texts::render(texts::WORKER_EXITED, &[("job", id)]);
    lifecycle::fail(change, id, &text).is_ok().then_some(text)
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
