//! The Codex companion and its Claude Code hooks.
//!
//! Claude Code hands work to Codex through the command line of this program. A
//! job is a record on disk and a worker process that owns one Codex turn; the
//! hook tells Claude's main thread what is true about it.

#![warn(clippy::print_stderr, clippy::print_stdout)]

/// Says a line on standard error. That nobody listens there any more is no reason to stop.
macro_rules! tell {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

mod arguments;
mod client;
mod commands;
mod environment;
mod hook;
mod installation;
mod job;
mod joblog;
mod json;
mod launch;
mod lifecycle;
mod liveness;
mod program;
mod quoting;
mod render;
mod review;
mod selection;
mod sentinel;
mod settle;
pub mod state;
mod texts;
mod time;
mod turn;
mod wait;
mod worker;
mod workspace;

use std::process::ExitCode;

/// Runs the process as `codex-companion` with the arguments of the command line.
///
/// Exit code 0 means that the command did what it was asked for; 1 that it did
/// not, with one line on stderr or a report on stdout that says why.
pub fn run_companion() -> ExitCode {
    commands::run(std::env::args_os().skip(1).collect())
}

/// Runs the process as `codex-rescue-hook`: one Claude Code hook event on stdin.
///
/// Exit code 0 with empty stdout means that there is nothing to say.
pub fn run_hook() -> ExitCode {
    hook::run()
}

/// The programs of this package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// `codex-companion`
    Companion,
    /// `codex-rescue-hook`
    Hook,
}

/// Runs the program by whose name this process was called, otherwise `default`.
///
/// A program that starts a worker starts its own executable under the name of
/// the companion, so each executable must be able to play both.
pub fn run_as_called(default: Program) -> ExitCode {
    let called = std::env::args_os().next().unwrap_or_default();
    let name = std::path::Path::new(&called)
        .file_name()
        .and_then(std::ffi::OsStr::to_str);
    let program = match name {
        Some("codex-companion") => Program::Companion,
        Some("codex-rescue-hook") => Program::Hook,
        _ => default,
    };
    match program {
        Program::Companion => run_companion(),
        Program::Hook => run_hook(),
    }
}
