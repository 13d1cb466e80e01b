//! The worker file of this worker.

use std::fs::File;
use std::os::fd::AsFd;

use crate::liveness::Identity;
use crate::state::{Store, WorkerFile, WorkerNote};

/// The lock that says that this worker lives, and the note inside.
pub struct Life {
    file: WorkerFile,
    lock: Option<File>,
    note: WorkerNote,
}

impl Life {
    /// The lock comes as stdin from the launcher; a worker started by hand takes it itself.
    pub fn take(store: &Store, id: &str) -> Self {
        let file = store.worker_file(id);
        let inherited = || {
            Some(File::from(
                std::io::stdin().as_fd().try_clone_to_owned().ok()?,
            ))
        };
        let lock = file.try_take().ok().or_else(inherited);
        Self {
            file,
            lock,
            note: WorkerNote {
                worker: Some(Identity::own()),
                ..WorkerNote::default()
            },
        }
    }

    /// Changes the note. That it cannot be written stops no work.
    pub fn note(&mut self, edit: impl FnOnce(&mut WorkerNote)) {
        edit(&mut self.note);
        let _ = self.file.write(&self.note);
    }

    /// Lets those who wait for the job go on.
    pub fn release(&mut self) {
        if let Some(lock) = self.lock.take() {
            let _ = lock.unlock();
        }
    }
}
