//! Hooks of the subject: called with full payloads, bounded by their timeouts, understood as Claude Code does.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use super::Session;
use super::background::Owner;
use super::command::{CommandEnd, Running};
use crate::claude::belief::Origin;
use crate::claude::hook_output::{Ended, Taken, take};
use crate::claude::paths;
use crate::claude::payload::{self, Agent, BackgroundTask, Call, Context};
use crate::claude::tools::{Outcome, Returned};
use crate::engine::{Either, Error, Input, Launch, first, sleep, until};
use crate::event::What;

/// The subagent's type in a hook input that a scenario gives.
const SUBAGENT: &str = "codex:codex-rescue";

/// A text that a hook adds for the main thread.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) text: String,
}

/// A hook input that a scenario gives.
#[derive(Debug, Clone, Default)]
pub struct HookCall {
    /// The event; `PostToolUse` when there is none.
    pub event: Option<String>,
    /// The status of the tool response.
    pub status: Option<String>,
    /// The text of the tool response.
    pub text: Option<String>,
    /// The whole tool response.
    pub response: Option<Value>,
    /// The error of a failure.
    pub error: Option<String>,
    /// Fields that replace the usual ones; `null` removes one.
    pub input: BTreeMap<String, Value>,
    /// Exactly these bytes in place of a payload.
    pub raw: Option<String>,
}

/// How the hook answered.
#[derive(Debug, Clone, Default)]
pub struct HookAnswer {
    /// Its exit code; nothing when it was killed at its timeout.
    pub exit: Option<i32>,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
    /// What it added for the main thread.
    pub contexts: Vec<String>,
}

