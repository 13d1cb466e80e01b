//! The Agent tool: a subagent that calls Bash once and relays what it said.

use std::rc::Rc;
use std::time::Duration;

use super::background::{Asked, Owner};
use super::bash::{BashCall, BashRun};
use super::command::CommandEnd;
use super::hooks::Place;
use super::{Session, next};
use crate::claude::belief::Origin;
use crate::claude::paths;
use crate::claude::payload::Agent;
use crate::claude::relay::Relay;
use crate::claude::tools::{self, AgentEnd, Completed, Launched, Notification, Returned};
use crate::engine::{Either, Error, first, sleep, until};
use crate::event::What;

/// The description that an Agent call gives.
const DESCRIPTION: &str = "Hand the task to Codex";
/// The type of the subagent that the plugin brings.
const SUBAGENT: &str = "codex:codex-rescue";

/// A call of the codex-rescue subagent.
#[derive(Debug, Clone)]
pub struct AgentCall {
    /// The command that the subagent runs.
    pub command: String,
    /// What the main thread asks of the subagent.
    pub prompt: String,
    /// What the subagent makes of the result.
    pub relay: Relay,
    /// How it calls Bash.
    pub bash: BashCall,
    /// What the call asks of the background.
    pub background: InBackground,
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

/// A failure of the model's API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// The message.
    pub message: String,
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

/// How the life of a subagent ended.
enum Lived {
    /// It gave its final response; the run of its command.
    Responded(String, Box<BashRun>),
    /// The model's API failed.
    ApiFailed(ApiError),
}

/// What came of a call.
#[derive(Debug, Clone, Default)]
pub struct AgentReturn {
    /// The exit code of the subagent's command, when it ended before the call returned.
    pub exit: Option<i32>,
    /// What the command wrote to its standard output until then.
    pub stdout: String,
    /// What it wrote to its standard error.
    pub stderr: String,
    /// What the hooks added for the main thread.
    pub contexts: Vec<String>,
}

/// The ids of one call.
#[derive(Debug, Clone)]
struct Ids {
    agent: String,
    tool_use: String,
    session: String,
}

impl Ids {
    /// The main thread that called.
    fn outside(&self) -> Place {
        Place {
            session: self.session.clone(),
            agent: None,
        }
    }

    /// The subagent.
    fn inside(&self) -> Place {
        Place {
            session: self.session.clone(),
            agent: Some(Agent {
                id: self.agent.clone(),
                kind: SUBAGENT.into(),
            }),
        }
    }
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
        let ids = Ids {
            agent,
            tool_use: self.next_tool_use(),
            session: self.id(),
        };
        let (asked, in_background) = call
            .background
            .decided(self.profile.agent.background_by_default);
        let input = tools::agent_input(DESCRIPTION, &call.prompt, SUBAGENT, asked);
        let known = self.known_jobs();
        let begin = self.world.borrow().now();
        self.pre_tool_use(&ids.outside(), "Agent", &input, &ids.tool_use)
            .await?;
        if let Some(error) = &call.error {
            let returned = Returned::failure(error.clone(), false);
            let contexts = self
                .after_agent(&returned, &input, &ids, begin, &known)
                .await?;
            return Ok(AgentReturn {
                contexts,
                ..AgentReturn::default()
            });
        }
        if in_background {
            return self.launch_agent(call, ids, input, known).await;
        }
        let owner = Owner::Foreground(ids.agent.clone());
        let (returned, raw) = match self.subagent(&call, &ids, owner).await? {
            Lived::Responded(text, run) => {
                let completed = self.completed(&call, &ids, text, begin);
                (completed.returned(&self.profile), run.raw)
            }
            Lived::ApiFailed(ApiError { status, message }) => {
                let completed = self.completed(&call, &ids, String::new(), begin);
                let returned = completed.api_failed(status, &message, &self.profile);
                (returned, CommandEnd::default())
            }
        };
        let contexts = self
            .after_agent(&returned, &input, &ids, begin, &known)
            .await?;
        Ok(AgentReturn {
            exit: raw.exit,
            stdout: raw.stdout,
            stderr: raw.stderr,
            contexts,
        })
    }

