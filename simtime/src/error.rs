//! What can go wrong with a world.

use std::time::Duration;

/// What can go wrong with a world.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The machine lacks something.
    #[error(transparent)]
    Missing(#[from] crate::Missing),
    /// A file or a system call of the coordinator failed.
    #[error("the virtual clock cannot {action}: {source}")]
    System {
        /// What was tried.
        action: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A process kept running past the real-time limit.
    #[error("after {limit:?} of real time the world has not come to rest: {}", list(.unsettled))]
    Unsettled {
        /// The limit that was given.
        limit: Duration,
        /// The threads that were not at rest.
        unsettled: Vec<Unsettled>,
    },
    /// A wait with a timeout went past the library, so real time matters.
    #[error("a timed wait went past the virtual clock: {0}")]
    Bypassed(Bypass),
    /// A gate, a release or another request makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// The world needs more threads, timers or gates than the shared memory holds.
    #[error("the virtual clock is full: {0}")]
    Full(String),
}

/// A thread that did not come to rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsettled {
    /// Process id.
    pub pid: i32,
    /// Thread id.
    pub tid: i32,
    /// The program's arguments joined by spaces.
    pub arguments: String,
    /// It used the processor meanwhile: busy; otherwise stuck in the kernel.
    pub busy: bool,
    /// The state letter of the kernel, and the call it is in when the kernel tells.
    pub state: String,
}

/// A wait with a timeout that the library did not see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bypass {
    /// Process id.
    pub pid: i32,
    /// Thread id.
    pub tid: i32,
    /// The path of the executable.
    pub program: String,
    /// The program's arguments joined by spaces.
    pub arguments: String,
    /// The system call.
    pub call: &'static str,
    /// The timeout, when it could be read.
    pub remaining: Option<Duration>,
    /// The process has the library, so the program made the system call in a way of its own.
    pub virtualised: bool,
}

impl std::fmt::Display for Bypass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "thread {} of process {} ({})",
            self.tid, self.pid, self.arguments
        )?;
        write!(f, " is in {}", self.call)?;
        if let Some(remaining) = self.remaining {
            write!(f, " for {remaining:?}")?;
        }
        if !self.virtualised {
            write!(f, "; {} does not load the clock's library", self.program)?;
        }
        Ok(())
    }
}

fn list(unsettled: &[Unsettled]) -> String {
    let one = |u: &Unsettled| {
        let how = if u.busy { "busy" } else { "stuck" };
        format!(
            "thread {} of process {} ({}) is {how}, {}",
            u.tid, u.pid, u.arguments, u.state
        )
    };
    unsettled.iter().map(one).collect::<Vec<_>>().join("; ")
}
