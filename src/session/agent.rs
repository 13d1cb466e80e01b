//! The Agent tool: the main thread hands work to a subagent, waits for it or goes on beside it.

use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;

use super::Session;
use super::background::Owner;
use super::command::CommandEnd;
use super::interruption::{Cut, Interruption};
use super::next;
use super::subagent::{ApiError, DESCRIPTION, Ids, Life, Lived, SUBAGENT, Task};
use super::telling::About;
use super::truth::Heard;
use crate::claude::belief::Origin;
use crate::claude::paths;
use crate::claude::relay::Relay;
use crate::claude::tools::{self, Completed, Launched, Notification, Returned};
use crate::engine::{Either, Error, first};

/// A call of the codex-rescue subagent.
#[derive(Debug, Clone, Default)]
pub struct AgentCall {
    /// What the subagent runs, one Bash call after the other.
    pub tasks: Vec<Task>,
    /// What the main thread asks of the subagent.
    pub prompt: String,
    /// What the subagent makes of the last result.
    pub relay: Relay,
    /// What it makes of it each time a SubagentStop hook does not let it end; the last one stands for all that follow.
    pub when_blocked: Vec<Relay>,
    /// What the call asks of the background.
    pub background: InBackground,
    /// The user moves the subagent to the background after this long, when it still works.
    pub user_moves_after: Option<Duration>,
    /// A status in place of the version's own.
    pub status: Option<String>,
    /// The call fails with this error before the subagent does anything.
    pub error: Option<String>,
    /// The model's API fails in place of the subagent's first answer.
    pub api_error: Option<ApiError>,
}

/// What an Agent call asks of the background.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum InBackground {
    /// To run in the foreground.
    #[default]
    No,
    /// To run in the background.
    Yes,
    /// Nothing: the version's default holds.
    Unasked,
}

/// A subagent that runs in the background, or did.
#[derive(Debug, Clone)]
pub(super) struct AgentTask {
    pub(super) id: String,
    pub(super) description: String,
    pub(super) kind: String,
    pub(super) session: String,
    /// How it ended: `completed`, `failed` or `killed`.
    pub(super) status: Option<&'static str>,
    /// Counts background tasks of every kind, in the order in which they began.
    pub(super) order: u64,
}

/// What came of a call.
#[derive(Debug, Clone, Default)]
pub struct AgentReturn {
    /// The exit code of the subagent's last command, when it ended before the call returned.
    pub exit: Option<i32>,
    /// What the command wrote to its standard output until then.
    pub stdout: String,
    /// What it wrote to its standard error.
    pub stderr: String,
    /// What the hooks added for the main thread.
    pub contexts: Vec<String>,
}

/// A call that was made.
pub(super) struct Made {
    pub(super) call: Rc<AgentCall>,
    pub(super) ids: Ids,
    pub(super) input: Value,
    /// When.
    pub(super) begin: Duration,
    /// The jobs that were there before it.
    pub(super) known: Vec<String>,
}

impl InBackground {
    /// What stands in the call's input, and whether the call then runs in the background.
    fn decided(self, by_default: bool) -> (Option<bool>, bool) {
        match self {
            InBackground::No => (by_default.then_some(false), false),
            InBackground::Yes => (Some(true), true),
            InBackground::Unasked => (None, by_default),
        }
    }
}

