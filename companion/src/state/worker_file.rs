//! The worker file `jobs/<id>.worker`: locked for as long as the job's worker lives.
//!
//! The launcher takes the lock before the worker exists and hands the open file
//! down as the worker's stdin; the lock goes when the last copy closes, also
//! after SIGKILL. So "does the worker live" and "wait until it is gone" need no
//! process id and no polling. The text inside notes what belongs to the worker.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use super::lock::{self, Held, LockError};
use crate::liveness::Identity;

/// How long a look at a worker file may take at most.
const LOOK: Duration = Duration::from_secs(5);

/// The worker file of one job.
#[derive(Debug, Clone)]
pub struct WorkerFile(PathBuf);

/// What a worker notes about itself for those who come after it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkerNote {
    /// The worker itself. It lets go of the lock when the job has ended, and only then ends Codex.
    pub worker: Option<Identity>,
    /// The Codex process that belongs to it.
    pub codex: Option<Identity>,
    /// When it asked Codex to stop the turn: whether Codex agreed.
    pub interrupted: Option<bool>,
}

impl WorkerFile {
    /// The worker file at this path, which need not exist.
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Creates it and takes its lock, for a worker that will be started. Somebody
    /// who only looks may hold it for a moment; that is waited for.
    pub fn create(&self) -> Result<File, LockError> {
        lock::lock_within(lock::open(&self.0)?, Held::Alone, Some(LOOK))
    }

    /// Takes its lock if nobody holds it.
    pub fn try_take(&self) -> Result<File, LockError> {
        let file = lock::open(&self.0)?;
        lock::try_now(&file, Held::Alone)?;
        Ok(file)
    }

    /// Whether a worker holds it; none when there is no such file.
    pub fn is_held(&self) -> Option<bool> {
        let file = File::open(&self.0).ok()?;
        Some(matches!(
            lock::try_now(&file, Held::Shared),
            Err(LockError::Held)
        ))
    }

    /// Waits until no worker holds it. False when the limit passed first; none
    /// when there is no such file.
    pub fn wait_released(&self, limit: Option<Duration>) -> Option<bool> {
        let file = File::open(&self.0).ok()?;
        Some(lock::lock_within(file, Held::Shared, limit).is_ok())
    }

    /// Writes the note. In place, since a rename would leave the lock behind.
    pub fn write(&self, note: &WorkerNote) -> io::Result<()> {
        let value = json!({
            "worker": identity_to_value(note.worker),
            "codex": identity_to_value(note.codex),
            "interrupted": note.interrupted,
        });
        fs::write(&self.0, format!("{value}\n"))
    }

    /// Reads the note; an empty one when there is none or it is torn.
    pub fn read(&self) -> WorkerNote {
        let text = fs::read_to_string(&self.0).unwrap_or_default();
        let value: Value = serde_json::from_str(&text).unwrap_or_default();
        WorkerNote {
            worker: identity_of(&value["worker"]),
            codex: identity_of(&value["codex"]),
            interrupted: value["interrupted"].as_bool(),
        }
    }
}

fn identity_to_value(identity: Option<Identity>) -> Value {
    identity.map_or(
        Value::Null,
        |identity| json!({"pid": identity.pid, "startTime": identity.start}),
    )
}

fn identity_of(value: &Value) -> Option<Identity> {
    Some(Identity {
        pid: i32::try_from(value["pid"].as_i64()?).ok()?,
        start: value["startTime"].as_i64(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn held_until_the_file_closes() {
        let place = tempfile::tempdir().unwrap();
        let worker = WorkerFile::new(place.path().join("j.worker"));
        assert_eq!(worker.is_held(), None);
        let held = worker.create().unwrap();
        assert_eq!(worker.is_held(), Some(true));
        let note = WorkerNote {
            worker: Some(Identity::own()),
            codex: Some(Identity::of(1)),
            interrupted: Some(true),
        };
        worker.write(&note).unwrap();
        assert_eq!(worker.read(), note);
        drop(held);
        // First waited for: a child that another test is starting holds a copy until its exec.
        assert_eq!(worker.wait_released(None), Some(true));
        assert_eq!(worker.is_held(), Some(false));
    }

    #[test]
    fn a_torn_note_is_empty() {
        let place = tempfile::tempdir().unwrap();
        let worker = WorkerFile::new(place.path().join("j.worker"));
        fs::write(worker.path(), "{\"codex\":").unwrap();
        assert_eq!(worker.read(), WorkerNote::default());
    }
}
