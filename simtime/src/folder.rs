//! The world's private folder.

use crate::error::Error;
use crate::layout::DIRECTORY;
use crate::library::LIBRARY;
use crate::system;
use std::collections::HashMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

static WORLDS: AtomicU32 = AtomicU32::new(0);

/// The folder with the shared memory, the wake-up pipes and, where programs may be mapped from
/// there, the preload library. Removed when dropped.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    memory: File,
    library: PathBuf,
    /// A second folder for the library, where programs may not be mapped from the first.
    other: Option<PathBuf>,
    pipes: HashMap<usize, File>,
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let action = format!("create {}", path.display());
    move |source| Error::System { action, source }
}

/// A new folder that nobody else can look into.
fn private(parent: &Path) -> Result<PathBuf, Error> {
    loop {
        let world = WORLDS.fetch_add(1, Relaxed);
        let path = parent.join(format!("simtime-{}-{world}", std::process::id()));
        match DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(&path)(error)),
        }
    }
}

impl Folder {
    /// A new one below `parent`.
    pub fn create(parent: &Path) -> Result<Folder, Error> {
        let parent = fs::canonicalize(parent).map_err(failed(parent))?;
        let path = private(&parent)?;
        if path.as_os_str().len() >= DIRECTORY {
            let error = io::Error::other("the path is too long");
            let failed = failed(&path);
            let _ = fs::remove_dir(&path);
            return Err(failed(error));
        }
        let memory_path = path.join("memory");
        let memory = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&memory_path)
            .map_err(failed(&memory_path))?;
        let other = if system::can_execute(&path) {
            None
        } else {
            Some(private(&std::env::temp_dir())?)
        };
        let library = other.as_ref().unwrap_or(&path).join("libsimtime.so");
        let folder = Folder {
            path,
            memory,
            library: library.clone(),
            other,
            pipes: HashMap::new(),
        };
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o500)
            .open(&library)
            .map_err(failed(&library))?;
        file.write_all(LIBRARY).map_err(failed(&library))?;
        Ok(folder)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file of the shared memory.
    pub fn memory(&self) -> &File {
        &self.memory
    }

    /// The preload library.
    pub fn library(&self) -> &Path {
        &self.library
    }

    /// Puts a byte into the wake-up pipe of a slot.
    pub fn wake(&mut self, slot: usize) -> io::Result<()> {
        if !self.pipes.contains_key(&slot) {
            let path = self.path.join(format!("w{slot:04}"));
            let pipe = OpenOptions::new()
                .read(true)
                .write(true)
                .custom_flags(libc::O_NONBLOCK)
                .open(path)?;
            self.pipes.insert(slot, pipe);
        }
        match self.pipes.get_mut(&slot) {
            Some(pipe) => pipe.write_all(b"w"),
            None => Ok(()),
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
        if let Some(other) = &self.other {
            let _ = fs::remove_dir_all(other);
        }
    }
}
