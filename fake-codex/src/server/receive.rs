//! Messages on their way in: what they are, and the faults they meet there.

use serde_json::{Map, Value};

use super::Server;
use super::fault::{Passage, When};
use super::long::Line;
use crate::clock::{Civil, unix_millis};
use crate::message::RequestId;
use crate::message::error::ReplyError;
use crate::script::{Action, Direction};

/// A message of the client.
#[derive(Debug, Clone)]
enum Message {
    Request {
        id: RequestId,
        method: String,
        params: Option<Value>,
    },
    Notification {
        method: String,
    },
    Answer {
        id: u64,
        method: String,
        runner: u64,
        body: Map<String, Value>,
    },
}

impl Message {
    fn method(&self) -> &str {
        match self {
            Self::Request { method, .. } | Self::Notification { method } => method,
            Self::Answer { method, .. } => method,
        }
    }
}

impl Server {
    /// Takes in one line.
    pub(super) fn receive(&mut self, line: Line) {
        let (text, bytes) = (line.text, line.bytes);
        let message = match self.understand(&text) {
            Ok(Some(message)) => message,
            Ok(None) => {
                self.events.record_message("received", "", &text, bytes);
                return;
            }
            Err(reason) => {
                self.events.record_malformed(&text, bytes);
                let now = Civil::from_unix_millis(unix_millis()).rfc3339();
                tell!(
                    "{now} ERROR codex_app_server: Failed to deserialize JSONRPCMessage: {reason}"
                );
                return;
            }
        };
        let method = message.method().to_owned();
        self.events
            .record_message("received", &method, &text, bytes);
        drop(text);
        self.wire.announce("received", &method);
        let passage = Passage {
            direction: Direction::Received,
            method: &method,
            answer: matches!(message, Message::Answer { .. }),
            item: None,
        };
        let mut copies = 1;
        for action in self.passing(When::Before, &passage) {
            self.record_fault(&action, &method);
            match (action, &message) {
                (Action::Drop, _) => copies = 0,
                (Action::Duplicate, _) => copies = 2,
                (Action::Error(error), Message::Request { id, .. }) => {
                    self.reply(&id.clone(), &method, Err(ReplyError::from(&error)));
                    copies = 0;
                }
                (Action::Overload, Message::Request { id, .. }) => {
                    self.reply(&id.clone(), &method, Err(ReplyError::overloaded()));
                    copies = 0;
                }
                (action, _) => self.act(&action),
            }
        }
        let more = if copies > 1 {
            vec![message.clone()]
        } else {
            Vec::new()
        };
        let first = (copies > 0).then_some(message);
        for message in first.into_iter().chain(more) {
            self.handle(message);
            for runner in &mut self.runners {
                runner.hear(&method);
            }
        }
        for action in self.passing(When::After, &passage) {
            self.record_fault(&action, &method);
            self.act(&action);
        }
    }

    /// What the line is; none for what the real one passes over without a word.
    fn understand(&self, line: &[u8]) -> Result<Option<Message>, String> {
        let value: Value = serde_json::from_slice(line).map_err(|error| error.to_string())?;
        let no_message =
            || "data did not match any variant of untagged enum JSONRPCMessage".to_owned();
        let Value::Object(mut body) = value else {
            return Err(no_message());
        };
        let id = match body.get("id") {
            None => None,
            Some(id) => Some(RequestId::from_value(id).ok_or_else(no_message)?),
        };
        match (
            body.get("method")
                .and_then(Value::as_str)
                .map(str::to_owned),
            id,
        ) {
            (Some(method), Some(id)) => {
                let params = body.shift_remove("params");
                Ok(Some(Message::Request { id, method, params }))
            }
            (Some(method), None) => Ok(Some(Message::Notification { method })),
            (None, Some(id)) if body.contains_key("result") || body.contains_key("error") => {
                let RequestId::Number(number) = id else {
                    return Ok(None);
                };
                let number = u64::try_from(number).unwrap_or(u64::MAX);
                Ok(self
                    .asked
                    .get(&number)
                    .map(|(method, runner)| Message::Answer {
                        id: number,
                        method: method.clone(),
                        runner: *runner,
                        body,
                    }))
            }
            _ => Err(no_message()),
        }
    }

    fn handle(&mut self, message: Message) {
        match message {
            Message::Request { id, method, params } => self.handle_request(&id, &method, params),
            Message::Notification { .. } => {}
            Message::Answer {
                id, runner, body, ..
            } => {
                if self.asked.remove(&id).is_some() {
                    self.answered(runner, id, &body);
                }
            }
        }
    }
}
