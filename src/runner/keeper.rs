//! The last one to leave: a small process of its own that cleans up when the harness was killed.
//!
//! It waits for the end of its standard input, which the harness holds open as long as it lives.
//! When nothing was written by then, the harness did not end by itself, and the keeper ends every
//! process of its runs and removes their folders.

use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, ExitCode, Stdio};

use super::Workplace;
use crate::sweep::sweep;

/// The hidden subcommand that a keeper is started with.
pub const COMMAND: &str = "__keeper";

/// A running keeper.
#[derive(Debug)]
pub(super) struct Keeper {
    process: Child,
    stdin: Option<ChildStdin>,
}

impl Keeper {
    /// Starts the keeper of a workplace.
    pub(super) fn start(workplace: &Workplace) -> io::Result<Keeper> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg0("rescue-keeper")
            .arg(COMMAND)
            .arg(&workplace.id)
            .arg(&workplace.base)
            .arg(&workplace.clock)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        let stdin = process.stdin.take();
        Ok(Keeper { process, stdin })
    }

    /// Tells the keeper that there is nothing left to do.
    pub(super) fn dismiss(mut self) {
        if let Some(mut stdin) = self.stdin.take() {
            let _ = stdin.write_all(b"done");
        }
        let _ = self.process.wait();
    }
}

/// Runs this process as a keeper.
pub fn keep(arguments: &[std::ffi::OsString]) -> ExitCode {
    let [id, base, clock] = arguments else {
        return ExitCode::from(2);
    };
    let _ = nix::unistd::setsid();
    let mut told = Vec::new();
    let _ = io::stdin().read_to_end(&mut told);
    if told.is_empty() {
        sweep(id);
        for folder in [base, clock] {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
    ExitCode::SUCCESS
}
