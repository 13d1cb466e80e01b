//! Waiting for a job to end, without polling.
//!
//! The wait blocks on the lock of the job's worker file, which its worker holds
//! until it has recorded the end or is dead. A job without one (of the Node
//! plugin) is looked at every two seconds.

use std::time::{Duration, Instant};

use crate::job::Job;
use crate::settle::{self, Worker, worker_of};
use crate::state::{Store, StoreError};

/// Pause between looks at a job that has no worker file.
const LOOK: Duration = Duration::from_secs(2);
/// A worker that has just let go of its lock may need a moment to be gone.
const MOMENT: Duration = Duration::from_millis(20);
/// How long one block on the lock lasts before the record is looked at again.
const RECHECK: Duration = Duration::from_secs(600);

/// How a wait ended.
#[derive(Debug, Clone)]
pub struct Waited {
    /// The job's row at the end.
    pub job: Job,
    /// The limit passed while the job was active.
    pub timed_out: bool,
    /// The job was ended here because its worker was gone.
    pub worker_exited: bool,
}

/// Waits until the job has ended. None when there is no such job.
pub fn until_ended(
    store: &Store,
    id: &str,
    limit: Option<Duration>,
) -> Result<Option<Waited>, StoreError> {
    let deadline = limit.map(|limit| Instant::now() + limit);
    loop {
        let before = store.read()?.job(id).cloned();
        let was_gone = before
            .as_ref()
            .is_some_and(|job| job.is_active() && worker_of(store, job) == Worker::Gone);
        let Some(job) = settle::view(store)?.job(id).cloned() else {
            return Ok(None);
        };
        if !job.is_active() {
            let worker_exited = was_gone && job.text("status") == Some("failed");
            return Ok(Some(Waited {
                job,
                timed_out: false,
                worker_exited,
            }));
        }
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if left == Some(Duration::ZERO) {
            return Ok(Some(Waited {
                job,
                timed_out: true,
                worker_exited: false,
            }));
        }
        pause(store, id, left);
    }
}

/// Sleeps until something about the job may have changed, at most for `left`.
fn pause(store: &Store, id: &str, left: Option<Duration>) {
    let at_most = |pause: Duration| left.map_or(pause, |left| left.min(pause));
    match store.worker_file(id).is_held() {
        Some(true) => {
            store.worker_file(id).wait_released(Some(at_most(RECHECK)));
        }
        Some(false) => std::thread::sleep(at_most(MOMENT)),
        None => std::thread::sleep(at_most(LOOK)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn seeded(record: serde_json::Value) -> (tempfile::TempDir, Store, String) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path().join("state"), folder.path().to_path_buf());
        let job = Job::from_value(record).unwrap();
        let id = job.id().to_owned();
        let mut change = store.begin().unwrap();
        change.put_file(job.clone());
        change.put_row(job);
        change.commit().unwrap();
        (folder, store, id)
    }

    #[test]
    fn a_dead_worker_ends_the_wait_at_once() {
        let (_folder, store, id) =
            seeded(json!({"id": "a", "status": "running", "pid": 987_654_321}));
        let waited = until_ended(&store, &id, None).unwrap().unwrap();
        assert!(waited.worker_exited && !waited.timed_out);
        assert_eq!(waited.job.text("status"), Some("failed"));
    }

    #[test]
    fn a_live_worker_reaches_the_limit() {
        let (_folder, store, id) =
            seeded(json!({"id": "a", "status": "running", "pid": std::process::id()}));
        let waited = until_ended(&store, &id, Some(Duration::ZERO))
            .unwrap()
            .unwrap();
        assert!(waited.timed_out);
        assert!(waited.job.is_active());
    }

    #[test]
    fn the_end_of_the_lock_ends_the_wait() {
        let (_folder, store, id) =
            seeded(json!({"id": "a", "status": "running", "pid": std::process::id()}));
        let held = store.worker_file(&id).create().unwrap();
        let (waiting, waited_id) = (store.clone(), id.clone());
        let waiter = std::thread::spawn(move || until_ended(&waiting, &waited_id, None));
        let mut change = store.begin().unwrap();
        let outcome = crate::lifecycle::Outcome {
            completed: true,
            ..Default::default()
        };
        crate::lifecycle::finish(&mut change, &id, outcome).unwrap();
        change.commit().unwrap();
        drop(held);
        let waited = waiter.join().unwrap().unwrap().unwrap();
        assert_eq!(waited.job.text("status"), Some("completed"));
    }

    #[test]
    fn a_job_that_is_not_there_is_none() {
        let (_folder, store, _id) = seeded(json!({"id": "a", "status": "completed"}));
        assert!(until_ended(&store, "b", None).unwrap().is_none());
    }
}
