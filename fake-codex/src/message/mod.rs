//! The messages of the app-server protocol, each built in one place.

pub mod error;
pub mod item;
pub mod notification;
pub mod request;
pub mod thread;
pub mod turn;

use serde_json::Value;

/// The id of a request: a number or a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestId {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

impl RequestId {
    /// The id in a message, if it is one that Codex accepts.
    pub fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Number(number) => number.as_i64().map(Self::Number),
            Value::String(text) => Some(Self::Text(text.clone())),
            _ => None,
        }
    }

    /// The id as it stands in a message.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Number(number) => Value::from(*number),
            Self::Text(text) => Value::from(text.clone()),
        }
    }
}