impl Session {
    /// The main thread calls the subagent; ends when the call has returned and its hooks have answered.
    ///
    /// # Errors
    /// When a process cannot be started.
    pub async fn agent(self: &Rc<Self>, call: AgentCall) -> Result<AgentReturn, Error> {
        let agent = paths::agent_id(next(&mut self.inner.borrow_mut().counters.agents));
        self.inner.borrow_mut().last_agent = Some(agent.clone());
        let ids = Ids {
            agent,
            tool_use: self.next_tool_use(),
            session: self.id(),
        };
        let (asked, in_background) = call
            .background
            .decided(self.profile.agent.background_by_default);
        let made = Made {
            input: tools::agent_input(DESCRIPTION, &call.prompt, SUBAGENT, asked),
            known: self.known_jobs(),
            begin: self.world.borrow().now(),
            call: Rc::new(call),
            ids,
        };
        let Made { call, ids, .. } = &made;
        let denied = self
            .pre_tool_use(&ids.outside(), "Agent", &made.input, &ids.tool_use)
            .await?;
        if let Some(denied) = denied {
            self.tell_failure(&made, &denied);
            return Ok(AgentReturn::default());
        }
        if let Some(error) = &call.error {
            let returned = Returned::failure(error.clone(), false);
            return self.returned(&made, &returned, CommandEnd::default()).await;
        }
        if in_background {
            let owner = Owner::InBackground(ids.agent.clone());
            let life = Rc::clone(self).life(Rc::clone(call), ids.clone(), owner);
            return self.launch(life, made, Order::CallFirst).await;
        }
        let owner = Owner::Foreground(ids.agent.clone());
        let mut life = Rc::clone(self).life(Rc::clone(call), ids.clone(), owner);
        let cut = self.cut(&ids.session, call.user_moves_after);
        match first(cut, &mut life).await {
            Either::Right(lived) => self.lived(&made, lived?).await,
            Either::Left(Cut::Moved) => {
                self.inner.borrow_mut().moved.insert(ids.agent.clone());
                self.launch(life, made, Order::SubagentFirst).await
            }
            Either::Left(Cut::Off(how)) => {
                drop(life);
                self.cut_off(&made, how).await
            }
        }
    }

    /// The subagent's life ended while the main thread waited for it.
    async fn lived(self: &Rc<Self>, made: &Made, lived: Lived) -> Result<AgentReturn, Error> {
        match lived {
            Lived::Responded(response) => {
                let completed = self.completed(made, response.text, response.tools);
                let returned = completed.returned(&self.profile);
                self.returned(made, &returned, response.raw).await
            }
            Lived::ApiFailed(ApiError { status, message }) => {
                let completed = self.completed(made, String::new(), Vec::new());
                let returned = completed.api_failed(status, &message, &self.profile);
                self.returned(made, &returned, CommandEnd::default()).await
            }
        }
    }

    /// The call was cut off in the middle.
    async fn cut_off(
        self: &Rc<Self>,
        made: &Made,
        how: Interruption,
    ) -> Result<AgentReturn, Error> {
        let session = &self.profile.session;
        match how {
            Interruption::ByUser => {
                self.tell_failure(made, &session.interrupted);
                Ok(AgentReturn::default())
            }
            Interruption::CallFails => {
                let failed = Returned::failure(session.interrupted_by_signal.clone(), true);
                self.returned(made, &failed, CommandEnd::default()).await
            }
            Interruption::Ended => Ok(AgentReturn::default()),
        }
    }

    /// The main thread is told that its call failed, and no hook hears of it.
    fn tell_failure(self: &Rc<Self>, made: &Made, text: &str) {
        let about = self.about(made);
        let session = &made.ids.session;
        self.tell_to(session, Origin::AgentError, text, &about);
        let told = self.inner.borrow_mut().talk(session).belief.told();
        self.note_truth(session, told, None, &about, Heard::Words);
    }

    pub(super) fn completed(&self, made: &Made, text: String, tools: Vec<String>) -> Completed {
        Completed {
            agent_id: made.ids.agent.clone(),
            agent_type: SUBAGENT.into(),
            prompt: made.call.prompt.clone(),
            text,
            tools,
            duration_ms: self.milliseconds_since(made.begin),
            status: made.call.status.clone(),
        }
    }

    /// The call has returned: the main thread is told its result and what the hooks add.
    async fn returned(
        self: &Rc<Self>,
        made: &Made,
        returned: &Returned,
        raw: CommandEnd,
    ) -> Result<AgentReturn, Error> {
        self.returned_about(made, returned, raw, true).await
    }

