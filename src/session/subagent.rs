//! The life of a subagent: its start, its commands, its last words, its end.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use super::agent::{AgentCall, AgentTask, Made};
use super::background::{Asked, Owner};
use super::bash::BashCall;
use super::command::CommandEnd;
use super::hooks::Place;
use super::{Session, next};
use crate::claude::payload::Agent;
use crate::claude::relay::Relay;
use crate::claude::stop::StopGuard;
use crate::claude::tools::{self, AgentEnd};
use crate::engine::{Either, Error, first, sleep, until};
use crate::event::What;

/// The description that an Agent call gives.
pub(super) const DESCRIPTION: &str = "Hand the task to Codex";
/// The type of the subagent that the plugin brings.
pub(super) const SUBAGENT: &str = "codex:codex-rescue";

/// One Bash call of a subagent.
#[derive(Debug, Clone, Default)]
pub struct Task {
    /// The command.
    pub command: String,
    /// How Bash is called.
    pub bash: BashCall,
}

/// A failure of the model's API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// The message.
    pub message: String,
}

/// How the life of a subagent ended.
pub(super) enum Lived {
    /// It gave its final response.
    Responded(Response),
    /// The model's API failed.
    ApiFailed(ApiError),
}

/// A final response.
pub(super) struct Response {
    pub(super) text: String,
    /// The tools that it called, in order.
    pub(super) tools: Vec<String>,
    /// What its last command really said.
    pub(super) raw: CommandEnd,
}

/// A subagent while it lives.
pub(super) type Life = Pin<Box<dyn Future<Output = Result<Lived, Error>>>>;

/// The ids of one call.
#[derive(Debug, Clone)]
pub(super) struct Ids {
    pub(super) agent: String,
    pub(super) tool_use: String,
    pub(super) session: String,
}

