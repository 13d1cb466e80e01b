//! What the model does: commands, file changes, approvals, elicitations, subagents.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::step::{Step, Turn};
use crate::duration::SimDuration;

/// A shell command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Run {
    /// The command as the model wrote it; it is shown wrapped in `/bin/bash -lc '…'`.
    pub command: String,
    /// The command is really run, in the thread's directory; its output and exit code count.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub really: bool,
    /// The output, if it is not really run.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub output: String,
    /// The pieces in which output is streamed. Left out: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deltas: Vec<String>,
    /// The exit code, if it is not really run.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub exit: i32,
    /// How long it takes, if it is not really run.
    #[serde(default, skip_serializing_if = "is_no_time")]
    pub takes: SimDuration,
    /// The turn goes on at once, and the command ends so long after the turn has ended, if it is
    /// not really run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outlives: Option<SimDuration>,
    /// Only `item/started` is sent: the command never ends.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unfinished: bool,
    /// The item's id. Left out: a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

fn is_zero(exit: &i32) -> bool {
    *exit == 0
}

fn is_no_time(time: &SimDuration) -> bool {
    time.get().is_zero()
}

impl From<String> for Run {
    fn from(command: String) -> Self {
        Self {
            command,
            really: false,
            output: String::new(),
            deltas: Vec::new(),
            exit: 0,
            takes: SimDuration::default(),
            outlives: None,
            unfinished: false,
            id: None,
        }
    }
}

/// A file that is really written in the thread's directory, shown as a file change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Write {
    /// The file, relative to the thread's directory.
    pub path: PathBuf,
    /// What it contains afterwards.
    pub content: String,
}

/// A file change as the protocol shows it; nothing is written to disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Patch {
    /// What changes.
    pub changes: Vec<Change>,
    /// What applying it prints, piece by piece, as versions before 0.169 tell it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deltas: Vec<String>,
    /// How it ends.
    #[serde(default)]
    pub status: ToolStatus,
    /// Only `item/started` is sent: the change never ends.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unfinished: bool,
    /// The item's id. Left out: a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// One changed file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Change {
    /// The file, relative to the thread's directory or absolute.
    pub path: PathBuf,
    /// What is done to it: `add`, `delete` or `update`.
    pub kind: ChangeKind,
    /// The text of the change.
    #[serde(default)]
    pub diff: String,
}

/// What is done to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// It is new.
    Add,
    /// It is removed.
    Delete,
    /// It is changed.
    Update,
}

/// How a command or a file change ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ToolStatus {
    /// It was carried out.
    #[default]
    Completed,
    /// It failed.
    Failed,
    /// The client refused it.
    Declined,
}

/// A request for approval. Exactly one of `run`, `write` and `patch` is given.
///
/// What follows the answer is what Codex does: accepted, the tool runs; declined or answered
/// with an error, it ends `declined` or `failed` and the turn goes on; cancelled, the turn is
/// interrupted. With no answer the turn waits for ever.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[derive(Default)]
pub struct Approve {
    /// Approval to run this command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<super::Short<Run>>,
    /// Approval to write this file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub write: Option<Write>,
    /// Approval to make this change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch: Option<Patch>,
    /// Further steps, by the answer.
    #[serde(skip_serializing_if = "Reaction::is_empty")]
    pub then: Reaction,
}

/// A request of an MCP server to the user (`mcpServer/elicitation/request`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Elicit {
    /// The MCP server that asks.
    #[serde(default = "some_server")]
    pub server: String,
    /// What it asks.
    pub message: String,
    /// The JSON Schema of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Value>,
    /// Further steps, by the answer.
    #[serde(default, skip_serializing_if = "Reaction::is_empty")]
    pub then: Reaction,
}

impl From<String> for Elicit {
    fn from(message: String) -> Self {
        Self {
            server: some_server(),
            message,
            schema: None,
            then: Reaction::default(),
        }
    }
}

fn some_server() -> String {
    "example".to_owned()
}

/// Steps that follow the client's answer to a request.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Reaction {
    /// After `accept`, in any of its forms.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accepted: Vec<Step>,
    /// After `decline`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub declined: Vec<Step>,
    /// After `cancel`, in place of the interruption.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cancelled: Vec<Step>,
    /// After an error reply.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub error: Vec<Step>,
}

impl Reaction {
    /// Whether no answer leads to any step.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A subagent: a thread of its own whose turn runs beside this one.
///
/// As with the real Codex no `thread/started` is sent for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Subagent {
    /// What it is asked.
    pub prompt: String,
    /// What its turn does. Left out: a good turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<Turn>,
    /// The main turn waits for it with a `wait` call.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub wait: bool,
    /// Only the start of the call is sent: the call never ends, and there is no thread.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unfinished: bool,
    /// The call's id. Left out: a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

impl From<String> for Subagent {
    fn from(prompt: String) -> Self {
        Self {
            prompt,
            turn: None,
            wait: false,
            unfinished: false,
            id: None,
        }
    }
}
