//! Hooks of the subject at each event: called with full payloads, and what they add.

use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;

use super::Session;
use super::interruption::{EndingSignal, Interruption};
use crate::claude::belief::Origin;
use crate::claude::hook_output::Taken;
use crate::claude::paths;
use crate::claude::payload::{self, Agent, BackgroundTask, Call, Context};
use crate::claude::stop::StopGuard;
use crate::claude::text::fill;
use crate::claude::tools::{Outcome, Returned};
use crate::engine::{Error, first, sleep, until};

/// Where something happens: in the main thread of a session, or in a subagent of it.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) session: String,
    pub(super) agent: Option<Agent>,
}

impl Session {
    /// The main thread of the current session.
    pub(super) fn here(&self) -> Place {
        Place {
            session: self.id(),
            agent: None,
        }
    }

    fn context(&self, place: &Place) -> Context {
        let world = self.world.borrow();
        let (home, workspace) = (world.sandbox().home(), world.sandbox().workspace());
        Context {
            transcript_path: paths::transcript(&home, &workspace, &place.session)
                .display()
                .to_string(),
            session_id: place.session.clone(),
            cwd: workspace.display().to_string(),
            prompt_id: Some("prompt-1".into()),
            permission_mode: "default".into(),
            effort: self.profile.payload.effort.clone(),
            agent: place.agent.clone(),
        }
    }

