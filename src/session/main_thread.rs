//! What the main thread does by itself: it calls Bash, stops a background task, ends its turn.

use std::rc::Rc;
use std::time::Duration;

use super::background::{Asked, Owner};
use super::bash::{BashCall, BashRun};
use super::command::CommandEnd;
use super::interruption::{Cut, Interruption};
use super::telling::About;
use super::{Session, next};
use crate::claude::belief::Origin;
use crate::claude::hook_output::Taken;
use crate::claude::stop;
use crate::claude::tools::{
    self, Returned, TaskKind, task_not_found, task_not_running, task_stop_input, task_stopped,
};
use crate::engine::{Either, Error, first, sleep, until};

/// A Bash call of the main thread.
#[derive(Debug, Clone)]
pub struct MainBash {
    /// The command.
    pub command: String,
    /// The description that the call gives.
    pub description: String,
    /// How Bash is called.
    pub bash: BashCall,
    /// Whether the main thread reads the output when it is notified of the end.
    pub is_read: bool,
}

/// What came of a tool call of the main thread.
#[derive(Debug, Clone, Default)]
pub struct ToolReturn {
    /// What the command said, and how it ended when it has; for another tool its text.
    pub end: CommandEnd,
    /// What the hooks added for the main thread.
    pub contexts: Vec<String>,
    /// The background task that came of it.
    pub(super) task: Option<String>,
}

/// What came of the end of a turn.
#[derive(Debug, Clone, Default)]
pub struct StopReturn {
    /// How many times hooks kept the turn going.
    pub blocked: u32,
    /// What the main thread was told for it, and what else hooks added.
    pub contexts: Vec<String>,
}

impl Session {
    /// The main thread calls Bash, with its hooks; ends when the call has returned.
    ///
    /// # Errors
    /// When a process cannot be started.
    pub async fn main_bash(self: &Rc<Self>, call: &MainBash) -> Result<ToolReturn, Error> {
        let place = self.here();
        let asked = Asked {
            command: call.command.clone(),
            description: call.description.clone(),
            tool_use: self.next_tool_use(),
            owner: Owner::Main,
            session: place.session.clone(),
            is_read: call.is_read,
        };
        let timeout = call
            .bash
            .asked_timeout(self.profile.bash.max_timeout_ms)
            .filter(|_| !call.bash.run_in_background);
        let input = tools::bash_input(
            &call.command,
            timeout,
            &call.description,
            call.bash.run_in_background.then_some(true),
        );
        let tool_use = asked.tool_use.clone();
        if let Some(denied) = self.pre_tool_use(&place, "Bash", &input, &tool_use).await? {
            return Ok(self.without_result(&place.session, denied));
        }
        let begin = self.world.borrow().now();
        let cut = self.cut(&place.session, None);
        let run = match first(cut, self.bash(asked, &call.bash)).await {
            Either::Right(run) => run?,
            Either::Left(Cut::Off(Interruption::ByUser) | Cut::Moved) => {
                let text = self.profile.session.interrupted.clone();
                return Ok(self.without_result(&place.session, text));
            }
            Either::Left(Cut::Off(Interruption::Ended)) => return Ok(ToolReturn::default()),
            Either::Left(Cut::Off(Interruption::CallFails)) => {
                let text = &self.profile.session.interrupted_by_signal;
                let failed = Returned::failure(text.clone(), true);
                let contexts = self
                    .after_tool(&place, "Bash", &input, &tool_use, &failed, begin)
                    .await?;
                return Ok(ToolReturn {
                    contexts,
                    ..self.without_result(&place.session, text.clone())
                });
            }
        };
        let returned = run.end.returned(&self.profile);
        let contexts = self
            .after_tool(&place, "Bash", &input, &tool_use, &returned, begin)
            .await?;
        match run.task() {
            Some(_) => self.show("tool-result", &returned.text()),
            None => {
                let about = About::default();
                self.tell_to(&place.session, Origin::Output, &returned.text(), &about);
            }
        }
        self.tell_contexts(&place.session, &contexts, &About::default());
        Ok(ToolReturn {
            task: run.task().map(str::to_owned),
            end: told_end(run),
            contexts,
        })
    }

    /// A call that did not come to its end: the main thread is told this in place of a result.
    pub(super) fn without_result(self: &Rc<Self>, session: &str, text: String) -> ToolReturn {
        self.tell_to(session, Origin::Output, &text, &About::default());
        let end = CommandEnd {
            stdout: text,
            ..CommandEnd::default()
        };
        ToolReturn {
            end,
            ..ToolReturn::default()
        }
    }

    /// The end of a call's command; one in the background is awaited until the main thread has been notified.
    pub async fn end_of(&self, called: &ToolReturn, within: Duration) -> CommandEnd {
        let Some(task) = &called.task else {
            return called.end.clone();
        };
        let told = until(&self.world, |_| self.inner.borrow().ends.get(task).cloned());
        match first(told, sleep(&self.world, within)).await {
            Either::Left(end) => end,
            Either::Right(()) => CommandEnd {
                timed_out: true,
                ..called.end.clone()
            },
        }
    }

