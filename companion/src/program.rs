//! Short-lived programs: run with a limit, output captured.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::liveness::Identity;
use crate::texts::say;

/// What a program left.
#[derive(Debug)]
pub struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// What it printed; bytes that are no UTF-8 are replaced.
    pub stdout: String,
    /// What it said on stderr.
    pub stderr: String,
}

impl Output {
    /// The text that says what happened: stderr, stdout, or the exit status.
    pub fn detail(&self) -> String {
        let said = [self.stderr.trim(), self.stdout.trim()];
        match said.into_iter().find(|text| !text.is_empty()) {
            Some(text) => text.to_owned(),
            None => self.status.to_string(),
        }
    }
}

/// The program brought nothing.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// It is not installed.
    #[error("{}", say!(NOT_INSTALLED, program = .0))]
    Missing(String),
    /// It cannot be run.
    #[error("{}", say!(CANNOT_RUN, program = .program, error = .source))]
    Io {
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// It did not end in time and was killed.
    #[error("{}", say!(DID_NOT_END, program = .program, seconds = .seconds))]
    TimedOut {
        /// The program with its arguments.
        program: String,
        /// The limit.
        seconds: u64,
    },
}

/// Runs a program without input and gives what it left.
pub fn run<S: AsRef<OsStr>>(
    program: &str,
    arguments: &[S],
    cwd: &Path,
    limit: Duration,
) -> Result<Output, ProgramError> {
    let broken = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound if cwd.is_dir() => ProgramError::Missing(program.to_owned()),
        _ => ProgramError::Io {
            program: program.to_owned(),
            source,
        },
    };
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(cwd)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(broken)?;
    let identity = Identity::of(child.id().cast_signed());
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (sender, receiver) = mpsc::channel();
    let errors = thread::spawn(move || stderr.map(read_all).unwrap_or_default());
    thread::spawn(move || {
        let stdout = stdout.map(read_all).unwrap_or_default();
        let stderr = errors.join().unwrap_or_default();
        let _ = sender.send(child.wait().map(|status| Output {
            status,
            stdout,
            stderr,
        }));
    });
    match receiver.recv_timeout(limit) {
        Ok(output) => output.map_err(broken),
        Err(_) => {
            identity.signal_group(Signal::SIGKILL);
            Err(ProgramError::TimedOut {
                program: program.to_owned(),
                seconds: limit.as_secs(),
            })
        }
    }
}

fn read_all(mut pipe: impl Read) -> String {
    let mut bytes = Vec::new();
    let _ = pipe.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_and_failure_are_told_apart() {
        let here = Path::new("/");
        let limit = Duration::from_secs(60);
        let good = run("sh", &["-c", "echo out; echo err >&2; exit 3"], here, limit).unwrap();
        assert_eq!(
            (good.stdout.as_str(), good.status.code()),
            ("out\n", Some(3))
        );
        assert_eq!(good.detail(), "err");
        let missing = run("no-such-program", &[""; 0], here, limit).unwrap_err();
        assert_eq!(missing.to_string(), "no-such-program is not installed");
    }

    #[test]
    fn one_that_hangs_is_killed() {
        let error = run("sleep", &["1000"], Path::new("/"), Duration::ZERO).unwrap_err();
        assert!(matches!(error, ProgramError::TimedOut { .. }));
    }
}
