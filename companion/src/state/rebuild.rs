//! The state put together again from the job files.

use std::fs;
use std::io;
use std::path::PathBuf;

use super::store::{State, Store};
use crate::{job, time};

/// Fields that stand in a job's file alone, not in its row.
const FILE_ONLY: [&str; 3] = ["result", "rendered", "cancelledAt"];

/// A state with a row for every readable job file, the newest first.
pub fn from_job_files(store: &Store) -> State {
    let mut state = State::default();
    let Ok(entries) = fs::read_dir(store.jobs_folder()) else {
        return state;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(id) = name.to_str().and_then(|name| name.strip_suffix(".json")) else {
            continue;
        };
        let Some(mut row) = store.read_job(id).filter(|job| job.id() == id) else {
            continue;
        };
        for field in FILE_ONLY {
            row.remove(field);
        }
        state.jobs.push(row);
    }
    job::sort_newest_first(&mut state.jobs);
    state
}

/// Renames an unreadable state file out of the way and says where it went.
pub fn move_aside(store: &Store) -> io::Result<PathBuf> {
    let kept = store
        .folder()
        .join(format!("state.json.unreadable-{}", time::now_ms()));
    fs::rename(store.state_file(), &kept)?;
    Ok(kept)
}
