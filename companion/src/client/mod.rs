//! A connection to `codex app-server`: JSON lines over the pipes of a child process.
//!
//! Everything that can happen comes as one [`Event`] through one channel: a
//! message, the end of the output, the exit of the process, a signal to this
//! worker. Nobody waits for a single thing without hearing of the others.

mod answers;
mod connection;
mod process;

pub use connection::{Connection, RequestError};
pub use process::signal_name;
