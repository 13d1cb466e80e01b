//! The faults that a transcript shows: half lines, and lines that are no messages.

use std::collections::HashMap;

use serde_json::Value;

use super::{Entry, Transcript, Way, line};
use crate::methods;
use crate::script::{Action, Direction, Fault, Point, Target};

/// What went wrong on the server's way to its client, each after the message that came last.
pub(super) fn faults(transcript: &Transcript) -> Vec<Fault> {
    let mut course = Course::default();
    let mut faults = Vec::new();
    for entry in &transcript.entries {
        match entry.dir {
            Way::ToServer if !entry.unfinished => course.asked(&entry.msg),
            Way::ToClient if !entry.unfinished => course.sent(&entry.msg),
            Way::ToClient | Way::ToClientRaw if entry.unfinished => {
                faults.push(course.half_line(entry));
                // Nothing can come after it.
                return faults;
            }
            Way::ToClientRaw => faults.push(course.after_last(action(&entry.msg))),
            _ => {}
        }
    }
    faults
}

/// What writes this line, which is no message.
fn action(line: &Value) -> Action {
    match line.as_str() {
        Some(text) => Action::Garbage(text.to_owned()),
        None => Action::InvalidUtf8,
    }
}

/// What was said up to some entry.
#[derive(Default)]
struct Course {
    /// The methods of the requests that have no reply yet, by their ids.
    open: HashMap<String, String>,
    counts: HashMap<Point, u32>,
    last: Option<Point>,
}

impl Course {
    fn asked(&mut self, message: &Value) {
        if let (Some(id), Some(method)) = (message.get("id"), message["method"].as_str()) {
            self.open.insert(id.to_string(), method.to_owned());
        }
    }

    fn sent(&mut self, message: &Value) {
        let target = match message["method"].as_str() {
            Some(method) => {
                let known =
                    methods::is_server_notification(method) || methods::is_server_request(method);
                known.then(|| Target::Method(method.to_owned()))
            }
            None => self
                .open
                .remove(&message["id"].to_string())
                .filter(|method| methods::is_client(method))
                .map(Target::Answer),
        };
        // A message that the script language has no name for leaves the one before it the last.
        let Some(target) = target else { return };
        let point = Point {
            direction: Direction::Sent,
            target,
        };
        *self.counts.entry(point.clone()).or_default() += 1;
        self.last = Some(point);
    }

    fn after_last(&self, action: Action) -> Fault {
        match &self.last {
            Some(point) => Fault {
                before: None,
                after: Some(point.clone()),
                nth: self.counts.get(point).copied().unwrap_or(1),
                every: false,
                action,
            },
            None => before(
                Point {
                    direction: Direction::Sent,
                    target: Target::Any,
                },
                1,
                action,
            ),
        }
    }

    /// Half a reply, if the line still tells which; otherwise half a line after what came last.
    fn half_line(&self, entry: &Entry) -> Fault {
        let id = match entry.dir {
            Way::ToClient => entry.msg.get("id").map(Value::to_string),
            _ => line::to_bytes(&entry.msg).and_then(|bytes| id_in(&bytes)),
        };
        let method = id.and_then(|id| self.open.get(&id));
        match method.filter(|method| methods::is_client(method)) {
            Some(method) => {
                let point = Point {
                    direction: Direction::Sent,
                    target: Target::Answer(method.clone()),
                };
                let nth = self.counts.get(&point).copied().unwrap_or_default() + 1;
                before(point, nth, Action::HalfLine)
            }
            None => self.after_last(Action::HalfLine),
        }
    }
}

fn before(point: Point, nth: u32, action: Action) -> Fault {
    Fault {
        before: Some(point),
        after: None,
        nth,
        every: false,
        action,
    }
}

/// The id at the beginning of half a reply, as JSON.
fn id_in(half: &[u8]) -> Option<String> {
    let rest = half.strip_prefix(b"{\"id\":")?;
    let end = rest.iter().position(|byte| *byte == b',')?;
    let id: Value = serde_json::from_slice(&rest[..end]).ok()?;
    Some(id.to_string())
}
