//! The Agent tool: a subagent that calls Bash once and relays what it said.

use std::rc::Rc;
use std::time::Duration;

use super::background::Owner;
use super::bash::{BashCall, BashRun};
use super::hooks::Told;
use super::{Session, next};
use crate::claude::belief::Origin;
use crate::claude::paths;
use crate::claude::relay::Relay;
use crate::claude::tools::{self, AgentEnd, Completed, Launched, Notification, Returned};
use crate::engine::{Error, sleep};
use crate::event::What;

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
    /// Whether the call runs in the background.
    pub background: bool,
    /// A status in place of the version's own.
    pub status: Option<String>,
    /// The call fails with this error before the subagent does anything.
    pub error: Option<String>,
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
}

impl Session {
    /// The main thread calls the subagent; ends when the call has returned and its hooks have answered.
    ///
    /// # Errors
    /// When a process cannot be started.
    pub async fn agent(self: &Rc<Self>, call: AgentCall) -> Result<AgentReturn, Error> {
        let ids = {
            let counters = &mut self.inner.borrow_mut().counters;
            Ids {
                agent: paths::agent_id(next(&mut counters.agents)),
                tool_use: format!("toolu_{:04}", next(&mut counters.tool_uses)),
            }
        };
        let asked = self
            .profile
            .agent
            .background_by_default
            .then_some(call.background)
            .or(call.background.then_some(true));
        let input = tools::agent_input("Hand the task to Codex", &call.prompt, SUBAGENT, asked);
        let known = self.known_jobs();
        let begin = self.world.borrow().now();
        self.pre_tool_use(None, "Agent", &input, &ids.tool_use)
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
        if call.background {
            return self.launch_agent(call, ids, input, known).await;
        }
        let (text, run) = self
            .subagent(&call, &ids, Owner::Foreground(ids.agent.clone()))
            .await?;
        let completed = self.completed(&call, &ids, text, begin);
        let contexts = self
            .after_agent(
                &completed.returned(&self.profile),
                &input,
                &ids,
                begin,
                &known,
            )
            .await?;
        Ok(AgentReturn {
            exit: run.raw.exit,
            stdout: run.raw.stdout,
            stderr: run.raw.stderr,
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
    ) -> Result<(String, BashRun), Error> {
        self.subagent_start(&ids.agent, SUBAGENT).await?;
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
        if is_foreground && has_background && self.ends_before_subagent_stop() {
            self.end_background_of(&ids.agent)?;
            sleep(&self.world, offset).await;
        }
        self.subagent_stop(&ids.agent, SUBAGENT, &text).await?;
        if is_foreground && has_background && !self.ends_before_subagent_stop() {
            sleep(&self.world, offset).await;
            self.end_background_of(&ids.agent)?;
        }
        Ok((text, run))
    }

    async fn subagent_bash(
        self: &Rc<Self>,
        call: &AgentCall,
        ids: &Ids,
        owner: Owner,
    ) -> Result<BashRun, Error> {
        let tool_use = format!(
            "toolu_{:04}",
            next(&mut self.inner.borrow_mut().counters.tool_uses)
        );
        let timeout = call
            .bash
            .timeout
            .unwrap_or(Duration::from_millis(self.profile.bash.max_timeout_ms));
        let timeout = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
        let input = tools::bash_input(
            &call.command,
            Some(timeout),
            "Run Codex",
            call.bash.run_in_background.then_some(true),
        );
        let inside = Some((ids.agent.as_str(), SUBAGENT));
        self.pre_tool_use(inside, "Bash", &input, &tool_use).await?;
        let begin = self.world.borrow().now();
        let run = self.bash(&call.command, &call.bash, owner).await?;
        self.after_tool(
            inside,
            "Bash",
            &input,
            &tool_use,
            &run.end.returned(&self.profile),
            begin,
        )
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
            .after_tool(None, "Agent", input, &ids.tool_use, returned, begin)
            .await?;
        let jobs = self.jobs_since(known);
        let origin = if returned.is_error() {
            Origin::AgentError
        } else {
            Origin::Agent
        };
        self.tell(origin, &returned.text(), &jobs);
        for Told { text, .. } in &contexts {
            self.inner.borrow_mut().contexts.push(text.clone());
            self.tell(Origin::HookContext, text, &jobs);
        }
        if contexts.is_empty() {
            self.note_truth(self.told(), &jobs);
        }
        Ok(contexts.into_iter().map(|told| told.text).collect())
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
        let description = "Hand the task to Codex".to_owned();
        let launched = Launched {
            agent_id: ids.agent.clone(),
            description: description.clone(),
            prompt: call.prompt.clone(),
            path: path.clone(),
        };
        let begin = self.world.borrow().now();
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
            description,
        };
        self.world.borrow_mut().spawn(async move {
            let end = match session
                .subagent(&call, &ids, Owner::InBackground(ids.agent.clone()))
                .await
            {
                Ok((text, _)) => AgentEnd::Completed {
                    waiting: !session.running_of(&ids.agent).is_empty(),
                    text,
                    tools: vec!["Bash".into()],
                    duration_ms: session.milliseconds_since(begin),
                },
                Err(error) => AgentEnd::Failed(error.to_string()),
            };
            let jobs = session.jobs_since(&known);
            let text = notification.agent(&end, &session.profile).join("\n");
            session.tell(Origin::Notification, &text, &jobs);
        });
        Ok(AgentReturn {
            contexts,
            ..AgentReturn::default()
        })
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
