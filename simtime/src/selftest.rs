//! Whether this machine can do it.

use crate::library::LIBRARY;
use crate::system;
use crate::tasks::{Doing, Task};
use crate::tree::Tree;
use std::fs;
use std::io;
use std::time::{Duration, Instant};

/// What this machine lacks, in one sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("simulated time does not work here: {0}")]
pub struct Missing(pub(crate) String);

/// How long a child may take to fall asleep.
const PATIENCE: Duration = Duration::from_secs(2);

fn missing(what: impl Into<String>) -> Result<(), Missing> {
    Err(Missing(what.into()))
}

/// Tries everything that the virtual clock needs of this machine, in a few milliseconds.
///
/// It makes a child process for a moment, so not while a world has children of its own.
///
/// # Errors
/// The first thing that is missing.
pub fn self_test() -> Result<(), Missing> {
    if LIBRARY.is_empty() {
        return missing("it needs Linux with glibc, and this build carries no preload library");
    }
    if !system::has_futex_waitv() {
        return missing("the kernel lacks futex_waitv; it is there since Linux 5.16");
    }
    let thread = system::thread_id();
    for name in ["stat", "schedstat", "children", "syscall"] {
        let path = format!("/proc/self/task/{thread}/{name}");
        if let Err(error) = fs::read(&path) {
            return missing(format!("{path} cannot be read ({})", reason(&error)));
        }
    }
    if let Err(error) = system::pin_where_it_is() {
        return missing(format!(
            "a thread cannot choose its CPU ({})",
            reason(&error)
        ));
    }
    child()
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "the kernel does not have it".into(),
        io::ErrorKind::PermissionDenied => {
            "not permitted; a sandbox or kernel.yama.ptrace_scope may forbid it".into()
        }
        _ => error.to_string(),
    }
}

/// Watches a child fall asleep.
fn child() -> Result<(), Missing> {
    let mut tree = Tree::default();
    let Some(before) = tree.load() else {
        return missing("/proc/loadavg does not have the usual form");
    };
    let child = match system::Sleeper::start() {
        Ok(child) => child,
        Err(error) => return missing(format!("no process can be made ({error})")),
    };
    if tree
        .load()
        .is_none_or(|after| after.last_pid == before.last_pid)
    {
        return missing("/proc/loadavg does not name the process made last");
    }
    let pid = child.pid();
    let Some(task) = Task::open(pid, pid) else {
        return missing("the files of another process in /proc cannot be opened");
    };
    let begin = Instant::now();
    loop {
        match task.doing() {
            (Doing::Asleep, Some(_)) => return Ok(()),
            (Doing::Gone | Doing::Dead { .. }, _) => {
                return missing(
                    "/proc/PID/syscall of a child cannot be read; a sandbox or \
                     kernel.yama.ptrace_scope may forbid it",
                );
            }
            _ if begin.elapsed() > PATIENCE => {
                return missing("/proc/PID/syscall does not show that a child is asleep");
            }
            _ => system::give_way(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_can_and_says_so_quickly() {
        let begin = Instant::now();
        assert_eq!(self_test(), Ok(()));
        assert!(begin.elapsed() < Duration::from_millis(500));
    }

    #[test]
    fn the_sentence_says_what_is_missing() {
        let text = Missing("the kernel lacks futex_waitv".into()).to_string();
        assert_eq!(
            text,
            "simulated time does not work here: the kernel lacks futex_waitv"
        );
    }
}
