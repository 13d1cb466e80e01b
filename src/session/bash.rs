//! The Bash tool: a command with a limit, moved to the background when it outlives it.

use std::rc::Rc;
use std::time::Duration;

use super::background::{Asked, Background};
use super::command::{CommandEnd, Running};
use super::{Session, next};
use crate::claude::paths;
use crate::claude::tools::{BashEnd, Moved, Output, effective_timeout, refused};
use crate::engine::{Either, Error, Input, Launch, first, rest, sleep, until};

/// How Bash is called.
#[derive(Debug, Clone, Default)]
pub struct BashCall {
    /// The limit that the call asks for.
    pub timeout: Timeout,
    /// It asks for the background at once.
    pub run_in_background: bool,
    /// The user moves the command to the background after this long, when it still runs.
    pub user_moves_after: Option<Duration>,
}

/// The limit that a Bash call asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Timeout {
    /// The longest that Claude Code allows, as the plugin tells its subagent.
    #[default]
    Longest,
    /// None, so that the version's default holds.
    Unasked,
    /// This one.
    Asked(Duration),
}

impl BashCall {
    /// The limit in the call's input, in milliseconds.
    pub(super) fn asked_timeout(&self, longest: u64) -> Option<u64> {
        match self.timeout {
            Timeout::Longest => Some(longest),
            Timeout::Unasked => None,
            Timeout::Asked(limit) => Some(u64::try_from(limit.as_millis()).unwrap_or(u64::MAX)),
        }
    }
}

/// What became of a command: how Claude Code tells it, and what it really said.
#[derive(Debug, Clone)]
pub(super) struct BashRun {
    /// How Claude Code tells it.
    pub(super) end: BashEnd,
    /// What the command said, whole, and how it ended when it has.
    pub(super) raw: CommandEnd,
}

impl BashRun {
    /// The id of the background task that it became.
    pub(super) fn task(&self) -> Option<&str> {
        match &self.end {
            BashEnd::Background { id, .. } => Some(id),
            _ => None,
        }
    }
}

impl Session {
    /// Runs a command as the Bash tool does.
    pub(super) async fn bash(
        self: &Rc<Self>,
        asked: Asked,
        call: &BashCall,
    ) -> Result<BashRun, Error> {
        let (id, running) = self.start_tool_command(&asked.command)?;
        let command = Background {
            id,
            asked,
            running,
            order: 0,
        };
        if call.run_in_background {
            let raw = command.running.end(None);
            let end = self.in_background(Moved::Explicit, &command, Output::default());
            self.keep_in_background(command, Moved::Explicit);
            // It begins before anything else does: the model takes longer to answer than a shell to start.
            rest(&self.world).await;
            return Ok(BashRun { end, raw });
        }
        self.inner.borrow_mut().foreground.push(command.clone());
        let run = self.in_foreground(&command, call).await;
        let mut inner = self.inner.borrow_mut();
        inner.foreground.retain(|other| other.id != command.id);
        run
    }

    async fn in_foreground(
        self: &Rc<Self>,
        command: &Background,
        call: &BashCall,
    ) -> Result<BashRun, Error> {
        let facts = &self.profile.bash;
        let timeout_ms = effective_timeout(call.asked_timeout(facts.max_timeout_ms), facts);
        let timeout = Duration::from_millis(timeout_ms);
        let by_user = call.user_moves_after.filter(|after| *after < timeout);
        let process = command.running.process;
        let ended = until(&self.world, |world| world.finished(process));
        let limit = sleep(&self.world, by_user.unwrap_or(timeout));
        if let Either::Left(finished) = first(ended, limit).await {
            let raw = command.running.end(Some(&finished));
            let end = BashEnd::Exited {
                code: finished.status.code(),
                output: output(&raw),
            };
            return Ok(BashRun { end, raw });
        }
        let moved = match by_user {
            Some(_) => Moved::ByUser,
            None if refused(&command.asked.command, &facts.auto_background).is_some() => {
                let raw = self.kill_at_timeout(&command.running).await?;
                let end = BashEnd::TimedOut {
                    timeout_ms,
                    output: output(&raw),
                };
                return Ok(BashRun { end, raw });
            }
            None => Moved::Timeout(timeout_ms),
        };
        let raw = command.running.end(None);
        let end = self.in_background(moved, command, output(&raw));
        self.keep_in_background(command.clone(), moved);
        Ok(BashRun { end, raw })
    }

    /// Ends the command; the call returns with the shell's end, while what ignores SIGTERM is killed later.
    async fn kill_at_timeout(self: &Rc<Self>, running: &Running) -> Result<CommandEnd, Error> {
        let has_detached = self.terminate(running, &self.profile.bash.kill)?;
        let finished = until(&self.world, |world| world.finished(running.process)).await;
        if has_detached {
            let delay = self.profile.bash.kill.detached_delay_ms;
            sleep(&self.world, Duration::from_millis(delay)).await;
        }
        Ok(running.end(Some(&finished)))
    }

    fn in_background(&self, moved: Moved, background: &Background, output: Output) -> BashEnd {
        let path = background.running.stdout.display().to_string();
        BashEnd::Background {
            moved,
            id: background.id.clone(),
            path,
            owner: self.owner_now(&background.asked.owner).as_told(),
            output,
        }
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