    /// A session begins.
    ///
    /// # Errors
    /// When a hook cannot be started.
    pub async fn start(self: &Rc<Self>, source: &str) -> Result<(), Error> {
        let file = self.environment_file();
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|error| Error::file(format!("create {}", folder.display()), error))?;
        }
        let input = payload::session_start(&self.context(&self.here()), source);
        let id = self.id();
        self.inner.borrow_mut().talk(&id).open = true;
        for taken in self
            .hooks("SessionStart", Some(source), &input, None)
            .await?
        {
            if let Some(context) = taken.context {
                self.tell(Origin::Remark, &context);
            }
        }
        Ok(())
    }

    /// The current session ends; its hooks have one small budget, and what it has in the background ends.
    /// In print mode that is awaited first, for as long as the version grants.
    ///
    /// # Errors
    /// When a hook cannot be started.
    pub async fn end(self: &Rc<Self>, reason: &str, print: bool) -> Result<(), Error> {
        let place = self.here();
        let session = &self.profile.session;
        if print && let Some(grace) = session.print_background_grace_ms {
            self.print_grace(&place.session, grace).await;
            self.stop_tasks(&place.session)?;
        }
        let is_killing = self.inner.borrow().killing_until > self.world.borrow().now();
        if !(print && is_killing) || session.print_end_hooks_beside_kill {
            self.session_end_hooks(&place, reason).await?;
        }
        self.inner.borrow_mut().talk(&place.session).open = false;
        self.stop_tasks(&place.session)
    }

    async fn session_end_hooks(self: &Rc<Self>, place: &Place, reason: &str) -> Result<(), Error> {
        let input = payload::session_end(&self.context(place), reason);
        let budget = Duration::from_millis(self.profile.hooks.session_end_budget_ms);
        self.hooks("SessionEnd", Some(reason), &input, Some(budget))
            .await
            .map(|_| ())
    }

    /// Claude Code gets a signal: what runs is ended, and then the current session as the version does it.
    ///
    /// # Errors
    /// When a process cannot be signalled or started.
    pub async fn end_by_signal(self: &Rc<Self>, signal: EndingSignal) -> Result<(), Error> {
        let place = self.here();
        let does = match signal {
            EndingSignal::Terminate => self.profile.session.on_sigterm,
            EndingSignal::Interrupt => self.profile.session.on_sigint,
        };
        let how = match does.call_fails {
            true => Interruption::CallFails,
            false => Interruption::Ended,
        };
        self.interrupt_with(&place.session, how)?;
        self.stop_tasks(&place.session)?;
        if let Some(after) = does.session_end_after_ms {
            sleep(&self.world, Duration::from_millis(after)).await;
            self.session_end_hooks(&place, "other").await?;
        }
        self.inner.borrow_mut().talk(&place.session).open = false;
        Ok(())
    }

    /// Every session that is open ends, the current one last.
    ///
    /// # Errors
    /// When a hook cannot be started.
    pub async fn end_all(self: &Rc<Self>, reason: &str) -> Result<(), Error> {
        let current = self.id();
        let mut open = self.open_sessions();
        open.sort_by_key(|id| *id == current);
        for id in open {
            self.change(&id);
            self.end(reason, false).await?;
        }
        Ok(())
    }

    /// The end of print mode: subagents in the background are awaited, commands have a short time after that.
    async fn print_grace(self: &Rc<Self>, session: &str, grace: u64) {
        let wait = Duration::from_millis(self.profile.session.print_agent_wait_ms);
        let agents = until(&self.world, |_| {
            let inner = self.inner.borrow();
            let mut agents = inner.agents.iter();
            let busy = agents.any(|agent| agent.session == session && agent.status.is_none());
            (!busy).then_some(())
        });
        first(agents, sleep(&self.world, wait)).await;
        let commands = until(&self.world, |world| {
            let inner = self.inner.borrow();
            let mut commands = inner.background.iter();
            let busy = commands.any(|background| {
                background.asked.session == session
                    && world.finished(background.running.process).is_none()
            });
            (!busy).then_some(())
        });
        first(commands, sleep(&self.world, Duration::from_millis(grace))).await;
    }

    /// What PreToolUse hooks have to say of a call; where one denies it, the result that the model is shown.
    pub(super) async fn pre_tool_use(
        self: &Rc<Self>,
        place: &Place,
        tool: &str,
        input: &Value,
        id: &str,
    ) -> Result<Option<String>, Error> {
        let call = Call {
            tool: tool.into(),
            input: input.clone(),
            id: id.into(),
        };
        let input = payload::pre_tool_use(&self.context(place), &call);
        let answers = self.hooks("PreToolUse", Some(tool), &input, None).await?;
        let block = answers.into_iter().find_map(|taken| taken.block);
        let text = &self.profile.hooks.text;
        Ok(block.map(|block| {
            let form = if block.by_exit {
                &text.refused
            } else {
                &text.denied
            };
            fill(form, &[("tool", tool), ("reason", &block.reason)])
        }))
    }

    /// A tool call has returned: PostToolUse or PostToolUseFailure, and what they add.
    pub(super) async fn after_tool(
        self: &Rc<Self>,
        place: &Place,
        tool: &str,
        input: &Value,
        id: &str,
        returned: &Returned,
        begin: Duration,
    ) -> Result<Vec<String>, Error> {
        let call = Call {
            tool: tool.into(),
            input: input.clone(),
            id: id.into(),
        };
        let context = self.context(place);
        let length = self.milliseconds_since(begin);
        let (event, input) = match &returned.outcome {
            Outcome::Response(response) => (
                "PostToolUse",
                payload::post_tool_use(&context, &call, response.clone(), length),
            ),
            Outcome::Failure {
                error,
                is_interrupt,
            } => (
                "PostToolUseFailure",
                payload::post_tool_use_failure(&context, &call, error, *is_interrupt, length),
            ),
        };
        let taken = self.hooks(event, Some(tool), &input, None).await?;
        let hook = format!("{event}:{tool}");
        let told = taken
            .into_iter()
            .flat_map(|taken| self.told_by(&hook, taken));
        Ok(told.collect())
    }

    /// What a hook adds for the model after something was done: context, or the feedback of one that blocks too late.
    pub(super) fn told_by(&self, hook: &str, taken: Taken) -> Vec<String> {
        let feedback = taken.block.map(|block| {
            let values = [
                ("hook", hook),
                ("command", block.command.as_str()),
                ("reason", &block.reason),
            ];
            fill(&self.profile.hooks.text.blocking, &values)
        });
        taken.context.into_iter().chain(feedback).collect()
    }

    pub(super) async fn subagent_start(self: &Rc<Self>, place: &Place) -> Result<(), Error> {
        let input = payload::subagent_start(&self.context(place));
        self.hooks("SubagentStart", place.kind(), &input, None)
            .await
            .map(|_| ())
    }

    /// A subagent has given its final response; `tasks` is what is in the background then. The reasons of hooks that
    /// do not let it end: none where they do, or have blocked it as often as the version allows.
    pub(super) async fn subagent_stop(
        self: &Rc<Self>,
        place: &Place,
        last: &str,
        tasks: &[BackgroundTask],
        guard: &mut StopGuard,
    ) -> Result<Vec<String>, Error> {
        let home = self.world.borrow().sandbox().home();
        let id = place.agent.as_ref().map_or("", |agent| agent.id.as_str());
        let transcript = paths::subagent_transcript(&home, &self.workspace(), &place.session, id)
            .display()
            .to_string();
        let context = self.context(place);
        let last = (!last.is_empty()).then_some(last);
        let active = guard.active();
        let input =
            payload::subagent_stop(&context, active, &transcript, last, tasks, &self.profile);
        let answers = self
            .hooks("SubagentStop", place.kind(), &input, None)
            .await?;
        let blocks: Vec<String> = answers
            .into_iter()
            .filter(|taken| taken.halt.is_none())
            .filter_map(|taken| Some(taken.block?.reason))
            .collect();
        let goes_on = !blocks.is_empty() && guard.block(&self.profile.hooks);
        Ok(if goes_on { blocks } else { Vec::new() })
    }

    /// The main thread ends its turn: what the Stop hooks answer.
    pub(super) async fn stop_hooks(
        self: &Rc<Self>,
        active: bool,
        last: Option<&str>,
    ) -> Result<Vec<Taken>, Error> {
        let place = self.here();
        let tasks = self.tasks(&place.session);
        let context = self.context(&place);
        let input = payload::stop(&context, active, last, &tasks, &self.profile);
        self.hooks("Stop", None, &input, None).await
    }
}

/// An event about the Agent tool, as texts name it.
pub(super) fn hook_name(event: &str) -> String {
    format!("{event}:Agent")
}

impl Place {
    fn kind(&self) -> Option<&str> {
        self.agent.as_ref().map(|agent| agent.kind.as_str())
    }
}
