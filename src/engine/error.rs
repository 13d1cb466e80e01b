//! How a run can break without the subject being at fault.

use std::time::Duration;

use crate::sandbox;

/// The harness itself broke, or the world cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The virtual clock gave up.
    #[error(transparent)]
    Clock(#[from] simtime::Error),
    /// The sandbox could not be laid out.
    #[error(transparent)]
    Sandbox(#[from] sandbox::Error),
    /// A program of the run could not be started by the harness.
    #[error("cannot start `{command}`: {source}")]
    Spawn {
        /// The command.
        command: String,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// A file of the run could not be read or written.
    #[error("cannot {action}: {source}")]
    File {
        /// What was tried.
        action: String,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// The world cannot be made as the scenario asks.
    #[error("{0}")]
    Setup(String),
    /// Everybody waits and nothing is due: the simulation has come to an end of its own.
    #[error(
        "deadlock at {at:?}: nothing is due any more, and the scenario still waits for {waiting}\n{waiters}"
    )]
    Deadlock {
        /// Virtual time since the start.
        at: Duration,
        /// What the scenario waits for.
        waiting: String,
        /// Who waits for what, a line each.
        waiters: String,
    },
    /// The run took more virtual time than any scenario may.
    #[error(
        "the run has passed {0:?} of virtual time without coming to its end; is a step waiting for something that cannot happen?"
    )]
    TooLong(Duration),
}

impl Error {
    /// An error about a file.
    pub fn file(action: impl Into<String>, source: std::io::Error) -> Error {
        Error::File {
            action: action.into(),
            source,
        }
    }
}