    fn completed(&self, call: &AgentCall, ids: &Ids, text: String, begin: Duration) -> Completed {
        Completed {
            agent_id: ids.agent.clone(),
            agent_type: SUBAGENT.into(),
            prompt: call.prompt.clone(),
            text,
            tools: vec!["Bash".into()],
            duration_ms: self.milliseconds_since(begin),
            status: call.status.clone(),
        }
    }

    /// The subagent's life: its start, its one command, its last words, its end.
    async fn subagent(
        self: &Rc<Self>,
        call: &AgentCall,
        ids: &Ids,
        owner: Owner,
    ) -> Result<Lived, Error> {
        let place = ids.inside();
        self.subagent_start(&place).await?;
        if let Some(error) = &call.api_error {
            return Ok(Lived::ApiFailed(error.clone()));
        }
        let run = self.subagent_bash(call, ids, owner.clone()).await?;
        let said = run.end.returned(&self.profile).text();
        let text = call.relay.text(&said);
        let result = serde_json::json!({"text": said, "relayed": text});
        self.world.borrow_mut().note(
            "subagent",
            What::Tool {
                tool: "Bash".into(),
                result,
            },
        );
        let is_foreground = matches!(owner, Owner::Foreground(_));
        let offset = Duration::from_millis(self.profile.subagent_end.terminate_offset_ms);
        let has_background = !self.running_of(&ids.agent).is_empty();
        let tasks = self.tasks(&ids.session);
        if is_foreground && has_background && self.ends_before_subagent_stop() {
            self.end_background_of(&ids.agent)?;
            sleep(&self.world, offset).await;
        }
        self.subagent_stop(&place, &text, &tasks).await?;
        if is_foreground && has_background && !self.ends_before_subagent_stop() {
            sleep(&self.world, offset).await;
            self.end_background_of(&ids.agent)?;
        }
        Ok(Lived::Responded(text, Box::new(run)))
    }

    async fn subagent_bash(
        self: &Rc<Self>,
        call: &AgentCall,
        ids: &Ids,
        owner: Owner,
    ) -> Result<BashRun, Error> {
        let asked = Asked {
            command: call.command.clone(),
            description: "Run Codex".into(),
            tool_use: self.next_tool_use(),
            owner,
            session: ids.session.clone(),
            is_read: false,
        };
        let input = tools::bash_input(
            &call.command,
            call.bash.asked_timeout(self.profile.bash.max_timeout_ms),
            &asked.description,
            call.bash.run_in_background.then_some(true),
        );
        let (place, tool_use) = (ids.inside(), asked.tool_use.clone());
        self.pre_tool_use(&place, "Bash", &input, &tool_use).await?;
        let begin = self.world.borrow().now();
        let run = self.bash(asked, &call.bash).await?;
        let returned = run.end.returned(&self.profile);
        self.after_tool(&place, "Bash", &input, &tool_use, &returned, begin)
            .await?;
        Ok(run)
    }

    /// The call has returned: the main thread is told its result and what the hooks add.
    async fn after_agent(
        self: &Rc<Self>,
        returned: &Returned,
        input: &serde_json::Value,
        ids: &Ids,
        begin: Duration,
        known: &[String],
    ) -> Result<Vec<String>, Error> {
        let contexts = self
            .after_tool(
                &ids.outside(),
                "Agent",
                input,
                &ids.tool_use,
                returned,
                begin,
            )
            .await?;
        let jobs = self.jobs_since(known);
        let origin = if returned.is_error() {
            Origin::AgentError
        } else {
            Origin::Agent
        };
        self.tell_to(&ids.session, origin, &returned.text(), &jobs);
        self.tell_contexts(&ids.session, &contexts, &jobs);
        if contexts.is_empty() {
            let mut inner = self.inner.borrow_mut();
            let told = inner.talk(&ids.session).belief.told();
            drop(inner);
            self.note_truth(&ids.session, told, &jobs);
        }
        Ok(contexts)
    }

