//! Reading a workspace's state, and the paths in its folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value};

use super::lock::LockError;
use super::worker_file::WorkerFile;
use super::{directory, rebuild};
use crate::job::Job;
use crate::texts::say;
use crate::{environment, json, time, workspace};

/// The schema of `state.json` that this program reads and writes.
pub const VERSION: i64 = 1;

/// Why the state cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process keeps the lock.
    #[error("{}", say!(RECORDS_LOCKED, path = .path.display(), seconds = time::seconds(*.limit)))]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// How long nothing changed.
        limit: Duration,
    },
    /// A file operation failed.
    #[error("{}", say!(PATH_UNUSABLE, path = .path.display(), error = .source))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file was written by a later version of this program.
    #[error("{}", say!(RECORDS_NEWER, path = .path.display(), version = .version, known = VERSION))]
    Newer {
        /// The state file.
        path: PathBuf,
        /// Its version.
        version: i64,
    },
}

impl StoreError {
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { path, source }
    }

    pub(super) fn lock(path: &Path, limit: Duration, error: LockError) -> Self {
        let path = path.to_path_buf();
        match error {
            LockError::Held => Self::Locked { path, limit },
            LockError::Io(source) => Self::Io { path, source },
        }
    }
}

/// The state folder of one workspace.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
    workspace: PathBuf,
}

/// What `state.json` says.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Settings of the workspace.
    pub config: Map<String, Value>,
    /// One row a job, in the order of the file.
    pub jobs: Vec<Job>,
}

impl Default for State {
    fn default() -> Self {
        let mut config = Map::new();
        config.insert("stopReviewGate".to_owned(), Value::Bool(false));
        Self {
            config,
            jobs: Vec::new(),
        }
    }
}

impl State {
    /// The row of a job.
    pub fn job(&self, id: &str) -> Option<&Job> {
        self.jobs.iter().find(|job| job.id() == id)
    }

    /// Whether the stop-time review gate is on.
    pub fn review_gate(&self) -> bool {
        self.config
            .get("stopReviewGate")
            .and_then(Value::as_bool)
            .unwrap_or(false)
    }

    pub(super) fn from_value(value: &Value) -> Option<Self> {
        let object = value.as_object()?;
        let mut state = Self::default();
        if let Some(config) = object.get("config").and_then(Value::as_object) {
            state.config.extend(config.clone());
        }
        if let Some(rows) = object.get("jobs").and_then(Value::as_array) {
            state.jobs = rows.iter().cloned().filter_map(Job::from_value).collect();
        }
        Some(state)
    }
}

/// How a reading of `state.json` went.
pub(super) enum Reading {
    Absent,
    Good(State),
    Unreadable,
}

impl Store {
    /// The store of the workspace that `cwd` lies in.
    pub fn of(cwd: &Path) -> Self {
        let workspace = workspace::root(cwd);
        let data = environment::plugin_data();
        let folder = directory(data.as_deref(), &environment::temporary(), &workspace);
        Self { folder, workspace }
    }

    /// The store that this workspace has for processes without the plugin's data folder, when that is another one and
    /// is in use: the session that installs the plugin has no such folder yet.
    pub fn without_plugin_data(cwd: &Path) -> Option<Self> {
        environment::plugin_data()?;
        let workspace = workspace::root(cwd);
        let folder = directory(None, &environment::temporary(), &workspace);
        let store = Self { folder, workspace };
        store.state_file().is_file().then_some(store)
    }

    /// Whether the review gate is on, here or where it was turned on without the plugin's data folder.
    ///
    /// # Errors
    /// When the records cannot be read.
    pub fn review_gate(cwd: &Path) -> Result<bool, StoreError> {
        if Self::of(cwd).read()?.review_gate() {
            return Ok(true);
        }
        match Self::without_plugin_data(cwd) {
            Some(other) => Ok(other.read()?.review_gate()),
            None => Ok(false),
        }
    }

    /// The store in a known folder.
    pub fn at(folder: PathBuf, workspace: PathBuf) -> Self {
        Self { folder, workspace }
    }

    /// The workspace's top level.
    pub fn workspace(&self) -> &Path {
        &self.workspace
    }

    /// The state folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// `state.json`.
    pub fn state_file(&self) -> PathBuf {
        self.folder.join("state.json")
    }

    /// `state.lock`.
    pub fn lock_file(&self) -> PathBuf {
        self.folder.join("state.lock")
    }

    /// `jobs/`.
    pub fn jobs_folder(&self) -> PathBuf {
        self.folder.join("jobs")
    }

    /// `jobs/<id>.json`.
    pub fn job_file(&self, id: &str) -> PathBuf {
        self.jobs_folder().join(format!("{id}.json"))
    }

    /// `jobs/<id>.log`.
    pub fn log_file(&self, id: &str) -> PathBuf {
        self.jobs_folder().join(format!("{id}.log"))
    }

    /// The worker file of a job.
    pub fn worker_file(&self, id: &str) -> WorkerFile {
        WorkerFile::new(self.jobs_folder().join(format!("{id}.worker")))
    }

    /// What is on record now. An unreadable file is answered from the job files;
    /// the next change moves it aside.
    pub fn read(&self) -> Result<State, StoreError> {
        Ok(match self.read_state_file()? {
            Reading::Good(state) => state,
            Reading::Absent => State::default(),
            Reading::Unreadable => rebuild::from_job_files(self),
        })
    }

    pub(super) fn read_state_file(&self) -> Result<Reading, StoreError> {
        let path = self.state_file();
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Reading::Absent),
            Err(error) => return Err(StoreError::io(&path)(error)),
        };
        let Ok(value) = json::parse(&text) else {
            return Ok(Reading::Unreadable);
        };
        if let Some(version) = value.get("version").and_then(Value::as_i64)
            && version > VERSION
        {
            return Err(StoreError::Newer { path, version });
        }
        Ok(State::from_value(&value).map_or(Reading::Unreadable, Reading::Good))
    }

    /// The record file of a job; none when it is missing or unreadable.
    pub fn read_job(&self, id: &str) -> Option<Job> {
        let text = fs::read(self.job_file(id)).ok()?;
        Job::from_value(json::parse(&text).ok()?)
    }
}
