//! Hook commands: started, bounded by their timeouts, understood as Claude Code does.

use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use super::Session;
use super::command::{CommandEnd, Running};
use crate::claude::hook_output::{Ended, Taken, take};
use crate::engine::{Either, Error, Input, Launch, first, sleep, until};
use crate::event::What;

/// How a hook's standard input goes on after the payload.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Standard {
    /// It ends.
    #[default]
    Closed,
    /// It stays open as long as the hook lives.
    Open,
    /// It ends this much later.
    ClosedAfter(Duration),
}

/// What one hook command is given.
pub(super) struct Feed<'a> {
    /// The event.
    pub(super) event: &'a str,
    /// The payload, for the log.
    pub(super) input: &'a Value,
    /// What is written to its standard input.
    pub(super) bytes: Vec<u8>,
    /// How the standard input goes on.
    pub(super) stdin: Standard,
}

impl Session {
    /// Calls every hook of the event that the matcher value chooses; `budget` bounds all of them together.
    pub(super) async fn hooks(
        self: &Rc<Self>,
        event: &str,
        matched: Option<&str>,
        input: &Value,
        budget: Option<Duration>,
    ) -> Result<Vec<Taken>, Error> {
        let begin = self.world.borrow().now();
        let commands: Vec<(String, Option<Duration>)> = self
            .subject
            .hooks
            .commands(event, matched, self.profile.hooks.hyphen_is_exact)
            .into_iter()
            .map(|command| (command.expanded(&self.subject.root), command.timeout))
            .collect();
        let mut answers = Vec::new();
        for (shell, timeout) in commands {
            let timeout = match budget {
                Some(budget) => {
                    budget.saturating_sub(self.world.borrow().now().saturating_sub(begin))
                }
                None => {
                    timeout.unwrap_or(Duration::from_millis(self.profile.hooks.default_timeout_ms))
                }
            };
            let feed = Feed {
                event,
                input,
                bytes: input.to_string().into_bytes(),
                stdin: Standard::Closed,
            };
            answers.push(self.hook(&shell, feed, timeout).await?.1);
        }
        Ok(answers)
    }

    pub(super) async fn hook(
        self: &Rc<Self>,
        shell: &str,
        feed: Feed<'_>,
        timeout: Duration,
    ) -> Result<(CommandEnd, Taken), Error> {
        let Feed {
            event,
            input,
            bytes,
            stdin,
        } = feed;
        self.world.borrow_mut().note(
            "claude",
            What::HookInput {
                event: event.into(),
                input: input.clone(),
            },
        );
        let running = self.start_hook(shell, bytes, stdin)?;
        let ended = until(&self.world, |world| world.finished(running.process));
        let end = match first(ended, sleep(&self.world, timeout)).await {
            Either::Left(finished) => running.end(Some(&finished)),
            Either::Right(()) => {
                let mut world = self.world.borrow_mut();
                let root = world.pid(running.process);
                for pid in world.tree(root) {
                    world.signal("claude", pid, Signal::SIGKILL)?;
                }
                drop(world);
                running.end(None)
            }
        };
        let ended = Ended {
            code: end.exit,
            stdout: end.stdout.clone(),
            stderr: end.stderr.clone(),
            timed_out: end.timed_out,
        };
        let overflow = self.tasks_folder().join("hook-output.txt");
        let limit = self.profile.hooks.context_limit;
        let taken = take(event, &ended, limit, &overflow.display().to_string());
        if let Some(whole) = &taken.overflow {
            write_whole(&overflow, whole)?;
        }
        let output = json!({
            "exit": end.exit, "timedOut": end.timed_out, "context": taken.context, "block": taken.block,
            "problem": taken.problem, "stderr": end.stderr,
        });
        self.world.borrow_mut().note(
            "hook",
            What::HookOutput {
                event: event.into(),
                output,
            },
        );
        Ok((end, taken))
    }

    fn start_hook(&self, shell: &str, bytes: Vec<u8>, stdin: Standard) -> Result<Running, Error> {
        let (stdout, stderr) = self.output_files("hook");
        let directory = self.workspace();
        let mut environment = self.world.borrow().environment();
        environment.set("CLAUDE_PROJECT_DIR", &directory);
        environment.set("CLAUDE_ENV_FILE", self.environment_file());
        let launch = Launch {
            by: "claude".into(),
            shell: shell.to_owned(),
            directory,
            environment,
            input: match stdin {
                Standard::Closed => Input::Bytes(bytes),
                Standard::Open | Standard::ClosedAfter(_) => Input::Open(bytes),
            },
            stdout: stdout.clone(),
            stderr: stderr.clone(),
        };
        let process = self.world.borrow_mut().launch(&launch)?;
        if let Standard::ClosedAfter(length) = stdin {
            let world = self.world.clone();
            self.world.borrow_mut().spawn(async move {
                sleep(&world, length).await;
                world.borrow_mut().close_input(process);
            });
        }
        Ok(Running {
            process,
            stdout,
            stderr,
        })
    }
}

/// Writes context that is too long to be told to its file; the next one takes its place.
fn write_whole(path: &Path, text: &str) -> Result<(), Error> {
    let failed = |error| Error::file(format!("write {}", path.display()), error);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    std::fs::write(path, text).map_err(failed)
}
