//! Processes that the harness starts, as Claude Code or a person would.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use simtime::Status;

use super::Error;
use crate::sandbox::Environment;

/// Names a process that the harness started; process ids may come again, these do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessId(pub(super) usize);

/// What a process reads.
#[derive(Debug, Clone, Default)]
pub enum Input {
    /// Nothing: the end of the input at once.
    #[default]
    Nothing,
    /// These bytes, then the end.
    Bytes(Vec<u8>),
    /// These bytes, and then nothing more comes, but the input stays open.
    Open(Vec<u8>),
}

/// How a process is started.
#[derive(Debug, Clone)]
pub struct Launch {
    /// Who starts it, for the log.
    pub by: String,
    /// A command line for the shell.
    pub shell: String,
    /// Its working directory.
    pub directory: PathBuf,
    /// Its environment.
    pub environment: Environment,
    /// Its standard input.
    pub input: Input,
    /// Where its standard output goes.
    pub stdout: PathBuf,
    /// Where its standard error goes.
    pub stderr: PathBuf,
}

/// How a process ended and what it said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// How it ended.
    pub status: Status,
    /// Virtual time since the start of the run.
    pub at: Duration,
}

#[derive(Debug)]
pub(super) struct Started {
    pub(super) pid: i32,
    pub(super) finished: Option<Finished>,
    /// Keeps the other end of an open standard input.
    pub(super) keep: Option<io::PipeWriter>,
}

/// A pipe takes this much without anybody reading; more goes through a file.
const PIPE_BYTES: usize = 60_000;

/// Starts the process. Output goes to files, so that nobody ever waits for a reader.
pub(super) fn start(
    launch: &Launch,
    clock: Vec<(std::ffi::OsString, std::ffi::OsString)>,
) -> Result<Started, Error> {
    let failed = |source| Error::Spawn {
        command: launch.shell.clone(),
        source,
    };
    let mut keep = None;
    let stdin = match &launch.input {
        Input::Nothing => Stdio::null(),
        Input::Bytes(bytes) if bytes.len() > PIPE_BYTES => {
            let mut file = tempfile::tempfile().map_err(failed)?;
            file.write_all(bytes).map_err(failed)?;
            io::Seek::rewind(&mut file).map_err(failed)?;
            file.into()
        }
        Input::Bytes(bytes) => {
            let (reader, mut writer) = io::pipe().map_err(failed)?;
            writer.write_all(bytes).map_err(failed)?;
            reader.into()
        }
        Input::Open(bytes) => {
            let (reader, mut writer) = io::pipe().map_err(failed)?;
            writer.write_all(bytes).map_err(failed)?;
            keep = Some(writer);
            reader.into()
        }
    };
    let child = Command::new("bash")
        .arg("-c")
        .arg(&launch.shell)
        .current_dir(&launch.directory)
        .env_clear()
        .envs(launch.environment.iter())
        .envs(clock)
        .stdin(stdin)
        .stdout(File::create(&launch.stdout).map_err(failed)?)
        .stderr(File::create(&launch.stderr).map_err(failed)?)
        .process_group(0)
        .spawn()
        .map_err(failed)?;
    let pid = i32::try_from(child.id()).unwrap_or(i32::MAX);
    Ok(Started {
        pid,
        finished: None,
        keep,
    })
}
