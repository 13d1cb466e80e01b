//! The folders of one invocation of the harness.

use std::io;
use std::path::{Path, PathBuf};

/// The folders that all runs of one invocation lie in, with the id that marks their processes.
#[derive(Debug, Clone)]
pub struct Workplace {
    /// Marks the processes and the folders.
    pub id: String,
    /// Holds the sandboxes.
    pub base: PathBuf,
    /// Holds the shared memory of the clocks.
    pub clock: PathBuf,
}

impl Workplace {
    /// Creates the folders.
    ///
    /// # Errors
    /// When they cannot be created.
    pub fn create() -> io::Result<Workplace> {
        // Short, since paths of sockets below it may have 107 bytes at most.
        let base = tempfile::Builder::new()
            .prefix("rh-")
            .rand_bytes(6)
            .tempdir()?
            .keep()
            .canonicalize()?;
        let id = base
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let shared = Path::new("/dev/shm");
        let clock = if shared.is_dir() {
            shared.join(&id)
        } else {
            base.join("clock")
        };
        std::fs::create_dir_all(&clock)?;
        Ok(Workplace { id, base, clock })
    }

    /// The marker of the run with this ordinal.
    pub fn marker(&self, run: usize) -> String {
        format!("{}/{run}/", self.id)
    }

    /// Removes the folders; the sandboxes only when `sandboxes` says so.
    pub fn remove(&self, sandboxes: bool) {
        let _ = std::fs::remove_dir_all(&self.clock);
        if sandboxes {
            let _ = std::fs::remove_dir_all(&self.base);
        }
    }
}
