//! Items: what a turn is made of.

use serde_json::{Map, Value, json};

use crate::script::Version;

/// An item of a turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Its id, unique in the turn.
    pub id: String,
    /// What it is.
    pub body: Body,
    /// When it began, in milliseconds since 1970.
    pub started: Option<u64>,
    /// When it ended, in milliseconds since 1970.
    pub completed: Option<u64>,
}

/// What an item is.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// The user's input.
    UserMessage {
        /// The input as the client sent it.
        content: Vec<Value>,
    },
    /// A message of the agent.
    AgentMessage {
        /// The text, empty at first.
        text: String,
        /// `commentary`, `final_answer` or none.
        phase: Option<&'static str>,
    },
    /// Reasoning.
    Reasoning {
        /// The sections of the summary.
        summary: Vec<String>,
        /// The raw reasoning.
        content: Vec<String>,
    },
    /// A shell command.
    Command(Command),
    /// A change of files.
    FileChange {
        /// The changes as the protocol writes them.
        changes: Value,
        /// `inProgress`, `completed`, `failed` or `declined`.
        status: &'static str,
    },
    /// A call that concerns a subagent.
    Collab(Collab),
    /// A review begins.
    EnteredReview {
        /// What is reviewed.
        review: String,
    },
    /// A review ends.
    ExitedReview {
        /// What it found.
        review: String,
    },
    /// The history was compacted.
    ContextCompaction,
    /// Any other item: its type and its fields without `type` and `id`.
    Other {
        /// The type.
        kind: String,
        /// The fields.
        fields: Map<String, Value>,
    },
}

/// A shell command.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// The command line, wrapped for the shell.
    pub command: String,
    /// Where it runs.
    pub cwd: String,
    /// The number that Codex gives the process.
    pub process_id: Option<String>,
    /// `agent` or `unifiedExecStartup`.
    pub source: &'static str,
    /// `inProgress`, `completed`, `failed` or `declined`.
    pub status: &'static str,
    /// What Codex thinks the command does.
    pub actions: Value,
    /// What it wrote.
    pub output: Option<String>,
    /// Its exit code.
    pub exit: Option<i32>,
    /// How long it took, in milliseconds.
    pub duration: Option<u64>,
}

/// A call that concerns a subagent.
#[derive(Debug, Clone, PartialEq)]
pub struct Collab {
    /// `spawnAgent` or `wait`.
    pub tool: &'static str,
    /// `inProgress`, `completed` or `failed`.
    pub status: &'static str,
    /// The calling thread.
    pub sender: String,
    /// The subagents' threads.
    pub receivers: Vec<String>,
    /// What the subagent is asked.
    pub prompt: Option<String>,
    /// The subagent's model.
    pub model: Option<String>,
    /// The subagent's reasoning effort.
    pub effort: Option<String>,
    /// The subagents' states, by thread.
    pub states: Value,
}

impl Item {
    /// An item that begins now.
    pub fn new(id: impl Into<String>, body: Body, started: u64) -> Self {
        Self {
            id: id.into(),
            body,
            started: Some(started),
            completed: None,
        }
    }

    /// The name of its type.
    pub fn kind(&self) -> &str {
        match &self.body {
            Body::UserMessage { .. } => "userMessage",
            Body::AgentMessage { .. } => "agentMessage",
            Body::Reasoning { .. } => "reasoning",
            Body::Command(_) => "commandExecution",
            Body::FileChange { .. } => "fileChange",
            Body::Collab(_) => "collabAgentToolCall",
            Body::EnteredReview { .. } => "enteredReviewMode",
            Body::ExitedReview { .. } => "exitedReviewMode",
            Body::ContextCompaction => "contextCompaction",
            Body::Other { kind, .. } => kind,
        }
    }

    /// The item as it stands in a message.
    pub fn to_value(&self, version: Version) -> Value {
        let mut map = Map::new();
        map.insert("type".to_owned(), self.kind().into());
        map.insert("id".to_owned(), self.id.clone().into());
        self.body.add_fields(&mut map, version);
        if version.is_0_169() {
            map.insert("startedAtMs".to_owned(), self.started.into());
            map.insert("completedAtMs".to_owned(), self.completed.into());
        }
        Value::Object(map)
    }
}

impl Body {
    fn add_fields(&self, map: &mut Map<String, Value>, version: Version) {
        let fields = match self {
            Self::UserMessage { content } if version.is_0_169() => {
                json!({ "clientId": null, "content": content })
            }
            Self::UserMessage { content } => json!({ "content": content }),
            Self::AgentMessage { text, phase } if version.is_0_169() => json!({
                "moderation": null, "text": text, "phase": phase, "memoryCitation": null,
                "delivery": null, "questions": null,
            }),
            Self::AgentMessage { text, phase } => {
                json!({ "text": text, "phase": phase, "memoryCitation": null })
            }
            Self::Reasoning { summary, content } => {
                json!({ "summary": summary, "content": content })
            }
            Self::Command(command) => command.fields(version),
            Self::FileChange { changes, status } => json!({ "changes": changes, "status": status }),
            Self::Collab(collab) => json!({
                "tool": collab.tool, "status": collab.status, "senderThreadId": collab.sender,
                "receiverThreadIds": collab.receivers, "prompt": collab.prompt,
                "model": collab.model, "reasoningEffort": collab.effort,
                "agentsStates": collab.states,
            }),
            Self::EnteredReview { review } | Self::ExitedReview { review } => {
                json!({ "review": review })
            }
            Self::ContextCompaction => json!({}),
            Self::Other { fields, .. } => Value::Object(fields.clone()),
        };
        if let Value::Object(fields) = fields {
            map.extend(fields);
        }
    }
}

impl Command {
    fn fields(&self, version: Version) -> Value {
        let mut fields = json!({
            "command": self.command, "cwd": self.cwd, "processId": self.process_id,
            "source": self.source, "status": self.status, "commandActions": self.actions,
            "aggregatedOutput": self.output, "exitCode": self.exit, "durationMs": self.duration,
        });
        if version.is_0_169() {
            fields["pluginId"] = Value::Null;
            fields["scriptPath"] = Value::Null;
        }
        fields
    }
}
