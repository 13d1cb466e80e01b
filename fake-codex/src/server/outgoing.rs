//! Messages on their way out, and the faults they meet there.

use serde_json::{Value, json};

use super::Server;
use super::fault::{Passage, When};
use crate::message::RequestId;
use crate::message::error::ReplyError;
use crate::message::notification::Notification;
use crate::message::request::ServerRequest;
use crate::script::{Action, Direction};

/// A message that is about to be sent.
#[derive(Debug, Clone)]
pub(super) struct Outgoing {
    /// Its method, or that of the request that it answers.
    pub method: String,
    /// It is a reply.
    pub reply: bool,
    /// The type of the item that it carries.
    pub item: Option<String>,
    /// The whole message.
    pub value: Value,
}

impl Outgoing {
    pub(super) fn notification(notification: &Notification, value: Value) -> Self {
        Self {
            method: notification.method().to_owned(),
            reply: false,
            item: notification.item_kind().map(str::to_owned),
            value,
        }
    }

    fn passage(&self) -> Passage<'_> {
        Passage {
            direction: Direction::Sent,
            method: &self.method,
            answer: self.reply,
            item: self.item.as_deref(),
        }
    }
}

impl Server {
    /// Replies to a request of the client.
    pub(super) fn reply(
        &mut self,
        id: &RequestId,
        method: &str,
        result: Result<Value, ReplyError>,
    ) {
        let value = match result {
            Ok(result) => json!({ "id": id.to_value(), "result": result }),
            Err(error) => json!({ "error": error.to_value(), "id": id.to_value() }),
        };
        self.send(Outgoing {
            method: method.to_owned(),
            reply: true,
            item: None,
            value,
        });
    }

    /// Asks the client something; the answer goes to the runner with this number.
    pub(super) fn ask(&mut self, request: &ServerRequest, runner: u64) -> u64 {
        let id = self.next_request;
        self.next_request += 1;
        let method = request.method().to_owned();
        self.asked.insert(id, (method.clone(), runner));
        let value = request.to_value(id, self.version);
        self.send(Outgoing {
            method,
            reply: false,
            item: None,
            value,
        });
        id
    }

    /// Sends a message, past the faults at its point.
    pub(super) fn send(&mut self, mut message: Outgoing) {
        let mut copies = 1;
        let mut half = false;
        for action in self.passing(When::Before, &message.passage()) {
            self.record_fault(&action, &message.method);
            match action {
                Action::Drop => copies = 0,
                Action::Duplicate => copies = 2,
                Action::HalfLine => half = true,
                Action::Reorder => {
                    self.held.push(message);
                    return;
                }
                Action::UnknownId => message.value["id"] = json!(987_654_321),
                action => self.act(&action),
            }
        }
        let mut text = message.value.to_string().into_bytes();
        text.push(b'\n');
        for _ in 0..copies {
            self.wire.announce("sent", &message.method);
            if half {
                self.wire.write(&text[..text.len() / 2]);
                self.wire.fall_silent();
                break;
            }
            self.wire.write(&text);
            self.events
                .record_message("sent", &message.method, &text, text.len() as u64);
        }
        for action in self.passing(When::After, &message.passage()) {
            self.record_fault(&action, &message.method);
            self.act(&action);
        }
        for held in std::mem::take(&mut self.held) {
            let mut text = held.value.to_string().into_bytes();
            text.push(b'\n');
            self.wire.write(&text);
            self.events
                .record_message("sent", &held.method, &text, text.len() as u64);
        }
    }
}
