//! Error replies, in the words of the real app-server.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::script::{RpcError, Version};

/// Nearly every error of the app-server has this code.
pub const INVALID_REQUEST: i64 = -32600;
/// An input that is too large.
pub const INVALID_PARAMS: i64 = -32602;
/// Too many requests at once.
pub const OVERLOADED: i64 = -32001;
/// Something broke inside.
pub const INTERNAL: i64 = -32603;

/// The `error` member of a reply.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplyError {
    /// The code.
    pub code: i64,
    /// The text.
    pub message: String,
    /// Further data.
    pub data: Option<Value>,
}

impl ReplyError {
    /// An error with the usual code.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self {
            code: INVALID_REQUEST,
            message: message.into(),
            data: None,
        }
    }

    /// A request that cannot be understood.
    pub fn malformed(reason: &str) -> Self {
        Self::invalid(format!("Invalid request: {reason}"))
    }

    /// A field is missing.
    pub fn missing_field(name: &str) -> Self {
        Self::malformed(&format!("missing field `{name}`"))
    }

    /// A value is none of those known.
    pub fn unknown_variant<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let known: Vec<String> = known.into_iter().map(|name| format!("`{name}`")).collect();
        Self::malformed(&format!(
            "unknown variant `{wrong}`, expected one of {}",
            known.join(", ")
        ))
    }

    /// A field has the wrong type.
    pub fn wrong_type(value: &Value, expected: &str) -> Self {
        let found = match value {
            Value::Null => "null".to_owned(),
            Value::Bool(flag) => format!("boolean `{flag}`"),
            Value::Number(number) => format!("integer `{number}`"),
            Value::String(text) => format!("string {text:?}"),
            Value::Array(_) => "sequence".to_owned(),
            Value::Object(_) => "map".to_owned(),
        };
        Self::malformed(&format!("invalid type: {found}, expected {expected}"))
    }

    /// No thread with this id is loaded.
    pub fn thread_not_found(id: &str) -> Self {
        Self::invalid(format!("thread not found: {id}"))
    }

    /// No thread with this id is stored.
    pub fn no_rollout(id: &str) -> Self {
        Self::invalid(format!("no rollout found for thread id {id}"))
    }

    /// An input of more characters than Codex takes.
    pub fn input_too_large(most: u64, found: u64) -> Self {
        Self {
            code: INVALID_PARAMS,
            message: format!("Input exceeds the maximum length of {most} characters."),
            data: Some(json!({
                "input_error_code": "input_too_large", "max_chars": most, "actual_chars": found,
            })),
        }
    }

    /// A review is under way, which takes no further input.
    pub fn review_takes_no_input() -> Self {
        Self {
            code: INTERNAL,
            message: "failed to submit turn input: ActiveTurnNotSteerable { turn_kind: Review }"
                .to_owned(),
            data: None,
        }
    }

    /// The overload error.
    pub fn overloaded() -> Self {
        Self {
            code: OVERLOADED,
            message: "Server overloaded; retry later.".to_owned(),
            data: None,
        }
    }

    /// The member as it stands in a message.
    pub fn to_value(&self) -> Value {
        let mut value = json!({ "code": self.code, "message": self.message });
        if let Some(data) = &self.data {
            value["data"] = data.clone();
        }
        value
    }
}

impl From<&RpcError> for ReplyError {
    fn from(error: &RpcError) -> Self {
        Self {
            code: error.code,
            message: error.message.clone(),
            data: error.data.clone(),
        }
    }
}

/// Checks that `id` is a UUID, as every method with a thread id does first.
///
/// # Errors
/// The error reply of the real app-server for an id that is none.
pub fn check_uuid(id: &str, method: &str, version: Version) -> Result<(), ReplyError> {
    if Uuid::parse_str(id).is_ok() {
        return Ok(());
    }
    let name = version.id_name(method);
    Err(ReplyError::invalid(format!(
        "invalid {name} id: {}",
        why_no_uuid(id)
    )))
}

/// The lengths of a UUID's groups.
const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];

/// Why a text is no UUID, in the words that Codex's release of the `uuid` crate uses.
fn why_no_uuid(id: &str) -> String {
    let wrong = id
        .char_indices()
        .find(|(_, c)| !c.is_ascii_hexdigit() && *c != '-');
    if let Some((index, character)) = wrong {
        return format!(
            "invalid character: expected an optional prefix of `urn:uuid:` followed by \
             [0-9a-fA-F-], found `{character}` at {}",
            index + 1
        );
    }
    let groups: Vec<usize> = id.split('-').map(str::len).collect();
    if groups.len() == 1 {
        return format!(
            "invalid length: expected length 32 for simple format, found {}",
            id.len()
        );
    }
    if groups.len() != GROUPS.len() {
        return format!("invalid group count: expected 5, found {}", groups.len());
    }
    let odd = groups
        .iter()
        .zip(GROUPS)
        .position(|(found, expected)| *found != expected);
    let index = odd.unwrap_or(GROUPS.len() - 1);
    format!(
        "invalid group length in group {}: expected {}, found {}",
        index + 1,
        GROUPS[index],
        groups[index]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_are_none_are_told_in_the_real_words() {
        let error = check_uuid("thr_1", "turn/start", Version::V0_134).unwrap_err();
        assert_eq!(
            error.message,
            "invalid thread id: invalid character: expected an optional prefix of `urn:uuid:` \
             followed by [0-9a-fA-F-], found `t` at 1"
        );
        let error = check_uuid("", "thread/resume", Version::V0_169).unwrap_err();
        assert_eq!(
            error.message,
            "invalid session id: invalid length: expected length 32 for simple format, found 0"
        );
    }
}
