//! The Bash tool: a command with a limit, moved to the background when it outlives it.

use std::rc::Rc;
use std::time::Duration;

use nix::sys::signal::Signal;

use super::background::{Background, Owner};
use super::command::{CommandEnd, Running};
use super::{Session, next};
use crate::claude::paths;
use crate::claude::tools::{BashEnd, Moved, Output, refused};
use crate::engine::{Either, Error, Input, Launch, first, sleep, until};

/// How a subagent calls Bash.
#[derive(Debug, Clone, Default)]
pub struct BashCall {
    /// The limit that it asks for; without it the longest that Claude Code allows.
    pub timeout: Option<Duration>,
    /// It asks for the background at once.
    pub run_in_background: bool,
}

/// What became of a command: how Claude Code tells it, and what it really said.
#[derive(Debug, Clone)]
pub(super) struct BashRun {
    /// How Claude Code tells it.
    pub(super) end: BashEnd,
    /// What the command said, whole, and how it ended when it has.
    pub(super) raw: CommandEnd,
}

impl Session {
    /// Runs a command as the Bash tool does.
    pub(super) async fn bash(
        self: &Rc<Self>,
        command: &str,
        call: &BashCall,
        owner: Owner,
    ) -> Result<BashRun, Error> {
        if call.run_in_background {
            let background = self.start_in_background(command, owner.clone())?;
            let raw = background.running.end(None);
            let end = in_background(
                Moved::Explicit,
                &background,
                owner.as_told(),
                Output::default(),
            );
            return Ok(BashRun { end, raw });
        }
        let longest = Duration::from_millis(self.profile.bash.max_timeout_ms);
        let limit = call.timeout.unwrap_or(longest).min(longest);
        let timeout_ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        let (id, running) = self.start_tool_command(command)?;
        let ended = until(&self.world, |world| world.finished(running.process));
        if let Either::Left(finished) = first(ended, sleep(&self.world, limit)).await {
            let raw = running.end(Some(&finished));
            let end = BashEnd::Exited {
                code: finished.status.code(),
                output: output(&raw),
            };
            return Ok(BashRun { end, raw });
        }
        if refused(command, &self.profile.bash.auto_background).is_some() {
            let raw = self.kill_at_timeout(&running).await?;
            let end = BashEnd::TimedOut {
                timeout_ms,
                output: output(&raw),
            };
            return Ok(BashRun { end, raw });
        }
        let background = Background {
            id,
            command: command.to_owned(),
            owner: owner.clone(),
            running,
        };
        let raw = background.running.end(None);
        let end = in_background(
            Moved::Timeout(timeout_ms),
            &background,
            owner.as_told(),
            output(&raw),
        );
        self.keep_in_background(background);
        Ok(BashRun { end, raw })
    }

    async fn kill_at_timeout(&self, running: &Running) -> Result<CommandEnd, Error> {
        let grace = Duration::from_millis(self.profile.bash.kill_after_ms);
        self.signal_tree(running, Signal::SIGTERM)?;
        let ended = until(&self.world, |world| world.finished(running.process));
        if let Either::Right(()) = first(ended, sleep(&self.world, grace)).await {
            self.signal_tree(running, Signal::SIGKILL)?;
        }
        let finished = until(&self.world, |world| world.finished(running.process)).await;
        Ok(running.end(Some(&finished)))
    }

    fn signal_tree(&self, running: &Running, signal: Signal) -> Result<(), Error> {
        let mut world = self.world.borrow_mut();
        let root = world.pid(running.process);
        for pid in world.tree(root) {
            world.signal("claude", pid, signal)?;
        }
        Ok(())
    }

    /// Starts a command in the background, as the Bash tool does when it is asked to.
    pub(super) fn start_in_background(
        self: &Rc<Self>,
        command: &str,
        owner: Owner,
    ) -> Result<Background, Error> {
        let (id, running) = self.start_tool_command(command)?;
        let background = Background {
            id,
            command: command.to_owned(),
            owner,
            running,
        };
        self.keep_in_background(background.clone());
        Ok(background)
    }

    fn keep_in_background(&self, background: Background) {
        let mut inner = self.inner.borrow_mut();
        inner.last_output = Some(background.running.stdout.clone());
        inner.background.push(background);
    }

    fn start_tool_command(&self, command: &str) -> Result<(String, Running), Error> {
        let number = next(&mut self.inner.borrow_mut().counters.commands);
        let id = paths::task_id(number);
        let tasks = self.tasks_folder();
        std::fs::create_dir_all(&tasks)
            .map_err(|error| Error::file(format!("create {}", tasks.display()), error))?;
        let shell = self.with_session_environment(command);
        let mut world = self.world.borrow_mut();
        let stdout = tasks.join(format!("{id}.output"));
        let stderr = world.sandbox().captured().join(format!("{id}.stderr"));
        let launch = Launch {
            by: "claude".into(),
            shell,
            directory: world.sandbox().workspace(),
            environment: world.environment(),
            input: Input::Nothing,
            stdout: stdout.clone(),
            stderr: stderr.clone(),
        };
        let process = world.launch(&launch)?;
        Ok((
            id,
            Running {
                process,
                stdout,
                stderr,
            },
        ))
    }

    /// Where Claude Code keeps the output of commands.
    pub(super) fn tasks_folder(&self) -> std::path::PathBuf {
        let world = self.world.borrow();
        let user = nix::unistd::Uid::current().as_raw();
        paths::tasks(
            &world.sandbox().temporary(),
            user,
            &world.sandbox().workspace(),
            &self.id(),
        )
    }
}

fn output(raw: &CommandEnd) -> Output {
    Output {
        stdout: raw.stdout.clone(),
        stderr: raw.stderr.clone(),
    }
}

fn in_background(
    moved: Moved,
    background: &Background,
    owner: crate::claude::tools::Owner,
    output: Output,
) -> BashEnd {
    let path = background.running.stdout.display().to_string();
    BashEnd::Background {
        moved,
        id: background.id.clone(),
        path,
        owner,
        output,
    }
}
