//! What the coordinator says about the world.

use std::time::Duration;

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// With this exit code.
    Exited(i32),
    /// By this signal.
    Signaled {
        /// The signal's number.
        signal: i32,
        /// A core file was written.
        core: bool,
    },
}

impl Status {
    /// The exit code as a shell gives it: 128 and the signal's number after a signal.
    pub fn code(self) -> i32 {
        match self {
            Status::Exited(code) => code,
            Status::Signaled { signal, .. } => 128 + signal,
        }
    }

    /// From the status word of `waitpid`; `None` for a process that was only stopped.
    pub(crate) fn from_wait(word: i32) -> Option<Status> {
        if libc::WIFEXITED(word) {
            Some(Status::Exited(libc::WEXITSTATUS(word)))
        } else if libc::WIFSIGNALED(word) {
            Some(Status::Signaled {
                signal: libc::WTERMSIG(word),
                core: libc::WCOREDUMP(word),
            })
        } else {
            None
        }
    }
}

/// A child of the coordinator that ended and was reaped: one that the caller started, or an orphan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit {
    /// Process id.
    pub pid: i32,
    /// How it ended.
    pub status: Status,
    /// Virtual time at which it was reaped.
    pub at: Duration,
    /// It was not started by the caller, but came to the coordinator when its parent ended.
    pub orphan: bool,
}

/// The next point in virtual time at which something is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    /// Virtual time since zero.
    pub at: Duration,
    /// The process's birth ordinal.
    pub process: u32,
    /// Process id.
    pub pid: i32,
    /// Thread id; 0 for a timer of the whole process.
    pub tid: i32,
    /// What waits, such as `epoll_wait`, `timer` or `reaping`.
    pub call: &'static str,
}

/// What [`crate::Coordinator::advance`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Advance {
    /// The clock stands at this deadline and its one waiter was woken.
    Woke(Deadline),
    /// The clock stands at the limit; nothing was due before or at it any more.
    ReachedLimit,
    /// Nothing waits for any time and there was no limit. With processes alive and none of them
    /// held, this is a deadlock: [`crate::Coordinator::waiters`] says who waits for what.
    Idle,
}

/// A thread of the world and what it waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiter {
    /// The process's birth ordinal; 0 when it never had the library.
    pub process: u32,
    /// Process id.
    pub pid: i32,
    /// Thread id.
    pub tid: i32,
    /// The program's arguments joined by spaces.
    pub arguments: String,
    /// The call it waits in.
    pub call: String,
    /// When it gives up waiting; `None` for never.
    pub until: Option<Duration>,
}

/// A process of the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Process id.
    pub pid: i32,
    /// The parent's process id at birth.
    pub parent: i32,
    /// Birth ordinal in this world, from 1; 0 when it never had the library.
    pub process: u32,
    /// The path of the executable.
    pub program: String,
    /// The arguments joined by spaces.
    pub arguments: String,
    /// It has ended and waits to be reaped by its parent.
    pub zombie: bool,
}

/// Counts since the world began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Waiters woken by the clock.
    pub events: u64,
    /// Times that the world was found quiescent.
    pub settled: u64,
    /// Times that the turn went from one process to another of the same moment.
    pub turns: u64,
    /// Looks at the world that found something still running.
    pub unsettled: u64,
    /// Times that the audit saw something run although the world had been called quiescent.
    pub false_quiescence: u64,
    /// How often a poll was put off by coalescing.
    pub coalesced: u64,
    /// Reads of process files.
    pub reads: u64,
}
