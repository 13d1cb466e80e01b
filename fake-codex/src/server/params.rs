//! Reading the parameters of requests, with the errors of the real app-server.

use serde_json::Value;

use super::Server;
use crate::message::error::{ReplyError, check_uuid};

impl Server {
    /// A text that must be there.
    pub(super) fn text_field<'a>(params: &'a Value, name: &str) -> Result<&'a str, ReplyError> {
        match params.get(name) {
            None => Err(ReplyError::missing_field(name)),
            Some(Value::String(text)) => Ok(text),
            Some(other) => Err(ReplyError::wrong_type(other, "a string")),
        }
    }

    /// A text that may be left out or null, and otherwise is one of those known.
    pub(super) fn choice<'a>(
        params: &'a Value,
        name: &str,
        known: &[&str],
    ) -> Result<Option<&'a str>, ReplyError> {
        match params.get(name) {
            Some(Value::String(text)) if known.contains(&text.as_str()) => Ok(Some(text)),
            Some(Value::String(text)) => {
                Err(ReplyError::unknown_variant(text, known.iter().copied()))
            }
            _ => Ok(None),
        }
    }

    /// The id of a loaded thread.
    pub(super) fn loaded_thread(&self, method: &str, params: &Value) -> Result<String, ReplyError> {
        let id = Self::text_field(params, "threadId")?;
        check_uuid(id, method, self.version)?;
        if self.threads.contains_key(id) {
            Ok(id.to_owned())
        } else {
            Err(ReplyError::thread_not_found(id))
        }
    }
}