impl Ids {
    /// The main thread that called.
    pub(super) fn outside(&self) -> Place {
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

impl Session {
    /// The subagent's whole life.
    pub(super) fn life(self: Rc<Self>, call: Rc<AgentCall>, ids: Ids, owner: Owner) -> Life {
        Box::pin(async move { self.live(&call, &ids, owner).await })
    }

    async fn live(
        self: &Rc<Self>,
        call: &AgentCall,
        ids: &Ids,
        owner: Owner,
    ) -> Result<Lived, Error> {
        self.subagent_start(&ids.inside()).await?;
        if let Some(error) = &call.api_error {
            return Ok(Lived::ApiFailed(error.clone()));
        }
        let (mut said, mut raw) = (String::new(), CommandEnd::default());
        for task in &call.tasks {
            (said, raw) = self.subagent_bash(task, ids, owner.clone()).await?;
        }
        let text = self.last_words(call, ids, &said).await?;
        let is_foreground = matches!(self.owner_now(&owner), Owner::Foreground(_));
        if is_foreground && !self.running_of(&ids.agent).is_empty() {
            let offset = Duration::from_millis(self.profile.subagent_end.terminate_offset_ms);
            sleep(&self.world, offset).await;
            self.end_background_of(&ids.agent)?;
        }
        let tools = call.tasks.iter().map(|_| "Bash".to_owned()).collect();
        Ok(Lived::Responded(Response { text, tools, raw }))
    }

    /// Its final response; a hook that does not let it end makes it give another one.
    async fn last_words(
        self: &Rc<Self>,
        call: &AgentCall,
        ids: &Ids,
        said: &str,
    ) -> Result<String, Error> {
        let relayed = |relay: &Relay, asked: &str| {
            let text = match relay {
                Relay::AsAsked => asked.to_owned(),
                relay => relay.text(said),
            };
            let result = serde_json::json!({"text": said, "relayed": text});
            let tool = "Bash".into();
            let mut world = self.world.borrow_mut();
            world.note("subagent", What::Tool { tool, result });
            text
        };
        let mut text = relayed(&call.relay, "");
        let mut guard = StopGuard::default();
        for blocks in 0.. {
            let tasks = self.tasks(&ids.session);
            let reasons = self
                .subagent_stop(&ids.inside(), &text, &tasks, &mut guard)
                .await?;
            if reasons.is_empty() {
                break;
            }
            let others = &call.when_blocked;
            let again = others.get(blocks).or(others.last());
            let reason = reasons.join("\n");
            let asked = reason
                .split_once("\n\n")
                .map_or(&*reason, |(_, asked)| asked);
            text = relayed(again.unwrap_or(&call.relay), asked);
        }
        Ok(text)
    }

    /// One call of Bash: what the subagent is told of it, and what the command really said.
    async fn subagent_bash(
        self: &Rc<Self>,
        task: &Task,
        ids: &Ids,
        owner: Owner,
    ) -> Result<(String, CommandEnd), Error> {
        let asked = Asked {
            command: task.command.clone(),
            description: "Run Codex".into(),
            tool_use: self.next_tool_use(),
            owner,
            session: ids.session.clone(),
            is_read: false,
        };
        let input = tools::bash_input(
            &task.command,
            task.bash.asked_timeout(self.profile.bash.max_timeout_ms),
            &asked.description,
            task.bash.run_in_background.then_some(true),
        );
        let (place, tool_use) = (ids.inside(), asked.tool_use.clone());
        if let Some(denied) = self.pre_tool_use(&place, "Bash", &input, &tool_use).await? {
            return Ok((denied, CommandEnd::default()));
        }
        let begin = self.world.borrow().now();
        let run = self.bash(asked, &task.bash).await?;
        let returned = run.end.returned(&self.profile);
        self.after_tool(&place, "Bash", &input, &tool_use, &returned, begin)
            .await?;
        Ok((returned.text(), run.raw))
    }

    /// The life of a subagent in the background: to its end, or until it is stopped.
    pub(super) async fn agent_end(self: &Rc<Self>, life: Life, made: &Made) -> AgentEnd {
        let id = &made.ids.agent;
        let stopped = until(&self.world, |_| {
            self.inner.borrow().stopped.contains(id).then_some(())
        });
        // Being stopped also ends its command, so it is asked first.
        match first(stopped, life).await {
            Either::Right(Ok(Lived::Responded(Response { text, tools, .. }))) => {
                AgentEnd::Completed {
                    waiting: !self.running_of(id).is_empty(),
                    text,
                    tools,
                    duration_ms: self.milliseconds_since(made.begin),
                }
            }
            Either::Right(Ok(Lived::ApiFailed(ApiError { status, message }))) => {
                let completed = self.completed(made, String::new(), Vec::new());
                let returned = completed.api_failed(status, &message, &self.profile);
                AgentEnd::Failed(returned.blocks.first().cloned().unwrap_or_default())
            }
            Either::Right(Err(error)) => AgentEnd::Failed(error.to_string()),
            Either::Left(()) if self.inner.borrow().interrupted_agents.contains(id) => {
                AgentEnd::Interrupted
            }
            Either::Left(()) => AgentEnd::Killed,
        }
    }

    /// A subagent is in the background from here on, for the first time or again.
    pub(super) fn add_agent(&self, ids: &Ids) {
        let mut inner = self.inner.borrow_mut();
        let order = next(&mut inner.counters.tasks);
        inner.agents.retain(|agent| agent.id != ids.agent);
        inner.agents.push(AgentTask {
            id: ids.agent.clone(),
            description: DESCRIPTION.into(),
            kind: SUBAGENT.into(),
            session: ids.session.clone(),
            status: None,
            order,
        });
    }

    pub(super) fn agent_ended(&self, id: &str, end: &AgentEnd) {
        let status = match end {
            AgentEnd::Completed { .. } => "completed",
            AgentEnd::Failed(_) => "failed",
            AgentEnd::Killed | AgentEnd::Interrupted => "killed",
        };
        let mut inner = self.inner.borrow_mut();
        if let Some(agent) = inner.agents.iter_mut().find(|agent| agent.id == id) {
            agent.status = Some(status);
        }
    }
}
