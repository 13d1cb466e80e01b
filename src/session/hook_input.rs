//! Hook inputs that a scenario makes itself.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Value, json};

use super::Session;
use super::hook_run::{Feed, Standard};
use super::hooks::hook_name;
use super::telling::About;
use crate::claude::belief::Origin;
use crate::engine::Error;

/// The subagent's type in a hook input that a scenario gives.
const SUBAGENT: &str = "codex:codex-rescue";

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
    /// How standard input goes on after it.
    pub stdin: Standard,
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
    /// Gives the completion hook an input that the scenario makes.
    ///
    /// # Errors
    /// When the hook cannot be started.
    pub async fn hook_input(self: &Rc<Self>, call: &HookCall) -> Result<HookAnswer, Error> {
        let event = call.event.as_deref().unwrap_or("PostToolUse");
        let input = self.scenario_input(event, call);
        // The event and what its matcher is compared with choose the hooks, as they would in Claude Code, unless the
        // point of the scenario is that the hook itself looks at them.
        let matched = match event {
            "SubagentStart" | "SubagentStop" => Some(SUBAGENT),
            "SessionStart" => input["source"].as_str(),
            "SessionEnd" => input["reason"].as_str(),
            "Stop" => None,
            _ => Some("Agent"),
        };
        let hyphen_is_exact = self.profile.hooks.hyphen_is_exact;
        let hooks = &self.subject.hooks;
        let listed = hooks.commands(event, matched, hyphen_is_exact);
        let commands = if listed.is_empty() && event == "PreToolUse" {
            hooks.commands("PostToolUse", Some("Agent"), hyphen_is_exact)
        } else {
            listed
        };
        let mut answer = HookAnswer::default();
        for command in commands {
            let bytes = match &call.raw {
                Some(raw) => raw.clone().into_bytes(),
                None => input.to_string().into_bytes(),
            };
            let feed = Feed {
                event,
                input: &input,
                bytes,
                stdin: call.stdin,
            };
            let (end, taken) = self.hook(command.clone(), feed).await?;
            answer = HookAnswer {
                exit: end.exit,
                stdout: end.stdout,
                stderr: end.stderr,
                contexts: answer.contexts,
            };
            answer
                .contexts
                .extend(self.told_by(&hook_name(event), taken));
        }
        let text = call.text.clone().unwrap_or_default();
        let origin = if call.error.is_some() {
            Origin::AgentError
        } else {
            Origin::Agent
        };
        let shown = call.error.clone().unwrap_or(text);
        let session = self.id();
        let vocabulary = &self.subject.vocabulary;
        self.inner
            .borrow_mut()
            .talk(&session)
            .belief
            .hear(origin, &shown, vocabulary);
        // The call never was: what is said of it can only be held against the records.
        let about = About {
            jobs: self.known_jobs(),
            is_run: false,
            is_any: true,
        };
        self.tell_contexts(&session, &answer.contexts, &about);
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
}
