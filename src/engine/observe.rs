//! What can be seen from outside at a quiescent point: state files, and what fake-codex reports.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value};

use super::jobs::{Jobs, changes};
use crate::event::{Log, What};

/// Looks at the state folders and tells what changed since the last look.
#[derive(Debug, Default)]
pub(super) struct StateObserver {
    parents: Vec<PathBuf>,
    stamp: Vec<(PathBuf, u64, i64, i64, u64)>,
    known: HashMap<(String, &'static str), Map<String, Value>>,
    unreadable: Vec<String>,
    jobs: Jobs,
}

impl StateObserver {
    /// `parents` hold a state folder for each workspace.
    pub(super) fn new(parents: Vec<PathBuf>) -> StateObserver {
        StateObserver {
            parents,
            ..StateObserver::default()
        }
    }

    /// The state folders that are there.
    pub(super) fn folders(&self) -> Vec<PathBuf> {
        let mut folders: Vec<PathBuf> = self
            .parents
            .iter()
            .flat_map(|parent| entries(parent))
            .filter(|path| path.is_dir())
            .collect();
        folders.sort();
        folders
    }

    pub(super) fn jobs(&self) -> &Jobs {
        &self.jobs
    }

    /// Looks again; costs a few system calls when nothing has changed.
    pub(super) fn look(&mut self, at: Duration, log: &mut Log) -> bool {
        let folders = self.folders();
        let stamp = stamp(&folders);
        if stamp == self.stamp {
            return false;
        }
        self.stamp = stamp;
        self.jobs = Jobs::read(&folders);
        let mut seen = HashMap::new();
        for job in &self.jobs.jobs {
            for (place, record) in [("row", &job.row), ("file", &job.file)] {
                let Some(record) = record else { continue };
                let key = (job.id.clone(), place);
                let changed = changes(self.known.get(&key), record);
                if !changed.is_empty() {
                    log.observe(
                        at,
                        "state",
                        What::Job {
                            id: job.id.clone(),
                            place: place.into(),
                            changed: changed.into(),
                        },
                    );
                }
                seen.insert(key, record.clone());
            }
        }
        let mut gone: Vec<_> = self
            .known
            .keys()
            .filter(|key| !seen.contains_key(*key))
            .cloned()
            .collect();
        gone.sort();
        for (id, place) in gone {
            if !self
                .jobs
                .unreadable
                .iter()
                .any(|path| path == "state.json" || path.contains(&id))
            {
                log.observe(
                    at,
                    "state",
                    What::Job {
                        id,
                        place: place.into(),
                        changed: Value::Null,
                    },
                );
            }
        }
        for path in &self.jobs.unreadable {
            if !self.unreadable.contains(path) {
                log.observe(at, "state", What::Unreadable { path: path.clone() });
            }
        }
        self.unreadable = self.jobs.unreadable.clone();
        self.known = seen;
        true
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect()
}

/// What tells whether any record may have changed: name, inode, time and size of each file.
fn stamp(folders: &[PathBuf]) -> Vec<(PathBuf, u64, i64, i64, u64)> {
    let mut files: Vec<PathBuf> = folders
        .iter()
        .flat_map(|folder| {
            let mut files = entries(&folder.join("jobs"));
            files.retain(|path| {
                path.extension()
                    .is_some_and(|extension| extension == "json")
            });
            files.push(folder.join("state.json"));
            files
        })
        .collect();
    files.sort();
    files
        .into_iter()
        .filter_map(|path| {
            let data = path.metadata().ok()?;
            Some((
                path,
                data.ino(),
                data.mtime(),
                data.mtime_nsec(),
                data.size(),
            ))
        })
        .collect()
}

/// Reads what fake-codex has appended to its report since the last look.
#[derive(Debug)]
pub(super) struct CodexObserver {
    path: PathBuf,
    file: Option<File>,
    read: u64,
}

impl CodexObserver {
    pub(super) fn new(path: PathBuf) -> CodexObserver {
        CodexObserver {
            path,
            file: None,
            read: 0,
        }
    }

    /// The new reports, in the order in which they were written. Only whole lines are taken.
    pub(super) fn look(&mut self) -> Vec<Value> {
        if self.file.is_none() {
            self.file = File::open(&self.path).ok();
        }
        let Some(file) = &mut self.file else {
            return Vec::new();
        };
        let mut text = Vec::new();
        if file.seek(SeekFrom::Start(self.read)).is_err() || file.read_to_end(&mut text).is_err() {
            return Vec::new();
        }
        let whole = text
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |last| last + 1);
        self.read += whole as u64;
        text.get(..whole)
            .unwrap_or_default()
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| {
                serde_json::from_slice(line)
                    .unwrap_or_else(|_| serde_json::json!({"kind": "unreadable", "text": String::from_utf8_lossy(line)}))
            })
            .collect()
    }
}
