//! What the model says: messages, reasoning, usage.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A message of the agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AgentMessage {
    /// The text.
    pub text: String,
    /// What the message is. Left out: `final_answer` if it is the last message of a turn that
    /// succeeds, `commentary` otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// The pieces in which the text is streamed. Left out: one piece, the whole text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deltas: Option<Vec<String>>,
    /// How often the text is repeated, each time in the same pieces.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub times: u64,
    /// The item's id. Left out: a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Only `item/started` and the pieces are sent: the message is never completed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unfinished: bool,
}

fn once() -> u64 {
    1
}

fn is_once(times: &u64) -> bool {
    *times == 1
}

impl From<String> for AgentMessage {
    fn from(text: String) -> Self {
        Self {
            text,
            phase: None,
            deltas: None,
            times: 1,
            id: None,
            unfinished: false,
        }
    }
}

/// What a message of the agent is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// A remark on the way.
    Commentary,
    /// The answer.
    FinalAnswer,
    /// The message carries no phase at all, as older models send it.
    None,
}

/// The prompt, said back.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Echo {
    /// Text before the prompt.
    pub before: String,
    /// Text after the prompt.
    pub after: String,
    /// What the message is; as for `say` when left out.
    pub phase: Option<Phase>,
}

/// A reasoning item.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Reason {
    /// The sections of the summary.
    pub summary: Vec<String>,
    /// The raw reasoning, which only some models give.
    pub content: Vec<String>,
    /// The pieces in which the first section is streamed. Left out: one piece, the whole section.
    pub deltas: Option<Vec<String>>,
    /// The item's id. Left out: a new one.
    pub id: Option<String>,
}

impl From<String> for Reason {
    fn from(text: String) -> Self {
        Self {
            summary: vec![text],
            ..Self::default()
        }
    }
}

/// The tokens that one request to the model took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Usage {
    /// Tokens sent.
    pub input: u64,
    /// Tokens of the input that were cached.
    pub cached: u64,
    /// Tokens received.
    pub output: u64,
    /// Tokens of the output that were reasoning.
    pub reasoning: u64,
}

impl Default for Usage {
    fn default() -> Self {
        Self {
            input: 100,
            cached: 20,
            output: 50,
            reasoning: 10,
        }
    }
}