    /// The main thread stops a background task: the one with this id, or the last that runs.
    ///
    /// # Errors
    /// When a process cannot be signalled or started.
    pub async fn task_stop(self: &Rc<Self>, task: Option<&str>) -> Result<ToolReturn, Error> {
        let place = self.here();
        let id = task.map_or_else(|| self.last_task(&place.session), str::to_owned);
        let tool_use = self.next_tool_use();
        let input = task_stop_input(&id);
        if let Some(denied) = self
            .pre_tool_use(&place, "TaskStop", &input, &tool_use)
            .await?
        {
            return Ok(self.without_result(&place.session, denied));
        }
        let begin = self.world.borrow().now();
        let returned = self.stop_task(&id)?;
        let contexts = self
            .after_tool(&place, "TaskStop", &input, &tool_use, &returned, begin)
            .await?;
        self.show("tool-result", &returned.text());
        self.tell_contexts(&place.session, &contexts, &About::default());
        let end = CommandEnd {
            stdout: returned.text(),
            ..CommandEnd::default()
        };
        Ok(ToolReturn {
            end,
            contexts,
            task: None,
        })
    }

    fn stop_task(self: &Rc<Self>, id: &str) -> Result<Returned, Error> {
        let inner = self.inner.borrow();
        let command = inner.background.iter().find(|task| task.id == id).cloned();
        let agent = inner.agents.iter().find(|task| task.id == id).cloned();
        let end = inner.ends.get(id).and_then(|end| end.exit);
        let is_stopped = inner.stopped.contains(id);
        drop(inner);
        if let Some(agent) = agent {
            if let Some(status) = agent.status {
                return Ok(task_not_running(id, status));
            }
            self.stop_agent(id)?;
            return Ok(task_stopped(id, TaskKind::Agent, &agent.description));
        }
        let Some(command) = command else {
            return Ok(task_not_found(id));
        };
        let status = match (is_stopped, end) {
            (true, _) => "killed",
            (false, Some(0)) => "completed",
            (false, Some(_)) => "failed",
            (false, None) => {
                let mut inner = self.inner.borrow_mut();
                inner.stopped_by_main.insert(id.to_owned());
                drop(inner);
                self.stop_command(&command)?;
                let what = &command.asked.command;
                return Ok(task_stopped(id, TaskKind::Command, what));
            }
        };
        Ok(task_not_running(id, status))
    }

    /// The id of the background task that began last, one that runs before all others; no id when there was none.
    fn last_task(&self, session: &str) -> String {
        let running = self.running();
        let inner = self.inner.borrow();
        let commands = inner
            .background
            .iter()
            .filter(|task| task.asked.session == session)
            .map(|task| {
                let runs = running.iter().any(|other| other.id == task.id);
                (runs, task.order, &task.id)
            });
        let agents = inner
            .agents
            .iter()
            .filter(|agent| agent.session == session)
            .map(|agent| (agent.status.is_none(), agent.order, &agent.id));
        let last = commands.chain(agents).max();
        last.map_or_else(String::new, |(_, _, id)| id.clone())
    }

    /// The main thread ends its turn; where a hook blocks that, the turn goes on and ends again, up to `times` times.
    ///
    /// # Errors
    /// When a hook cannot be started.
    pub async fn stop(
        self: &Rc<Self>,
        last: Option<&str>,
        times: u32,
    ) -> Result<StopReturn, Error> {
        let session = self.id();
        let mut stopped = StopReturn::default();
        for _ in 0..times {
            let mut guard = self.inner.borrow_mut().talk(&session).guard;
            let answers = self.stop_hooks(guard.active(), last).await?;
            let mut blocks = Vec::new();
            for taken in answers {
                self.tell_contexts(&session, taken.context.as_slice(), &About::default());
                stopped.contexts.extend(taken.context);
                blocks.extend(taken.block.filter(|_| taken.halt.is_none()));
            }
            let goes_on = !blocks.is_empty() && guard.block(&self.profile.hooks);
            if !goes_on {
                guard.reset();
            }
            self.inner.borrow_mut().talk(&session).guard = guard;
            if !goes_on {
                break;
            }
            stopped.blocked += 1;
            for block in blocks {
                let text = stop::feedback(&block.reason);
                self.tell_to(&session, Origin::Remark, &text, &About::default());
                stopped.contexts.push(text);
                let is_told_twice = self.profile.hooks.text.stop_told_twice && !block.by_exit;
                if is_told_twice {
                    let taken = Taken {
                        block: Some(block),
                        ..Taken::default()
                    };
                    let again = self.told_by("Stop", taken);
                    self.tell_contexts(&session, &again, &About::default());
                    stopped.contexts.extend(again);
                }
            }
        }
        Ok(stopped)
    }

    pub(super) fn next_tool_use(&self) -> String {
        let number = next(&mut self.inner.borrow_mut().counters.tool_uses);
        format!("toolu_{number:04}")
    }
}

/// A command in the background has not ended.
fn told_end(run: BashRun) -> CommandEnd {
    CommandEnd {
        timed_out: false,
        ..run.raw
    }
}
