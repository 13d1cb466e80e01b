//! The state put together again from the job files.

use std::fs;
use std::io;
use std::path::PathBuf;

use super::store::{State, Store};
use crate::job::{self, Job};
use crate::time;

/// Fields that stand in a job's file alone, not in its row.
const FILE_ONLY: [&str; 3] = ["result", "rendered", "cancelledAt"];

/// A state with a row for every readable job file, the newest first.
pub fn from_job_files(store: &Store) -> State {
    let mut state = State {
        jobs: rows_without(store, |_| false),
        ..State::default()
    };
    job::sort_newest_first(&mut state.jobs);
    state
}

/// Jobs that have a record file but no row: their launcher died between the two writes,
/// or the Node plugin, which takes no lock, wrote an older state over the row.
pub fn orphans(store: &Store, state: &State) -> Vec<Job> {
    rows_without(store, |id| state.job(id).is_some())
}

/// Rows made of the job files whose ids are not left out.
fn rows_without(store: &Store, left_out: impl Fn(&str) -> bool) -> Vec<Job> {
    let entries = fs::read_dir(store.jobs_folder())
        .into_iter()
        .flatten()
        .flatten();
    let mut rows = Vec::new();
    for entry in entries {
        let name = entry.file_name();
        let Some(id) = name.to_str().and_then(|name| name.strip_suffix(".json")) else {
            continue;
        };
        if left_out(id) {
            continue;
        }
        if let Some(mut row) = store.read_job(id).filter(|job| job.id() == id) {
            FILE_ONLY.into_iter().for_each(|field| row.remove(field));
            rows.push(row);
        }
    }
    rows
}

/// Renames an unreadable state file out of the way and says where it went.
pub fn move_aside(store: &Store) -> io::Result<PathBuf> {
    let kept = store
        .folder()
        .join(format!("state.json.unreadable-{}", time::now_ms()));
    fs::rename(store.state_file(), &kept)?;
    Ok(kept)
}
