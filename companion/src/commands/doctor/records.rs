//! What is wrong with the records of a workspace, and with what works on its jobs.

use std::fs;
use std::path::Path;
use std::time::Duration;

use nix::sys::statvfs::statvfs;
use nix::unistd::{AccessFlags, access};
use serde_json::Value;

use super::Finding;
use crate::environment;
use crate::job::Job;
use crate::liveness::Identity;
use crate::settle::{Worker, worker_of};
use crate::state::{self, Held, LockError, Store, StoreError, WorkerNote};
use crate::texts::{DOCTOR_LOCK, DOCTOR_NODE_BROKER, DOCTOR_ROOM, say};
use crate::{joblog, json, time};

/// Room for some hundred jobs. A record that cannot be written loses an answer.
const ROOM: u128 = 16 * 1024 * 1024;
/// Nobody holds the lock for so long: critical sections start at most one process.
const LOCK: Duration = Duration::from_secs(2);
/// A job that has been silent for so long is worth a look.
const SILENT_SECONDS: i64 = 15 * 60;

/// Everything about the records.
pub fn findings(store: &Store) -> Vec<Finding> {
    vec![
        folder(store),
        room(store),
        lock(store),
        records(store),
        elsewhere(store),
        workers(store),
        leftovers(store),
        broker(store),
    ]
}

/// The folder, or the nearest one above it that exists.
fn existing(store: &Store) -> &Path {
    store
        .folder()
        .ancestors()
        .find(|folder| folder.exists())
        .unwrap_or(Path::new("/"))
}

fn folder(store: &Store) -> Finding {
    let path = store.folder();
    let existing = existing(store);
    let subject = "state folder";
    if !existing.is_dir() {
        let detail = say!(DOCTOR_NOT_FOLDER, path = existing.display());
        return Finding::bad(subject, detail, say!(DOCTOR_MOVE_AWAY));
    }
    if access(existing, AccessFlags::W_OK | AccessFlags::X_OK).is_ok() {
        Finding::good(subject, path.display().to_string())
    } else {
        let detail = say!(DOCTOR_NOT_WRITABLE, path = existing.display());
        Finding::bad(subject, detail, say!(DOCTOR_MAKE_WRITABLE))
    }
}

fn room(store: &Store) -> Finding {
    let subject = DOCTOR_ROOM.template;
    match statvfs(existing(store)) {
        Err(error) => Finding::good(subject, say!(ACCOUNT_NOT_KNOWN, error = error)),
        Ok(disk) => {
            let free = u128::from(disk.blocks_available()) * u128::from(disk.fragment_size());
            let detail = say!(DOCTOR_FREE, megabytes = free / 1_000_000);
            if free < ROOM {
                Finding::bad(subject, detail, say!(DOCTOR_MAKE_ROOM))
            } else {
                Finding::good(subject, detail)
            }
        }
    }
}

fn lock(store: &Store) -> Finding {
    let subject = DOCTOR_LOCK.template;
    let path = store.lock_file();
    let Ok(file) = fs::File::open(&path) else {
        return Finding::good(subject, say!(DOCTOR_NONE_YET));
    };
    match state::lock_within(file, Held::Shared, Some(LOCK)) {
        Ok(_) => Finding::good(subject, say!(DOCTOR_LOCK_FREE)),
        Err(LockError::Held) => Finding::bad(
            subject,
            say!(
                DOCTOR_LOCK_HELD,
                path = path.display(),
                seconds = LOCK.as_secs()
            ),
            say!(DOCTOR_FIND_HOLDER),
        ),
        Err(error @ LockError::Io(_)) => {
            Finding::bad(subject, error.to_string(), say!(DOCTOR_NO_LOCKS))
        }
    }
}

fn records(store: &Store) -> Finding {
    let text = match fs::read(store.state_file()) {
        Ok(text) => text,
        Err(_) if !store.state_file().exists() => {
            return Finding::good("job records", say!(DOCTOR_NONE_YET));
        }
        Err(error) => {
            return Finding::bad("job records", error.to_string(), say!(DOCTOR_MAKE_READABLE));
        }
    };
    if json::parse(&text).is_err() {
        let detail = say!(DOCTOR_RECORDS_NO_JSON, path = store.state_file().display());
        let remedy = say!(DOCTOR_REBUILDS);
        return Finding::bad("job records", detail, remedy);
    }
    match store.read() {
        Ok(state) => Finding::good("job records", say!(DOCTOR_JOBS, count = state.jobs.len())),
        Err(error @ StoreError::Newer { .. }) => {
            Finding::bad("job records", error.to_string(), say!(DOCTOR_UPDATE))
        }
        Err(error) => Finding::bad("job records", error.to_string(), say!(DOCTOR_SEE_MESSAGE)),
    }
}

