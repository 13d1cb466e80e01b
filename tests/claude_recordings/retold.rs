//! What happened in a recording, in the terms of the simulation.

use rescue_harness::claude::payload::{Agent, BackgroundTask, Call, Context};
use rescue_harness::claude::profile::Profile;
use rescue_harness::claude::tools::{
    BashEnd, Completed, Launched, Moved, Output, Owner, Returned, refused, unknown_agent,
};
use serde_json::Value;

/// One session of a recording.
pub struct Retold<'a> {
    pub events: &'a [Value],
    pub profile: &'a Profile,
}

/// The subagents that the recorded session had.
const KNOWN_AGENTS: [&str; 6] = [
    "claude",
    "codex:codex-rescue",
    "Explore",
    "general-purpose",
    "Plan",
    "statusline-setup",
];

/// The folder of the output files, as the recordings have it after redaction.
pub const TASKS: &str = "${TMPDIR}/claude-0/${WORKSPACE_SLUG}/${UUID}/tasks";

impl<'a> Retold<'a> {
    pub fn of(events: &'a [Value], profile: &'a Profile) -> Retold<'a> {
        Retold { events, profile }
    }

    /// The context of an event.
    pub fn context(&self, event: &Value) -> Context {
        let text = |name: &str| event[name].as_str().map(str::to_owned);
        Context {
            session_id: text("session_id").unwrap(),
            transcript_path: text("transcript_path").unwrap(),
            cwd: text("cwd").unwrap(),
            prompt_id: text("prompt_id"),
            permission_mode: "default".into(),
            effort: self.profile.payload.effort.clone(),
            agent: text("agent_id").map(|id| Agent {
                id,
                kind: text("agent_type").unwrap(),
            }),
        }
    }

    pub fn call(&self, event: &Value) -> Call {
        Call {
            tool: event["tool_name"].as_str().unwrap().into(),
            input: event["tool_input"].clone(),
            id: event["tool_use_id"].as_str().unwrap().into(),
        }
    }

    pub fn tasks(&self, event: &Value) -> Vec<BackgroundTask> {
        let text = |task: &Value, name: &str| task[name].as_str().unwrap().to_owned();
        let task = |task: &Value| match task["type"].as_str() {
            Some("shell") => BackgroundTask::Shell {
                id: text(task, "id"),
                description: text(task, "description"),
                command: text(task, "command"),
            },
            _ => BackgroundTask::Subagent {
                id: text(task, "id"),
                description: text(task, "description"),
                kind: text(task, "agent_type"),
            },
        };
        event["background_tasks"]
            .as_array()
            .unwrap()
            .iter()
            .map(task)
            .collect()
    }

    /// What the call that ended with this event returned, built by the simulation.
    pub fn returned(&self, end: &Value) -> Returned {
        match end["tool_name"].as_str() {
            Some("Bash") => self.bash(end),
            _ => self.agent(end),
        }
    }

    /// The event with which a call ended.
    pub fn end_of(&self, tool_use_id: &str) -> &'a Value {
        let ends = |event: &&Value| {
            event["tool_use_id"] == tool_use_id && event["hook_event_name"] != "PreToolUse"
        };
        self.events.iter().find(ends).unwrap()
    }

    fn bash(&self, end: &Value) -> Returned {
        let input = &end["tool_input"];
        let command = input["command"].as_str().unwrap();
        let printed = |stdout: &str| Output {
            stdout: stdout.into(),
            stderr: String::new(),
        };
        let refusal = refused(command, &self.profile.bash.auto_background);
        let bash = if command.ends_with("exit 3") {
            let output = Output {
                stdout: "out\n".into(),
                stderr: "err\n".into(),
            };
            BashEnd::Exited { code: 3, output }
        } else if end["hook_event_name"] == "PostToolUseFailure" {
            assert!(refusal.is_some(), "killed in the recording: {command}");
            BashEnd::TimedOut {
                timeout_ms: input["timeout"].as_u64().unwrap(),
                output: printed(""),
            }
        } else if let Some(id) = end["tool_response"]["backgroundTaskId"].as_str() {
            let moved = match input["timeout"].as_u64() {
                Some(timeout) => {
                    assert_eq!(refusal, None, "moved in the recording: {command}");
                    Moved::Timeout(timeout)
                }
                None => Moved::Explicit,
            };
            BashEnd::Background {
                moved,
                id: id.into(),
                path: format!("{TASKS}/{id}.output"),
                owner: self.owner(end),
                output: printed(if command.starts_with("echo begin") {
                    "begin\n"
                } else {
                    ""
                }),
            }
        } else {
            let stdout = end["tool_response"]["stdout"].as_str().unwrap();
            BashEnd::Exited {
                code: 0,
                output: printed(&format!("{stdout}\n")),
            }
        };
        bash.returned(self.profile)
    }

    fn owner(&self, end: &Value) -> Owner {
        let Some(agent) = end["agent_id"].as_str() else {
            return Owner::MainThread;
        };
        let launched = |event: &Value| {
            event["tool_response"]["isAsync"] == true && event["tool_response"]["agentId"] == agent
        };
        match self.events.iter().any(launched) {
            true => Owner::BackgroundSubagent,
            false => Owner::ForegroundSubagent,
        }
    }

    fn agent(&self, end: &Value) -> Returned {
        let response = &end["tool_response"];
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let kind = text(&end["tool_input"]["subagent_type"]);
        if kind != "codex:codex-rescue" {
            return unknown_agent(&kind, &KNOWN_AGENTS, self.profile);
        }
        let started = self
            .events
            .iter()
            .find(|event| event["hook_event_name"] == "SubagentStart");
        let agent_id = text(&started.unwrap()["agent_id"]);
        if response["isAsync"] == true {
            let launched = Launched {
                path: format!("{TASKS}/{agent_id}.output"),
                agent_id,
                description: text(&end["tool_input"]["description"]),
                prompt: text(&end["tool_input"]["prompt"]),
            };
            return launched.returned(self.profile);
        }
        let completed = Completed {
            agent_type: kind,
            prompt: text(&end["tool_input"]["prompt"]),
            text: self.last_words(&agent_id).unwrap_or_default(),
            tools: self.tools_of(&agent_id),
            duration_ms: response["totalDurationMs"].as_u64().unwrap_or_default(),
            status: None,
            agent_id: agent_id.clone(),
        };
        match self.last_words(&agent_id) {
            Some(_) => completed.returned(self.profile),
            None => completed.api_failed(400, "mock", self.profile),
        }
    }

    /// The SubagentStop of a subagent.
    pub fn stop_of(&self, agent: &str) -> Option<&'a Value> {
        let stops = |event: &&Value| {
            event["hook_event_name"] == "SubagentStop" && event["agent_id"] == agent
        };
        self.events.iter().find(stops)
    }

    /// What a subagent said last; none when it never came to its end.
    pub fn last_words(&self, agent: &str) -> Option<String> {
        let stop = self.stop_of(agent)?;
        Some(
            stop["last_assistant_message"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        )
    }

    pub fn tools_of(&self, agent: &str) -> Vec<String> {
        let calls = self
            .events
            .iter()
            .filter(|event| event["hook_event_name"] == "PreToolUse" && event["agent_id"] == agent);
        calls
            .map(|event| event["tool_name"].as_str().unwrap().to_owned())
            .collect()
    }
}