    /// The call returns at once; the subagent goes on beside the main thread, which is notified of its end.
    async fn launch_agent(
        self: &Rc<Self>,
        call: AgentCall,
        ids: Ids,
        input: serde_json::Value,
        known: Vec<String>,
    ) -> Result<AgentReturn, Error> {
        let path = self
            .tasks_folder()
            .join(format!("{}.output", ids.agent))
            .display()
            .to_string();
        let launched = Launched {
            agent_id: ids.agent.clone(),
            description: DESCRIPTION.into(),
            prompt: call.prompt.clone(),
            path: path.clone(),
        };
        let begin = self.world.borrow().now();
        self.add_agent(&ids);
        let contexts = self
            .after_agent(
                &launched.returned(&self.profile),
                &input,
                &ids,
                begin,
                &known,
            )
            .await?;
        let session = Rc::clone(self);
        let notification = Notification {
            task_id: ids.agent.clone(),
            tool_use_id: ids.tool_use.clone(),
            path,
            description: DESCRIPTION.into(),
        };
        self.world.borrow_mut().spawn(async move {
            let end = session.agent_end(&call, &ids, begin).await;
            session.agent_ended(&ids.agent, &end);
            let jobs = session.jobs_since(&known);
            if session.inner.borrow_mut().talk(&ids.session).open {
                let text = notification.agent(&end, &session.profile).join("\n");
                session.tell_to(&ids.session, Origin::Notification, &text, &jobs);
            }
            session.world.borrow_mut().touch();
        });
        Ok(AgentReturn {
            contexts,
            ..AgentReturn::default()
        })
    }

    /// The life of a subagent in the background: to its end, or until it is stopped.
    async fn agent_end(self: &Rc<Self>, call: &AgentCall, ids: &Ids, begin: Duration) -> AgentEnd {
        let life = self.subagent(call, ids, Owner::InBackground(ids.agent.clone()));
        let stopped = until(&self.world, |_| {
            self.inner
                .borrow()
                .stopped
                .contains(&ids.agent)
                .then_some(())
        });
        // Being stopped also ends its command, so it is asked first.
        match first(stopped, life).await {
            Either::Right(Ok(Lived::Responded(text, _))) => AgentEnd::Completed {
                waiting: !self.running_of(&ids.agent).is_empty(),
                text,
                tools: vec!["Bash".into()],
                duration_ms: self.milliseconds_since(begin),
            },
            Either::Right(Ok(Lived::ApiFailed(ApiError { status, message }))) => {
                let completed = self.completed(call, ids, String::new(), begin);
                let returned = completed.api_failed(status, &message, &self.profile);
                AgentEnd::Failed(returned.blocks.first().cloned().unwrap_or_default())
            }
            Either::Right(Err(error)) => AgentEnd::Failed(error.to_string()),
            Either::Left(()) => AgentEnd::Killed,
        }
    }

    fn add_agent(&self, ids: &Ids) {
        let mut inner = self.inner.borrow_mut();
        let order = next(&mut inner.counters.tasks);
        inner.agents.push(AgentTask {
            id: ids.agent.clone(),
            description: DESCRIPTION.into(),
            kind: SUBAGENT.into(),
            session: ids.session.clone(),
            status: None,
            order,
        });
    }

    fn agent_ended(&self, id: &str, end: &AgentEnd) {
        let status = match end {
            AgentEnd::Completed { .. } => "completed",
            AgentEnd::Failed(_) => "failed",
            AgentEnd::Killed => "killed",
        };
        let mut inner = self.inner.borrow_mut();
        if let Some(agent) = inner.agents.iter_mut().find(|agent| agent.id == id) {
            agent.status = Some(status);
        }
    }

    fn known_jobs(&self) -> Vec<String> {
        self.world
            .borrow()
            .jobs()
            .jobs
            .iter()
            .map(|job| job.id.clone())
            .collect()
    }

    /// The jobs that came after those that were known.
    fn jobs_since(&self, known: &[String]) -> Vec<String> {
        self.known_jobs()
            .into_iter()
            .filter(|job| !known.contains(job))
            .collect()
    }

    pub(super) fn milliseconds_since(&self, begin: Duration) -> u64 {
        let length = self.world.borrow().now().saturating_sub(begin);
        u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
    }
}
