//! Hook commands: started, bounded by their timeouts, understood as Claude Code does.

use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use serde_json::{Value, json};

use super::Session;
use super::command::{CommandEnd, Running};
use crate::claude::hook_output::{Ended, Hook, Overflow, Taken, take};
use crate::claude::hooks::Command;
use crate::claude::paths;
use crate::engine::{Either, Error, Input, Launch, first, sleep, until};
use crate::event::What;

/// The name that the plugin is installed under.
const PLUGIN: &str = "codex";

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
#[derive(Clone)]
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

/// A hook command that was started.
struct Started<'a> {
    command: Command,
    feed: Feed<'a>,
    running: Running,
    timeout: Duration,
}

impl Session {
    /// Calls every hook of the event that the matcher value chooses, side by side; `budget` takes the place of their
    /// own timeouts.
    pub(super) async fn hooks(
        self: &Rc<Self>,
        event: &str,
        matched: Option<&str>,
        input: &Value,
        budget: Option<Duration>,
    ) -> Result<Vec<Taken>, Error> {
        let commands: Vec<Command> = self
            .subject
            .hooks
            .commands(event, matched, self.profile.hooks.hyphen_is_exact)
            .into_iter()
            .cloned()
            .collect();
        let feed = Feed {
            event,
            input,
            bytes: input.to_string().into_bytes(),
            stdin: Standard::Closed,
        };
        let started: Vec<Started<'_>> = commands
            .into_iter()
            .map(|command| self.begin_hook(command, feed.clone(), budget))
            .collect::<Result<_, Error>>()?;
        let ends = started.into_iter().map(|hook| self.hook_ended(hook));
        let ends = together(ends.collect()).await;
        ends.into_iter()
            .map(|end| end.map(|(_, taken)| taken))
            .collect()
    }

    /// Calls one hook and waits for its end.
    pub(super) async fn hook(
        self: &Rc<Self>,
        command: Command,
        feed: Feed<'_>,
    ) -> Result<(CommandEnd, Taken), Error> {
        let started = self.begin_hook(command, feed, None)?;
        self.hook_ended(started).await
    }

    fn begin_hook<'a>(
        &self,
        command: Command,
        feed: Feed<'a>,
        budget: Option<Duration>,
    ) -> Result<Started<'a>, Error> {
        let what = What::HookInput {
            event: feed.event.into(),
            input: feed.input.clone(),
        };
        self.world.borrow_mut().note("claude", what);
        let usual = Duration::from_millis(self.profile.hooks.default_timeout_ms);
        let timeout = budget.or(command.timeout).unwrap_or(usual);
        let running = self.start_hook(&command, &feed)?;
        Ok(Started {
            command,
            feed,
            running,
            timeout,
        })
    }

    async fn hook_ended(
        self: &Rc<Self>,
        started: Started<'_>,
    ) -> Result<(CommandEnd, Taken), Error> {
        let Started {
            command,
            feed,
            running,
            timeout,
        } = started;
        let ended = until(&self.world, |world| world.finished(running.process));
        let end = match first(ended, sleep(&self.world, timeout)).await {
            Either::Left(finished) => running.end(Some(&finished)),
            Either::Right(()) => {
                self.terminate(&running, &self.profile.subagent_end.kill)?;
                if self.profile.hooks.timeout_awaited {
                    until(&self.world, |world| world.finished(running.process)).await;
                }
                running.end(None)
            }
        };
        let ended = Ended {
            code: end.exit,
            stdout: end.stdout.clone(),
            stderr: end.stderr.clone(),
            timed_out: end.timed_out,
        };
        let taken = self.taken(&command, &feed, &ended);
        if let Some(Overflow { path, text }) = &taken.overflow {
            write_whole(Path::new(path), text)?;
        }
        let block = taken.block.as_ref().map(|block| &block.reason);
        let output = json!({
            "exit": end.exit, "timedOut": end.timed_out, "context": taken.context, "block": block,
            "problem": taken.problem, "stderr": end.stderr,
        });
        let event = feed.event.into();
        self.world
            .borrow_mut()
            .note("hook", What::HookOutput { event, output });
        Ok((end, taken))
    }

    fn taken(&self, command: &Command, feed: &Feed<'_>, ended: &Ended) -> Taken {
        let text = |name: &str| feed.input.get(name).and_then(Value::as_str);
        let session = text("session_id").map_or_else(|| self.id(), str::to_owned);
        let home = self.world.borrow().sandbox().home();
        let results = paths::tool_results(&home, &self.workspace(), &session);
        let hook = Hook {
            event: feed.event,
            call: text("tool_use_id").unwrap_or(&session),
            written: &command.command,
            expanded: &command.expanded(&self.subject.root),
            plugin: PLUGIN,
            results: &results.display().to_string(),
            limit: self.profile.hooks.context_limit,
            text: &self.profile.hooks.text,
        };
        take(&hook, ended)
    }

    fn start_hook(&self, command: &Command, feed: &Feed<'_>) -> Result<Running, Error> {
        let (bytes, stdin) = (feed.bytes.clone(), feed.stdin);
        let (stdout, stderr) = self.output_files("hook");
        let directory = self.workspace();
        let mut environment = self.world.borrow().environment();
        environment.set("CLAUDE_PROJECT_DIR", &directory);
        if feed.event == "SessionStart" {
            environment.set("CLAUDE_ENV_FILE", self.environment_file());
        }
        let launch = Launch {
            by: "claude".into(),
            shell: command.expanded(&self.subject.root),
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

type Ending<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Waits for all of these; their results keep the order.
async fn together<'a, T>(futures: Vec<impl Future<Output = T> + 'a>) -> Vec<T> {
    let mut pending: Vec<(Option<T>, Ending<'a, T>)> = futures
        .into_iter()
        .map(|future| (None, Box::pin(future) as Ending<'a, T>))
        .collect();
    std::future::poll_fn(|context| {
        for (result, future) in pending.iter_mut().filter(|(result, _)| result.is_none()) {
            if let Poll::Ready(value) = future.as_mut().poll(context) {
                *result = Some(value);
            }
        }
        match pending.iter().all(|(result, _)| result.is_some()) {
            true => Poll::Ready(
                pending
                    .iter_mut()
                    .filter_map(|(result, _)| result.take())
                    .collect(),
            ),
            false => Poll::Pending,
        }
    })
    .await
}

/// Writes context that is too long to be told to its file; the next one takes its place.
fn write_whole(path: &Path, text: &str) -> Result<(), Error> {
    let failed = |error| Error::file(format!("write {}", path.display()), error);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    std::fs::write(path, text).map_err(failed)
}
