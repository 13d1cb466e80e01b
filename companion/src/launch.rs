//! From a recorded job to a running worker.
//!
//! The worker must outlive whoever asked for it. Claude Code ends the commands of
//! a finished subagent by SIGTERM to the tree of their processes, found by parent
//! process id (observed on Claude Code 2.1.197 and 2.1.330), so a session of its
//! own does not save a worker; its parent must be gone. The launcher therefore
//! starts this program once more as `spawn-worker`, which opens a new session,
//! starts the worker and ends: the worker is re-parented before the launcher goes on.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::job::{Job, Status};
use crate::lifecycle::{self, Refused};
use crate::liveness::Identity;
use crate::state::{LockError, Store, StoreError};
use crate::texts::say;
use crate::{joblog, texts};

/// What became of a launch.
#[derive(Debug)]
pub enum Launched {
    /// A worker lives.
    Running,
    /// The job ended before a worker was started; `Failed` comes with its reason.
    Ended(Status, Option<String>),
}

/// Starts the worker of a queued job, under the lock: a cancel comes either
/// before, and nothing is started, or after, and knows whom to stop.
pub fn launch(store: &Store, cwd: &Path, id: &str) -> Result<Launched, StoreError> {
    let log = store.log_file(id);
    let mut change = store.begin()?;
    if let Err(refused) = lifecycle::may_launch(&change, id) {
        drop(change);
        let status = match refused {
            Refused::Ended(status) => status,
            _ => Status::Cancelled,
        };
        let word = status.word();
        joblog::line(
            &log,
            &texts::render(texts::LOG_LAUNCH_SKIPPED, &[("status", word)]),
        );
        return Ok(Launched::Ended(status, None));
    }
    match start_worker(store, cwd, id, &log) {
        Ok(worker) => {
            if lifecycle::launched(&mut change, id, worker).is_ok() {
                change.commit()?;
            }
            Ok(Launched::Running)
        }
        Err(error) => {
            let error = texts::render(texts::LAUNCH_FAILED, &[("error", &error)]);
            if lifecycle::fail(&mut change, id, &error).is_ok() {
                change.commit()?;
            }
            joblog::line(&log, &error);
            Ok(Launched::Ended(Status::Failed, Some(error)))
        }
    }
}

fn start_worker(store: &Store, cwd: &Path, id: &str, log: &Path) -> Result<Identity, String> {
    let life = store
        .worker_file(id)
        .create()
        .map_err(|error| match error {
            LockError::Held => say!(WORKER_ALREADY_LIVES),
            LockError::Io(error) => error.to_string(),
        })?;
    let mut command = this_program().map_err(|error| error.to_string())?;
    command.args([
        OsStr::new("spawn-worker"),
        OsStr::new("--cwd"),
        cwd.as_os_str(),
    ]);
    command.args(["--job-id", id]);
    command.arg("--log").arg(log);
    command.stdin(Stdio::from(life)).stderr(Stdio::null());
    let output = command
        .output()
        .map_err(|error| describe(&command, &error))?;
    let reply: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let pid = reply
        .get("pid")
        .and_then(Value::as_i64)
        .and_then(|pid| i32::try_from(pid).ok());
    match pid {
        Some(pid) => Ok(Identity {
            pid,
            start: reply.get("startTime").and_then(Value::as_i64),
        }),
        None => Err(match reply.get("error").and_then(Value::as_str) {
            Some(error) => error.to_owned(),
            None => say!(STARTER_SILENT, status = output.status),
        }),
    }
}

/// The `spawn-worker` command: starts the worker in a new session and group with
/// the inherited lock as its stdin, says who it is, and ends.
pub fn spawn_worker(cwd: &Path, id: &str, log: &Path) -> Value {
    // Fails only for a group leader, which already is what this call is for.
    let _ = nix::unistd::setsid();
    match spawn_detached(cwd, id, log) {
        Ok(worker) => json!({"pid": worker.pid, "startTime": worker.start}),
        Err(error) => json!({"error": error}),
    }
}

fn spawn_detached(cwd: &Path, id: &str, log: &Path) -> Result<Identity, String> {
    let stdin: OwnedFd = File::from(
        std::os::fd::AsFd::as_fd(&io::stdin())
            .try_clone_to_owned()
            .map_err(|error| error.to_string())?,
    )
    .into();
    let stderr = OpenOptions::new().append(true).create(true).open(log);
    let mut command = this_program().map_err(|error| error.to_string())?;
    command.args([
        OsStr::new("task-worker"),
        OsStr::new("--cwd"),
        cwd.as_os_str(),
    ]);
    command.args(["--job-id", id]);
    command
        .current_dir(cwd)
        .process_group(0)
        .stdin(Stdio::from(stdin))
        .stdout(Stdio::null());
    command.stderr(stderr.map_or_else(|_| Stdio::null(), Stdio::from));
    let child = command
        .spawn()
        .map_err(|error| describe(&command, &error))?;
    Ok(Identity::of(child.id().cast_signed()))
}

/// This executable under the name of the companion.
fn this_program() -> io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg0("codex-companion");
    Ok(command)
}

fn describe(command: &Command, error: &io::Error) -> String {
    let program = command.get_program().to_string_lossy();
    say!(NOT_SPAWNED, program = program, error = error)
}

/// A new job's id: prefix, milliseconds and six random characters, in base 36.
pub fn new_id(prefix: &str) -> String {
    use std::hash::{BuildHasher, Hasher};
    // The hasher's keys are random for every process.
    let mut random = std::hash::RandomState::new().build_hasher().finish();
    let mut tail = String::with_capacity(6);
    for _ in 0..6 {
        tail.push(base36_digit(random % 36));
        random /= 36;
    }
    format!(
        "{prefix}-{}-{tail}",
        base36(crate::time::now_ms().unsigned_abs())
    )
}

fn base36(mut number: u64) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(base36_digit(number % 36));
        number /= 36;
        if number == 0 {
            return digits.into_iter().rev().collect();
        }
    }
}

fn base36_digit(value: u64) -> char {
    char::from_digit(u32::try_from(value).unwrap_or_default(), 36).unwrap_or('0')
}

/// A record of a job that nobody has seen yet.
pub fn new_record(fields: Value) -> Job {
    Job::from_value(fields).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_look_like_those_of_the_plugin() {
        let id = new_id("task");
        let parts: Vec<&str> = id.split('-').collect();
        assert_eq!(parts.len(), 3, "{id}");
        assert_eq!(parts[2].len(), 6, "{id}");
        assert!(u64::from_str_radix(parts[1], 36).is_ok(), "{id}");
        assert_ne!(new_id("task"), new_id("task"));
    }

    #[test]
    fn base_36() {
        assert_eq!(
            (base36(0), base36(35), base36(36)),
            ("0".into(), "z".into(), "10".into())
        );
    }
}
