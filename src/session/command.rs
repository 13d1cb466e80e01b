//! Commands that a person or a slash command runs, outside any tool of Claude Code.

use std::path::PathBuf;
use std::time::Duration;

use super::Session;
use crate::engine::{Either, Error, Finished, Input, Launch, ProcessId, first, sleep, until};

/// A command to run in the workspace.
#[derive(Debug, Clone)]
pub struct CommandCall {
    /// The shell command.
    pub shell: String,
    /// Its standard input; the end of the input at once when there is none.
    pub stdin: Option<String>,
    /// Variables to set, or to remove where there is no value.
    pub environment: Vec<(String, Option<String>)>,
    /// The folder, relative to the workspace.
    pub directory: Option<String>,
    /// How long to wait for its end.
    pub within: Duration,
}

/// How a command ended.
#[derive(Debug, Clone, Default)]
pub struct CommandEnd {
    /// Its exit code, as a shell gives it.
    pub exit: Option<i32>,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
    /// It had not ended in the time it was given, and goes on.
    pub timed_out: bool,
}

/// A process with the files that its output goes to.
#[derive(Debug, Clone)]
pub(super) struct Running {
    pub(super) process: ProcessId,
    pub(super) stdout: PathBuf,
    pub(super) stderr: PathBuf,
}

impl Running {
    /// What it has said, and how it ended when it has.
    pub(super) fn end(&self, finished: Option<&Finished>) -> CommandEnd {
        let read = |path: &PathBuf| {
            String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned()
        };
        CommandEnd {
            exit: finished.map(|finished| finished.status.code()),
            stdout: read(&self.stdout),
            stderr: read(&self.stderr),
            timed_out: finished.is_none(),
        }
    }
}

impl Session {
    /// Runs a command and waits for its end.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn command(&self, call: &CommandCall) -> Result<CommandEnd, Error> {
        let running = self.start_command(call)?;
        Ok(self.wait_for(&running, call.within).await)
    }

    /// Starts a command that goes on by itself.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn command_in_background(&self, call: &CommandCall) -> Result<(), Error> {
        self.start_command(call).map(|_| ())
    }

    pub(super) async fn wait_for(&self, running: &Running, within: Duration) -> CommandEnd {
        let ended = until(&self.world, |world| world.finished(running.process));
        match first(ended, sleep(&self.world, within)).await {
            Either::Left(finished) => running.end(Some(&finished)),
            Either::Right(()) => running.end(None),
        }
    }

    fn start_command(&self, call: &CommandCall) -> Result<Running, Error> {
        let mut environment = self.world.borrow().environment();
        for (name, value) in &call.environment {
            match value {
                Some(value) => environment.set(name, value),
                None => environment.remove(name),
            }
        }
        let (stdout, stderr) = self.output_files("command");
        let directory = self.workspace();
        let launch = Launch {
            by: "user".into(),
            shell: self.with_session_environment(&call.shell),
            directory: call
                .directory
                .as_ref()
                .map_or(directory.clone(), |inner| directory.join(inner)),
            environment,
            input: call.stdin.as_ref().map_or(Input::Nothing, |text| {
                Input::Bytes(text.clone().into_bytes())
            }),
            stdout: stdout.clone(),
            stderr: stderr.clone(),
        };
        let process = self.world.borrow_mut().launch(&launch)?;
        Ok(Running {
            process,
            stdout,
            stderr,
        })
    }
}
