//! The folders of one invocation of the harness.

use std::io;
use std::path::{Path, PathBuf};

use nix::sys::statvfs::{FsFlags, statvfs};

/// The folder that lies in memory on every ordinary Linux.
const SHARED: &str = "/dev/shm";

/// What must be free in memory for the sandboxes to lie there, in bytes: containers often have 64 MB of it.
const ENOUGH: u64 = 1 << 30;

/// Where sandboxes cost least. Their files are thrown away, and no disk need be waited for on their account; who has
/// set TMPDIR has chosen otherwise.
fn fast_place() -> PathBuf {
    let shared = Path::new(SHARED);
    let is_fit = std::env::var_os("TMPDIR").is_none()
        && statvfs(shared).is_ok_and(|system| {
            let free = system.blocks_available() * system.fragment_size();
            let denied = FsFlags::ST_NOEXEC | FsFlags::ST_RDONLY;
            free >= ENOUGH && !system.flags().intersects(denied)
        });
    if is_fit {
        shared.to_owned()
    } else {
        std::env::temp_dir()
    }
}

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
    /// Creates the folders; those that `last` are not put where they would fill the memory.
    ///
    /// # Errors
    /// When they cannot be created.
    pub fn create(last: bool) -> io::Result<Workplace> {
        let place = if last {
            std::env::temp_dir()
        } else {
            fast_place()
        };
        // Short, since paths of sockets below it may have 107 bytes at most.
        let base = tempfile::Builder::new()
            .prefix("rh-")
            .rand_bytes(6)
            .tempdir_in(place)?
            .keep()
            .canonicalize()?;
        let id = base
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let shared = Path::new(SHARED);
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
