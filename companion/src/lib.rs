//! The Codex companion and its Claude Code hooks.

use std::process::ExitCode;

/// Runs the process as `codex-companion` with the arguments of the command line.
pub fn run_companion() -> ExitCode {
    ExitCode::SUCCESS
}

/// Runs the process as `codex-rescue-hook` with the arguments of the command line.
pub fn run_hook() -> ExitCode {
    ExitCode::SUCCESS
}
