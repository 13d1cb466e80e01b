//! What hooks are given on standard input, in the shape that each event really has.
//!
//! Ids are passed in; nothing here makes any up. The order of fields is the recorded one.

mod session;
mod subagent;
mod tool;

pub use session::{session_end, session_start, stop};
pub use subagent::{subagent_start, subagent_stop};
pub use tool::{Call, post_tool_use, post_tool_use_failure, pre_tool_use};

use serde_json::{Map, Value, json};

/// What every input says of the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The id of the session, a UUID.
    pub session_id: String,
    /// The transcript of the session.
    pub transcript_path: String,
    /// The working folder.
    pub cwd: String,
    /// The id of the prompt that is being worked on; none before the first.
    pub prompt_id: Option<String>,
    /// The permission mode, usually `default`.
    pub permission_mode: String,
    /// The effort level, usually the profile's.
    pub effort: String,
    /// The subagent that it happens in; none in the main thread.
    pub agent: Option<Agent>,
}

/// A subagent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// Its id.
    pub id: String,
    /// Its type, such as `codex:codex-rescue`.
    pub kind: String,
}

/// A task that runs in the background when a turn ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BackgroundTask {
    /// A command.
    Shell {
        /// The id of the task.
        id: String,
        /// The description of the call.
        description: String,
        /// The command.
        command: String,
    },
    /// A subagent.
    Subagent {
        /// Its id.
        id: String,
        /// The description of the call.
        description: String,
        /// Its type.
        kind: String,
    },
}

/// How much of the context an event carries.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Carries {
    /// Session, transcript and folder.
    Session,
    /// Also the prompt and the subagent.
    Prompt,
    /// Also permission mode and effort.
    Everything,
}

impl Context {
    fn fields(&self, carries: Carries, event: &str) -> Map<String, Value> {
        let mut fields = Map::new();
        fields.insert("session_id".into(), json!(self.session_id));
        fields.insert("transcript_path".into(), json!(self.transcript_path));
        fields.insert("cwd".into(), json!(self.cwd));
        if carries != Carries::Session {
            if let Some(prompt) = &self.prompt_id {
                fields.insert("prompt_id".into(), json!(prompt));
            }
            if carries == Carries::Everything {
                fields.insert("permission_mode".into(), json!(self.permission_mode));
            }
            if let Some(agent) = &self.agent {
                fields.insert("agent_id".into(), json!(agent.id));
                fields.insert("agent_type".into(), json!(agent.kind));
            }
            if carries == Carries::Everything {
                fields.insert("effort".into(), json!({"level": self.effort}));
            }
        }
        fields.insert("hook_event_name".into(), json!(event));
        fields
    }
}

impl BackgroundTask {
    fn value(&self) -> Value {
        match self {
            BackgroundTask::Shell {
                id,
                description,
                command,
            } => json!({
                "id": id,
                "type": "shell",
                "status": "running",
                "description": description,
                "command": command,
            }),
            BackgroundTask::Subagent {
                id,
                description,
                kind,
            } => json!({
                "id": id,
                "type": "subagent",
                "status": "running",
                "description": description,
                "agent_type": kind,
            }),
        }
    }
}

/// The fields about what goes on when a turn ends, where the version has them.
fn add_background(
    fields: &mut Map<String, Value>,
    tasks: &[BackgroundTask],
    profile: &crate::claude::profile::Profile,
) {
    if profile.payload.background_tasks {
        let tasks: Vec<Value> = tasks.iter().map(BackgroundTask::value).collect();
        fields.insert("background_tasks".into(), json!(tasks));
        fields.insert("session_crons".into(), json!([]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claude::profile::Profile;

    fn context(agent: Option<Agent>) -> Context {
        Context {
            session_id: "s".into(),
            transcript_path: "/t.jsonl".into(),
            cwd: "/w".into(),
            prompt_id: Some("p".into()),
            permission_mode: "default".into(),
            effort: "high".into(),
            agent,
        }
    }

    fn names(value: &Value) -> Vec<&str> {
        value
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect()
    }

    #[test]
    fn a_session_that_had_no_prompt_names_none() {
        let fresh = Context {
            prompt_id: None,
            ..context(None)
        };
        let ended = session_end(&fresh, "other");
        assert_eq!(
            names(&ended),
            [
                "session_id",
                "transcript_path",
                "cwd",
                "hook_event_name",
                "reason"
            ]
        );
        assert_eq!(names(&session_start(&context(None), "startup")).len(), 5);
    }

    #[test]
    fn a_call_inside_a_subagent_says_whose_it_is() {
        let agent = Agent {
            id: "a1".into(),
            kind: "codex:codex-rescue".into(),
        };
        let call = Call {
            tool: "Bash".into(),
            input: json!({"command": "true"}),
            id: "toolu_1".into(),
        };
        let input = pre_tool_use(&context(Some(agent)), &call);
        assert_eq!(
            names(&input),
            [
                "session_id",
                "transcript_path",
                "cwd",
                "prompt_id",
                "permission_mode",
                "agent_id",
                "agent_type",
                "effort",
                "hook_event_name",
                "tool_name",
                "tool_input",
                "tool_use_id"
            ]
        );
    }

    #[test]
    fn background_tasks_came_with_2_1_145() {
        let older = stop(
            &context(None),
            false,
            Some("Done."),
            &[],
            &Profile::of("2.1.140").unwrap(),
        );
        assert_eq!(older.get("background_tasks"), None);
        let newer = stop(
            &context(None),
            false,
            None,
            &[],
            &Profile::of("2.1.197").unwrap(),
        );
        assert_eq!(newer["background_tasks"], json!([]));
        assert_eq!(newer.get("last_assistant_message"), None);
    }
}