/// Jobs of this workspace that commands with another environment have recorded.
fn elsewhere(store: &Store) -> Finding {
    let subject = "records elsewhere";
    let own = store.folder();
    let other = state::directory(None, &environment::temporary(), store.workspace());
    if other == own || !other.join("state.json").exists() {
        return Finding::good(subject, say!(DOCTOR_NONE));
    }
    let jobs = Store::at(other.clone(), store.workspace().to_path_buf())
        .read()
        .map(|state| state.jobs.len())
        .unwrap_or_default();
    Finding::bad(
        subject,
        say!(DOCTOR_ELSEWHERE, count = jobs, path = other.display()),
        say!(DOCTOR_ELSEWHERE_REMEDY),
    )
}

fn workers(store: &Store) -> Finding {
    let jobs = store.read().map(|state| state.jobs).unwrap_or_default();
    let active: Vec<&Job> = jobs.iter().filter(|job| job.is_active()).collect();
    let gone: Vec<&str> = active
        .iter()
        .filter(|job| worker_of(store, job) == Worker::Gone)
        .map(|job| job.id())
        .collect();
    if gone.is_empty() {
        let silent: Vec<String> = active.iter().filter_map(|job| silence(job)).collect();
        let count = active.len();
        let detail = if silent.is_empty() {
            say!(DOCTOR_WORKERS, count = count)
        } else {
            say!(
                DOCTOR_WORKERS_SILENT,
                count = count,
                jobs = silent.join(", ")
            )
        };
        return Finding::good("workers", detail);
    }
    let detail = say!(DOCTOR_WORKERS_GONE, jobs = gone.join(", "));
    Finding::bad("workers", detail, say!(DOCTOR_SETTLE))
}

fn silence(job: &Job) -> Option<String> {
    let last = joblog::last_event(Path::new(job.text("logFile")?))?;
    let seconds = (time::now_ms() - last) / 1000;
    let span = time::readable(seconds);
    (seconds >= SILENT_SECONDS).then(|| say!(DOCTOR_SILENT_FOR, job = job.id(), span = span))
}

fn leftovers(store: &Store) -> Finding {
    let mut left = Vec::new();
    let entries = fs::read_dir(store.jobs_folder())
        .into_iter()
        .flatten()
        .flatten();
    for entry in entries {
        let name = entry.file_name();
        let Some(id) = name.to_str().and_then(|name| name.strip_suffix(".worker")) else {
            continue;
        };
        let worker = store.worker_file(id);
        if worker.is_held() == Some(false)
            && let Some(codex) = left_codex(&worker.read())
        {
            left.push(say!(DOCTOR_LEFT_OVER, pid = codex.pid, job = id));
        }
    }
    if left.is_empty() {
        return Finding::good("left-over Codex processes", say!(DOCTOR_NONE));
    }
    let remedy = say!(DOCTOR_END_LEFT_OVER);
    Finding::bad("left-over Codex processes", left.join(", "), remedy)
}

/// A Codex that outlives its worker. A worker that lives may still be ending its own, and is
/// looked at first: it does not go before its Codex has.
fn left_codex(note: &WorkerNote) -> Option<Identity> {
    if note.worker.is_some_and(Identity::is_alive) {
        return None;
    }
    note.codex.filter(|codex| codex.is_alive())
}

/// The Node plugin keeps a broker with an app-server; this program starts one for each job.
fn broker(store: &Store) -> Finding {
    let subject = DOCTOR_NODE_BROKER.template;
    let note: Option<Value> = fs::read(store.folder().join("broker.json"))
        .ok()
        .and_then(|text| serde_json::from_slice(&text).ok());
    let pid = note
        .as_ref()
        .and_then(|note| i32::try_from(note.get("pid")?.as_i64()?).ok())
        .filter(|pid| *pid > 0 && Identity::of(*pid).is_alive());
    match pid {
        None => Finding::good(subject, say!(DOCTOR_NONE)),
        Some(pid) => Finding::bad(
            subject,
            say!(DOCTOR_BROKER, pid = pid),
            say!(DOCTOR_END_BROKER),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_codex_is_left_over_when_its_worker_is_gone() {
        let alive = Identity::own();
        let dead = Identity {
            start: alive.start.map(|ticks| ticks - 1),
            ..alive
        };
        let left = |worker, codex| {
            left_codex(&WorkerNote {
                worker,
                codex,
                interrupted: None,
            })
        };
        assert_eq!(left(Some(dead), Some(alive)), Some(alive));
        assert_eq!(left(None, Some(alive)), Some(alive));
        assert_eq!(left(Some(alive), Some(alive)), None);
        assert_eq!(left(Some(dead), Some(dead)), None);
        assert_eq!(left(Some(dead), None), None);
    }
}