impl Session {
    fn context(&self, inside: Option<(&str, &str)>) -> Context {
        let world = self.world.borrow();
        let id = self.id();
        let (home, workspace) = (world.sandbox().home(), world.sandbox().workspace());
        Context {
            transcript_path: paths::transcript(&home, &workspace, &id)
                .display()
                .to_string(),
            session_id: id,
            cwd: workspace.display().to_string(),
            prompt_id: Some("prompt-1".into()),
            permission_mode: "default".into(),
            effort: "high".into(),
            agent: inside.map(|(id, kind)| Agent {
                id: id.to_owned(),
                kind: kind.to_owned(),
            }),
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
        let input = payload::session_start(&self.context(None), source);
        self.inner.borrow_mut().open = true;
        for taken in self
            .hooks("SessionStart", Some(source), &input, None)
            .await?
        {
            if let Some(context) = taken.context {
                self.tell(Origin::Remark, &context, &[]);
            }
        }
        Ok(())
    }

    /// The session ends; its hooks have one small budget together, and the background commands of the main thread end.
    ///
    /// # Errors
    /// When a hook cannot be started.
    pub async fn end(self: &Rc<Self>, reason: &str) -> Result<(), Error> {
        let input = payload::session_end(&self.context(None), reason);
        let budget = Duration::from_millis(self.profile.hooks.session_end_budget_ms);
        self.hooks("SessionEnd", Some(reason), &input, Some(budget))
            .await?;
        self.inner.borrow_mut().open = false;
        let mine = self.inner.borrow().background.clone();
        for background in mine
            .iter()
            .filter(|background| background.owner == Owner::Main)
        {
            let mut world = self.world.borrow_mut();
            if world.finished(background.running.process).is_none() {
                let root = world.pid(background.running.process);
                for pid in world.tree(root) {
                    world.signal("claude", pid, Signal::SIGTERM)?;
                }
            }
        }
        Ok(())
    }

    pub(super) async fn pre_tool_use(
        self: &Rc<Self>,
        inside: Option<(&str, &str)>,
        tool: &str,
        input: &Value,
        id: &str,
    ) -> Result<(), Error> {
        let call = Call {
            tool: tool.into(),
            input: input.clone(),
            id: id.into(),
        };
        let input = payload::pre_tool_use(&self.context(inside), &call);
        self.hooks("PreToolUse", Some(tool), &input, None)
            .await
            .map(|_| ())
    }

    /// A tool call has returned: PostToolUse or PostToolUseFailure, and what they add.
    pub(super) async fn after_tool(
        self: &Rc<Self>,
        inside: Option<(&str, &str)>,
        tool: &str,
        input: &Value,
        id: &str,
        returned: &Returned,
        begin: Duration,
    ) -> Result<Vec<Told>, Error> {
        let call = Call {
            tool: tool.into(),
            input: input.clone(),
            id: id.into(),
        };
        let context = self.context(inside);
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
        Ok(taken
            .into_iter()
            .flat_map(|taken| [taken.context, taken.feedback, taken.block])
            .flatten()
            .map(|text| Told { text })
            .collect())
    }

    pub(super) async fn subagent_start(self: &Rc<Self>, id: &str, kind: &str) -> Result<(), Error> {
        let input = payload::subagent_start(&self.context(Some((id, kind))));
        self.hooks("SubagentStart", Some(kind), &input, None)
            .await
            .map(|_| ())
    }

    pub(super) async fn subagent_stop(
        self: &Rc<Self>,
        id: &str,
        kind: &str,
        last: &str,
    ) -> Result<(), Error> {
        let tasks: Vec<BackgroundTask> = self
            .running_of(id)
            .into_iter()
            .map(|background| BackgroundTask::Shell {
                id: background.id,
                description: "Run Codex".into(),
                command: background.command,
            })
            .collect();
        let context = self.context(Some((id, kind)));
        let home = self.world.borrow().sandbox().home();
        let transcript = paths::subagent_transcript(&home, &self.workspace(), &self.id(), id)
            .display()
            .to_string();
        let last = (!last.is_empty()).then_some(last);
        let input =
            payload::subagent_stop(&context, false, &transcript, last, &tasks, &self.profile);
        self.hooks("SubagentStop", Some(kind), &input, None)
            .await
            .map(|_| ())
    }

    /// Gives the completion hook an input that the scenario makes.
    ///
    /// # Errors
    /// When the hook cannot be started.
    pub async fn hook_input(self: &Rc<Self>, call: &HookCall) -> Result<HookAnswer, Error> {
        let event = call.event.as_deref().unwrap_or("PostToolUse");
        let input = self.scenario_input(event, call);
        // The tool and the event of a payload choose the hooks, as they would in Claude Code, unless the point of the
        // scenario is that the hook itself looks at them.
        let listed =
            self.subject
                .hooks
                .commands(event, Some("Agent"), self.profile.hooks.hyphen_is_exact);
        let fallback = self.subject.hooks.commands(
            "PostToolUse",
            Some("Agent"),
            self.profile.hooks.hyphen_is_exact,
        );
        let commands = if listed.is_empty() && event == "PreToolUse" {
            fallback
        } else {
            listed
        };
        let mut answer = HookAnswer::default();
        for command in commands {
            let bytes = match &call.raw {
                Some(raw) => raw.clone().into_bytes(),
                None => input.to_string().into_bytes(),
            };
            let timeout = command
                .timeout
                .unwrap_or(Duration::from_millis(self.profile.hooks.default_timeout_ms));
            let shell = command.expanded(&self.subject.root);
            let (end, taken) = self.hook(event, &shell, bytes, &input, timeout).await?;
            answer = HookAnswer {
                exit: end.exit,
                stdout: end.stdout,
                stderr: end.stderr,
                contexts: answer.contexts,
            };
            answer
                .contexts
                .extend([taken.context, taken.feedback].into_iter().flatten());
        }
        let text = call.text.clone().unwrap_or_default();
        let origin = if call.error.is_some() {
            Origin::AgentError
        } else {
            Origin::Agent
        };
        let shown = call.error.clone().unwrap_or(text);
        self.inner
            .borrow_mut()
            .belief
            .hear(origin, &shown, &self.subject.vocabulary);
        for context in &answer.contexts {
            self.inner.borrow_mut().contexts.push(context.clone());
            self.inner.borrow_mut().belief.hear(
                Origin::HookContext,
                context,
                &self.subject.vocabulary,
            );
            let what = What::Told {
                form: "hook-context".into(),
                text: context.clone(),
                belief: self.told().to_string(),
            };
            self.world.borrow_mut().note("claude", what);
        }
        Ok(answer)
    }

    fn scenario_input(&self, event: &str, call: &HookCall) -> Value {
        let mut response = json!({});
        if let Some(status) = &call.status {
            response["status"] = json!(status);
        }
        response["agentId"] = json!("a1");
        if let Some(text) = &call.text {
            response["content"] = json!([{"type": "text", "text": text}]);
        }
        let mut input = json!({
            "hook_event_name": event,
            "tool_name": "Agent",
            "session_id": self.id(),
            "cwd": self.workspace().display().to_string(),
            "tool_input": {"subagent_type": SUBAGENT},
        });
        match &call.error {
            Some(error) => {
                input["error"] = json!(error);
                input["is_interrupt"] = json!(false);
            }
            None => input["tool_response"] = call.response.clone().unwrap_or(response),
        }
        if let Value::Object(fields) = &mut input {
            for (name, value) in &call.input {
                if value.is_null() {
                    fields.shift_remove(name);
                } else {
                    fields.insert(name.clone(), value.clone());
                }
            }
        }
        input
    }

    /// Calls every hook of the event that the matcher value chooses; `budget` bounds all of them together.
    async fn hooks(
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
            let bytes = input.to_string().into_bytes();
            answers.push(self.hook(event, &shell, bytes, input, timeout).await?.1);
        }
        Ok(answers)
    }

    async fn hook(
        self: &Rc<Self>,
        event: &str,
        shell: &str,
        bytes: Vec<u8>,
        input: &Value,
        timeout: Duration,
    ) -> Result<(CommandEnd, Taken), Error> {
        self.world.borrow_mut().note(
            "claude",
            What::HookInput {
                event: event.into(),
                input: input.clone(),
            },
        );
        let running = self.start_hook(shell, bytes)?;
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
        let overflow = self
            .tasks_folder()
            .join("hook-output.txt")
            .display()
            .to_string();
        let taken = take(event, &ended, self.profile.hooks.context_limit, &overflow);
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

    fn start_hook(&self, shell: &str, bytes: Vec<u8>) -> Result<Running, Error> {
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
            input: Input::Bytes(bytes),
            stdout: stdout.clone(),
            stderr: stderr.clone(),
        };
        let process = self.world.borrow_mut().launch(&launch)?;
        Ok(Running {
            process,
            stdout,
            stderr,
        })
    }
}
