//! Turns as messages show them.

use serde_json::{Value, json};

use super::item::Item;
use crate::script::Version;

/// How far a turn is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnStatus {
    /// It runs.
    InProgress,
    /// It ended well.
    Completed,
    /// It was interrupted.
    Interrupted,
    /// It failed.
    Failed,
}

impl TurnStatus {
    /// The name in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InProgress => "inProgress",
            Self::Completed => "completed",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
        }
    }

    /// The status with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [
            Self::InProgress,
            Self::Completed,
            Self::Interrupted,
            Self::Failed,
        ]
        .into_iter()
        .find(|status| status.name() == name)
    }
}

/// A turn as a message shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// Its id.
    pub id: String,
    /// The turn that it belongs to; itself for an ordinary turn.
    pub root: Option<String>,
    /// The items shown.
    pub items: Vec<Item>,
    /// `notLoaded`, `summary` or `full`.
    pub view: &'static str,
    /// How far it is.
    pub status: TurnStatus,
    /// Why it failed.
    pub error: Option<Value>,
    /// When it began, in milliseconds since 1970.
    pub started: Option<u64>,
    /// When it ended, in milliseconds since 1970.
    pub completed: Option<u64>,
}

impl Turn {
    /// A turn that was accepted and has not begun.
    pub fn accepted(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            root: Some(id.to_owned()),
            items: Vec::new(),
            view: "notLoaded",
            status: TurnStatus::InProgress,
            error: None,
            started: None,
            completed: None,
        }
    }

    /// The turn as it stands in a message.
    pub fn to_value(&self, version: Version) -> Value {
        let items: Vec<Value> = self
            .items
            .iter()
            .map(|item| item.to_value(version))
            .collect();
        let mut value = json!({ "id": self.id });
        if version.is_0_169() {
            value["rootTurnId"] = self.root.clone().into();
        }
        value["items"] = items.into();
        if version.has_times() {
            value["itemsView"] = self.view.into();
        }
        value["status"] = self.status.name().into();
        value["error"] = self.error.clone().unwrap_or(Value::Null);
        if version.has_times() {
            value["startedAt"] = self.started.map(|millis| millis / 1000).into();
            value["completedAt"] = self.completed.map(|millis| millis / 1000).into();
            value["durationMs"] = match (self.started, self.completed) {
                (Some(started), Some(completed)) => completed.saturating_sub(started).into(),
                _ => Value::Null,
            };
        }
        value
    }
}

/// The error of a turn as messages show it.
pub fn error_value(message: &str, info: &Value, details: Option<&str>, version: Version) -> Value {
    let mut value = json!({
        "message": message, "codexErrorInfo": info, "additionalDetails": details,
    });
    if version.is_0_169() {
        value["misalignment"] = Value::Null;
    }
    value
}
