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
use crate::state::{self, Held, LockError, Store, StoreError};
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
        let detail = format!("{} is not a folder", existing.display());
        return Finding::bad(subject, detail, "move it away");
    }
    if access(existing, AccessFlags::W_OK | AccessFlags::X_OK).is_ok() {
        Finding::good(subject, path.display().to_string())
    } else {
        let detail = format!("{} cannot be written", existing.display());
        Finding::bad(subject, detail, "make the folder writable for this user")
    }
}

fn room(store: &Store) -> Finding {
    let subject = "room on the disk";
    match statvfs(existing(store)) {
        Err(error) => Finding::good(subject, format!("not known: {error}")),
        Ok(disk) => {
            let free = u128::from(disk.blocks_available()) * u128::from(disk.fragment_size());
            let detail = format!("{} MB", free / 1_000_000);
            if free < ROOM {
                Finding::bad(
                    subject,
                    detail,
                    "make room; ends of jobs cannot be recorded",
                )
            } else {
                Finding::good(subject, detail)
            }
        }
    }
}

fn lock(store: &Store) -> Finding {
    let subject = "lock of the records";
    let path = store.lock_file();
    let Ok(file) = fs::File::open(&path) else {
        return Finding::good(subject, "none yet");
    };
    match state::lock_within(file, Held::Shared, Some(LOCK)) {
        Ok(_) => Finding::good(subject, "free"),
        Err(LockError::Held) => Finding::bad(
            subject,
            format!(
                "another process has held {} for {} s",
                path.display(),
                LOCK.as_secs()
            ),
            "see who with `fuser` or `lslocks`; a stopped process (state T) goes on with `kill -CONT`",
        ),
        Err(error @ LockError::Io(_)) => Finding::bad(
            subject,
            error.to_string(),
            "keep the plugin data on a file system with locks",
        ),
    }
}

fn records(store: &Store) -> Finding {
    let text = match fs::read(store.state_file()) {
        Ok(text) => text,
        Err(_) if !store.state_file().exists() => return Finding::good("job records", "none yet"),
        Err(error) => {
            return Finding::bad(
                "job records",
                error.to_string(),
                "make the file readable for this user",
            );
        }
    };
    if json::parse(&text).is_err() {
        let detail = format!("{} is no JSON", store.state_file().display());
        let remedy = "the next task moves it aside and rebuilds it from the job files";
        return Finding::bad("job records", detail, remedy);
    }
    match store.read() {
        Ok(state) => Finding::good("job records", format!("{} jobs", state.jobs.len())),
        Err(error @ StoreError::Newer { .. }) => {
            Finding::bad("job records", error.to_string(), "update the plugin")
        }
        Err(error) => Finding::bad("job records", error.to_string(), "see the message"),
    }
}

/// Jobs of this workspace that commands with another environment have recorded.
fn elsewhere(store: &Store) -> Finding {
    let subject = "records elsewhere";
    let own = store.folder();
    let other = state::directory(None, &environment::temporary(), store.workspace());
    if other == own || !other.join("state.json").exists() {
        return Finding::good(subject, "none");
    }
    let jobs = Store::at(other.clone(), store.workspace().to_path_buf())
        .read()
        .map(|state| state.jobs.len())
        .unwrap_or_default();
    Finding::bad(
        subject,
        format!("{jobs} jobs of this workspace are in {}", other.display()),
        "they come from commands without CLAUDE_PLUGIN_DATA; unset it to see them, or remove the folder",
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
        let mut detail = format!("{} active jobs, every worker lives", active.len());
        if !silent.is_empty() {
            detail = format!("{detail}; silent: {}", silent.join(", "));
        }
        return Finding::good("workers", detail);
    }
    let detail = format!("the workers of {} are gone", gone.join(", "));
    Finding::bad("workers", detail, "/codex:status ends these jobs on record")
}

fn silence(job: &Job) -> Option<String> {
    let last = joblog::last_event(Path::new(job.text("logFile")?))?;
    let seconds = (time::now_ms() - last) / 1000;
    let span = time::readable(seconds);
    (seconds >= SILENT_SECONDS).then(|| format!("{} for {span}", job.id()))
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
            && let Some(codex) = worker.read().codex
            && codex.is_alive()
        {
            left.push(format!("{} of {id}", codex.pid));
        }
    }
    if left.is_empty() {
        return Finding::good("left-over Codex processes", "none");
    }
    let remedy = "end them with `kill`; their worker is gone";
    Finding::bad("left-over Codex processes", left.join(", "), remedy)
}

/// The Node plugin keeps a broker with an app-server; this program starts one for each job.
fn broker(store: &Store) -> Finding {
    let subject = "broker of the Node plugin";
    let note: Option<Value> = fs::read(store.folder().join("broker.json"))
        .ok()
        .and_then(|text| serde_json::from_slice(&text).ok());
    let pid = note
        .as_ref()
        .and_then(|note| i32::try_from(note.get("pid")?.as_i64()?).ok())
        .filter(|pid| *pid > 0 && Identity::of(*pid).is_alive());
    match pid {
        None => Finding::good(subject, "none"),
        Some(pid) => Finding::bad(
            subject,
            format!("process {pid} runs, and Codex with it"),
            "if the Node plugin is no longer used, end it with `kill`",
        ),
    }
}
