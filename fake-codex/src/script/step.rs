//! Turns and their steps.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::fault::{Action, ExitStatus, Flood};
use super::say::{AgentMessage, Echo, Reason, Usage};
use super::short::Short;
use super::tool::{Approve, Elicit, Patch, Reaction, Run, Subagent, Write};
use crate::duration::SimDuration;

/// What one turn does: a list of steps, or a mapping with `steps` and `prompt`.
///
/// A turn whose steps do not end it succeeds at the end of the list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Turn {
    /// The turn is taken only by a prompt that contains this text.
    pub prompt: Option<String>,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

impl From<Vec<Step>> for Turn {
    fn from(steps: Vec<Step>) -> Self {
        Self {
            prompt: None,
            steps,
        }
    }
}

#[derive(Serialize, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "TurnForPrompt")]
struct Full {
    /// The turn is taken only by a prompt that contains this text.
    #[serde(default)]
    prompt: Option<String>,
    /// The steps, in order.
    steps: Vec<Step>,
}

impl Serialize for Turn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.prompt {
            None => self.steps.serialize(serializer),
            Some(_) => Full {
                prompt: self.prompt.clone(),
                steps: self.steps.clone(),
            }
            .serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Turn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ListOrMapping;
        impl<'de> Visitor<'de> for ListOrMapping {
            type Value = Turn;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a list of steps, or a mapping with `prompt` and `steps`")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Turn, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(list)).map(Turn::from)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Turn, A::Error> {
                let full = Full::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Turn {
                    prompt: full.prompt,
                    steps: full.steps,
                })
            }
        }
        deserializer.deserialize_any(ListOrMapping)
    }
}

impl JsonSchema for Turn {
    fn schema_name() -> Cow<'static, str> {
        "Turn".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let list = generator.subschema_for::<Vec<Step>>();
        let full = generator.subschema_for::<Full>();
        json_schema!({ "anyOf": [list, full] })
    }
}

/// One step of a turn, written as a mapping with one key, or as one word.
#[derive(Debug, Clone, PartialEq, Serialize, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// The agent says something.
    Say(Short<AgentMessage>),
    /// The agent says the prompt back.
    Echo(Echo),
    /// The agent reasons.
    Reason(Short<Reason>),
    /// The agent runs a command.
    Run(Short<Run>),
    /// The agent writes a file.
    Write(Write),
    /// The agent's file change is shown.
    Patch(Patch),
    /// The agent asks for approval.
    Approve(Box<Approve>),
    /// An MCP server asks the user.
    Elicit(Box<Short<Elicit>>),
    /// The agent starts a subagent.
    Subagent(Box<Short<Subagent>>),
    /// Token usage and rate limits are reported, as after each request to the model.
    Usage(Usage),
    /// The model cannot be reached and is tried again.
    Retry(Retry),
    /// The turn ends well.
    Succeed,
    /// The turn ends as failed.
    Fail(Short<Failure>),
    /// The turn ends as interrupted, though nobody asked.
    Interrupted,
    /// From here on an interrupt is taken so.
    OnInterrupt(OnInterrupt),
    /// Nothing happens for this long.
    Sleep(SimDuration),
    /// Nothing happens until the client has sent this message since the turn began.
    Await(String),
    /// Nothing happens any more in this turn; an interrupt still ends it.
    Hang,
    /// The turn ends here without `turn/completed`, for ever shown as active.
    Vanish,
    /// The process ends with this exit code or signal.
    Crash(ExitStatus),
    /// Text is written to standard error.
    Stderr(Short<Flood>),
    /// This text is written to standard output as a line of its own.
    Raw(String),
    /// This notification is sent.
    Notify(Message),
    /// This request is sent, and its answer awaited.
    Request(Box<Ask>),
    /// Any of the actions of a fault.
    Do(Action),
}

/// A retry after the connection to the model broke: notifications `Reconnecting... n/of`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Retry {
    /// The number of the first attempt that is reported.
    pub first: u32,
    /// How many attempts are reported.
    pub times: u32,
    /// How many attempts there are at most.
    pub of: u32,
    /// Time before each attempt.
    pub every: SimDuration,
    /// What went wrong.
    pub details: Option<String>,
    /// The error's kind, as the protocol writes it.
    pub info: Option<Value>,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            first: 1,
            times: 5,
            of: 5,
            every: SimDuration::from_millis(200),
            details: Some(
                "stream disconnected before completion: stream closed before response.completed"
                    .to_owned(),
            ),
            info: None,
        }
    }
}

/// How a turn fails.
#[derive(Debug, Clone, PartialEq, Serialize, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Failure {
    /// The error text.
    pub message: String,
    /// The error's kind, as the protocol writes it: `other`, `usageLimitExceeded`,
    /// `{responseTooManyFailedAttempts: {httpStatusCode: 429}}`.
    #[serde(default = "other")]
    pub info: Value,
    /// Further details.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
    /// The `error` notification before `turn/completed` is left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub silent: bool,
    /// `turn/completed` carries no error.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_error: bool,
}

fn other() -> Value {
    Value::String("other".to_owned())
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self {
            message,
            info: other(),
            details: None,
            silent: false,
            without_error: false,
        }
    }
}

/// How an interrupt of the turn is taken.
#[derive(Debug, Clone, PartialEq, Serialize, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnInterrupt {
    /// As that version of Codex does.
    Obey,
    /// It is answered, and the turn goes on as if nothing was.
    Ignore,
    /// It is not answered, and the turn goes on.
    Silent,
    /// It is answered at once, and the turn ends as interrupted after this time.
    After(SimDuration),
    /// It is answered with this error, and the turn goes on.
    Refuse(String),
    /// It is answered, and these steps take the place of those left.
    Then(Vec<Step>),
}

/// Any notification.
#[derive(Debug, Clone, PartialEq, Serialize, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Message {
    /// Its method.
    pub method: String,
    /// Its parameters; `threadId` and `turnId` are added if the mapping lacks them.
    #[serde(default)]
    pub params: Value,
    /// The parameters are sent as they are written.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exact: bool,
}

/// Any request of the server.
#[derive(Debug, Clone, PartialEq, Serialize, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Ask {
    /// Its method.
    pub method: String,
    /// Its parameters; `threadId` and `turnId` are added if the mapping lacks them.
    #[serde(default)]
    pub params: Value,
    /// Further steps, by the answer.
    #[serde(default, skip_serializing_if = "Reaction::is_empty")]
    pub then: Reaction,
}
