//! The record of what the fake was asked and did, one JSON object a line.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Map, Value, json};

use crate::clock::unix_millis;

/// The variable that names the file to append to.
pub const EVENTS_VARIABLE: &str = "FAKE_CODEX_EVENTS";

/// A message longer than this is recorded by its length alone.
const LONGEST_MESSAGE: u64 = 64 * 1024;

/// Appends events to a file; does nothing without one.
///
/// Each event is one line written at once, so that several processes can share the file.
#[derive(Debug, Default)]
pub struct Events {
    file: Option<File>,
    sequence: AtomicU64,
}

impl Events {
    /// Events to the file that [`EVENTS_VARIABLE`] names, if any.
    ///
    /// A file that cannot be opened is told on standard error, and nothing is recorded.
    pub fn from_environment() -> Self {
        let Some(path) = std::env::var_os(EVENTS_VARIABLE).filter(|path| !path.is_empty()) else {
            return Self::default();
        };
        match Self::to_file(Path::new(&path)) {
            Ok(events) => events,
            Err(error) => {
                let path = Path::new(&path).display();
                tell!(
                    "fake codex: cannot append events to {path}: {error}; check {EVENTS_VARIABLE}"
                );
                Self::default()
            }
        }
    }

    /// Events to this file.
    ///
    /// # Errors
    /// The file cannot be opened for appending.
    pub fn to_file(path: &Path) -> std::io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self {
            file: Some(file),
            sequence: AtomicU64::new(0),
        })
    }

    /// Whether events go anywhere.
    pub fn is_active(&self) -> bool {
        self.file.is_some()
    }

    /// Records an event of this kind with these fields, which must be an object.
    pub fn record(&self, kind: &str, fields: Value) {
        if self.file.is_none() {
            return;
        }
        let mut event = self.head(kind);
        if let Value::Object(fields) = fields {
            event.extend(fields);
        }
        self.append(Value::Object(event).to_string());
    }

    /// Records a message: `received` or `sent`, its method, and its text as it went over the wire,
    /// where it had so many bytes.
    pub fn record_message(&self, kind: &str, method: &str, text: &[u8], bytes: u64) {
        if self.file.is_none() {
            return;
        }
        let mut event = self.head(kind);
        event.insert("method".to_owned(), method.into());
        let text = text.trim_ascii_end();
        let Some(text) = std::str::from_utf8(text)
            .ok()
            .filter(|_| bytes <= LONGEST_MESSAGE)
        else {
            event.insert("bytes".to_owned(), bytes.into());
            return self.append(Value::Object(event).to_string());
        };
        let mut line = Value::Object(event).to_string();
        line.pop();
        line.push_str(",\"message\":");
        line.push_str(text);
        line.push('}');
        self.append(line);
    }

    /// Records a line that is no message, by its length alone if it is long.
    pub fn record_malformed(&self, text: &[u8], bytes: u64) {
        let fields = if bytes <= LONGEST_MESSAGE {
            json!({ "method": "", "malformed": String::from_utf8_lossy(text) })
        } else {
            json!({ "method": "", "malformed": "", "bytes": bytes })
        };
        self.record("received", fields);
    }

    fn head(&self, kind: &str) -> Map<String, Value> {
        let head = json!({
            "at_ms": unix_millis(),
            "pid": std::process::id(),
            "seq": self.sequence.fetch_add(1, Ordering::Relaxed),
            "kind": kind,
        });
        match head {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }

    fn append(&self, mut line: String) {
        line.push('\n');
        if let Some(mut file) = self.file.as_ref() {
            // An event that cannot be written must not change what the fake does.
            let _ = file.write_all(line.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_lines_of_json() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events");
        let events = Events::to_file(&path).unwrap();
        events.record("start", json!({ "args": ["app-server"] }));
        events.record_message(
            "sent",
            "turn/started",
            b"{\"method\":\"turn/started\"}\n",
            27,
        );
        events.record_message("sent", "huge", b"{}", LONGEST_MESSAGE + 1);
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines[0]["kind"], "start");
        assert_eq!(lines[0]["args"][0], "app-server");
        assert_eq!(lines[1]["message"]["method"], "turn/started");
        assert_eq!(lines[2]["bytes"], LONGEST_MESSAGE + 1);
        assert_eq!(lines[2]["seq"], 2);
    }
}
