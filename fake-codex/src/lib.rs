//! A scriptable stand-in for the `codex` CLI.
//!
//! It speaks the app-server protocol of several Codex versions, JSON lines over the standard
//! streams, and does in each turn what a [`script::Script`] says.

#![warn(clippy::print_stderr, clippy::print_stdout)]

/// Says a line on standard error. That nobody listens there any more is no reason to stop.
macro_rules! tell {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

mod cli;
mod clock;
pub mod duration;
pub mod events;
mod git;
mod help;
mod home;
pub mod ledger;
pub mod message;
pub mod methods;
mod profile;
pub mod script;
mod server;
mod shell;
pub mod store;
pub mod transcript;

use std::process::ExitCode;

pub use cli::SCRIPT_VARIABLE;
pub use events::EVENTS_VARIABLE;

/// Runs the process as `codex` with the arguments of the command line.
pub fn run() -> ExitCode {
    cli::run()
}