    /// The same; a call that was only launched is about no run yet.
    async fn returned_about(
        self: &Rc<Self>,
        made: &Made,
        returned: &Returned,
        raw: CommandEnd,
        is_over: bool,
    ) -> Result<AgentReturn, Error> {
        let Made {
            ids, input, begin, ..
        } = made;
        let contexts = self
            .after_tool(
                &ids.outside(),
                "Agent",
                input,
                &ids.tool_use,
                returned,
                *begin,
            )
            .await?;
        let mut about = self.about(made);
        about.is_run &= is_over;
        let jobs = about.jobs.clone();
        let origin = if returned.is_error() {
            Origin::AgentError
        } else {
            Origin::Agent
        };
        let text = returned.text();
        about = about.of_text(&self.world.borrow(), &text);
        self.tell_to(&ids.session, origin, &text, &about);
        self.tell_contexts(&ids.session, &contexts, &about);
        if contexts.is_empty() {
            let told = self.inner.borrow_mut().talk(&ids.session).belief.told();
            self.note_truth(&ids.session, told, None, &about, Heard::Nothing);
        }
        if is_over {
            self.note_unmentioned(&ids.session, &jobs, &about);
        }
        Ok(AgentReturn {
            exit: raw.exit,
            stdout: raw.stdout,
            stderr: raw.stderr,
            contexts,
        })
    }

    /// The call returns at once; the subagent goes on beside the main thread, which is notified of its end.
    async fn launch(
        self: &Rc<Self>,
        life: Life,
        made: Made,
        order: Order,
    ) -> Result<AgentReturn, Error> {
        let ids = &made.ids;
        let launched = Launched {
            agent_id: ids.agent.clone(),
            description: DESCRIPTION.into(),
            prompt: made.call.prompt.clone(),
            path: self.output_of(&ids.agent),
        };
        let returned = launched.returned(&self.profile);
        let notification = Notification {
            task_id: ids.agent.clone(),
            tool_use_id: ids.tool_use.clone(),
            path: launched.path,
            description: DESCRIPTION.into(),
            is_resumed: false,
        };
        self.add_agent(ids);
        let made = Rc::new(made);
        let mut waiting = Some((life, notification));
        if order == Order::SubagentFirst
            && let Some((life, notification)) = waiting.take()
        {
            self.attend_agent(life, Rc::clone(&made), notification);
        }
        let raw = CommandEnd::default();
        let called = self.returned_about(&made, &returned, raw, false).await;
        if let Some((life, notification)) = waiting {
            self.attend_agent(life, made, notification);
        }
        called
    }

    pub(super) fn output_of(&self, agent: &str) -> String {
        let file = self.tasks_folder().join(format!("{agent}.output"));
        file.display().to_string()
    }

    /// Lives a subagent's life beside the main thread, which is then notified.
    pub(super) fn attend_agent(
        self: &Rc<Self>,
        life: Life,
        made: Rc<Made>,
        notification: Notification,
    ) {
        let session = Rc::clone(self);
        self.world.borrow_mut().spawn(async move {
            let end = session.agent_end(life, &made).await;
            let ids = &made.ids;
            session.agent_ended(&ids.agent, &end);
            let about = session.about(&made);
            if session.inner.borrow_mut().talk(&ids.session).open
                && let Some(blocks) = notification.agent(&end, &session.profile)
            {
                let text = blocks.join("\n");
                let jobs = about.jobs.clone();
                let about = about.of_text(&session.world.borrow(), &text);
                session.tell_to(&ids.session, Origin::Notification, &text, &about);
                session.note_unmentioned(&ids.session, &jobs, &about);
            }
            session.world.borrow_mut().touch();
        });
    }

    /// The jobs that there are. Those that the scenario laid down are there before anybody has looked at their records.
    pub(super) fn known_jobs(&self) -> Vec<String> {
        let world = self.world.borrow();
        let inner = self.inner.borrow();
        let seen = world.jobs().jobs.iter().map(|job| &job.id);
        seen.chain(&inner.laid_down).cloned().collect()
    }

    /// What the main thread can be told of a call that names no job: those that came after it was made.
    pub(super) fn about(&self, made: &Made) -> About {
        let companion = self.subject.companion.shell();
        let jobs = self.known_jobs().into_iter();
        About {
            jobs: jobs.filter(|job| !made.known.contains(job)).collect(),
            is_run: made
                .call
                .tasks
                .iter()
                .any(|task| task.command.contains(&companion)),
            is_any: false,
        }
    }

    pub(super) fn milliseconds_since(&self, begin: Duration) -> u64 {
        let length = self.world.borrow().now().saturating_sub(begin);
        u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
    }
}

/// What happens first when a subagent goes to the background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// The call returns; the subagent begins after it.
    CallFirst,
    /// The subagent, which has begun already, goes on.
    SubagentFirst,
}
