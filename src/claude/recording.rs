//! Recordings of the real Claude Code, and the form in which they are compared with a simulated run.
//!
//! What differs from run to run is replaced by placeholders that keep identity: the first subagent
//! id becomes `<agent:1>` wherever it stands, also inside texts. Durations, token counts and digests
//! become one placeholder each.

use regex::{Captures, Regex};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;
use thiserror::Error;

/// One recorded case.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// The name of the case.
    pub case: String,
    /// What happens in it.
    pub description: String,
    /// The version of Claude Code.
    pub claude_code_version: String,
    /// The inputs of all hooks, in order.
    #[serde(default)]
    pub hook_events: Vec<Value>,
    /// What the main model was sent with its last request.
    pub main_thread_messages: Vec<Value>,
    /// What was signalled when the subagent ended, in words, where that was observed.
    #[serde(default)]
    pub signals: Option<Value>,
}

/// A recording that cannot be read.
#[derive(Debug, Error)]
#[error("{}: {message}", path.display())]
pub struct RecordingError {
    path: std::path::PathBuf,
    message: String,
}

impl Recording {
    /// Reads a recording.
    pub fn load(path: &Path) -> Result<Recording, RecordingError> {
        let wrong = |message: String| RecordingError {
            path: path.to_owned(),
            message,
        };
        let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))
    }

    /// The runs in it, each with the inputs of its hooks: a case may have been recorded twice.
    pub fn sessions(&self) -> Vec<&[Value]> {
        let starts = |event: &Value| event["hook_event_name"] == "SessionStart";
        let mut begins: Vec<usize> = self
            .hook_events
            .iter()
            .enumerate()
            .filter(|(_, event)| starts(event))
            .map(|(index, _)| index)
            .collect();
        begins.push(self.hook_events.len());
        begins
            .windows(2)
            .map(|pair| &self.hook_events[pair[0]..pair[1]])
            .collect()
    }
}

/// Replaces what differs from run to run. One of these serves a whole run, so that an id keeps its
/// placeholder from the first hook to the last message.
#[derive(Debug, Default)]
pub struct Normaliser {
    /// Texts to be replaced first, such as the sandbox's folder by `${HOME}`.
    folders: Vec<(String, String)>,
    seen: Vec<(&'static str, String)>,
}

static PATTERNS: LazyLock<Vec<(&str, Option<Regex>)>> = LazyLock::new(|| {
    [
        ("project", r"\bprojects/[^/\s]+|\bclaude-[0-9]+/[^/\s]+"),
        (
            "uuid",
            r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\$\{UUID\}",
        ),
        ("agent", r"\ba[0-9a-f]{16}\b"),
        ("task", r"\bb[0-9a-z]{8}\b"),
        ("tool", r"\btoolu_[0-9A-Za-z_]+\b"),
        // Parts of names whose making is not known, and the short form of an agent's id.
        ("digest", r"-([0-9a-f]{32})-"),
        ("short", r"\bResuming agent (a[0-9a-f]{6})\b"),
        ("ref", r#""ref":"([0-9a-f]{6})""#),
        ("milliseconds", r"(?:duration_ms(?:>|: ))(\d+)"),
        ("tokens", r"(?:subagent_tokens(?:>|: ))(\d+)"),
    ]
    .into_iter()
    .map(|(name, pattern)| (name, Regex::new(pattern).ok()))
    .collect()
});

/// Numbers that differ from run to run, by the name of their field.
const NUMBERS: [&str; 5] = [
    "duration_ms",
    "totalDurationMs",
    "totalTokens",
    "input_tokens",
    "output_tokens",
];

impl Normaliser {
    /// Replaces each first text by the second before anything else.
    pub fn new(folders: Vec<(String, String)>) -> Normaliser {
        Normaliser {
            folders,
            seen: Vec::new(),
        }
    }

    /// A value in comparable form.
    pub fn value(&mut self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(values) => values.iter().map(|value| self.value(value)).collect(),
            Value::Object(fields) => Value::Object(self.fields(fields)),
            other => other.clone(),
        }
    }

    /// A text in comparable form.
    pub fn text(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        for (from, to) in &self.folders {
            text = text.replace(from, to);
        }
        for (name, pattern) in PATTERNS.iter() {
            if let Some(pattern) = pattern {
                text = pattern
                    .replace_all(&text, |found: &Captures<'_>| self.placeholder(name, found))
                    .into_owned();
            }
        }
        text
    }

    fn fields(&mut self, fields: &Map<String, Value>) -> Map<String, Value> {
        let normalised = fields.iter().map(|(name, value)| {
            let value = match value {
                Value::Number(_) if NUMBERS.contains(&name.as_str()) => Value::from("<number>"),
                Value::String(_) if name == "harnessSectionHash" => Value::from("<digest>"),
                Value::String(_) if name == "ref" => Value::from("<ref>"),
                other => self.value(other),
            };
            (name.clone(), value)
        });
        normalised.collect()
    }

    fn placeholder(&mut self, name: &'static str, found: &Captures<'_>) -> String {
        let whole = found.get(0).map_or("", |whole| whole.as_str());
        if name == "project" {
            let folder = whole.split(['/', '-']).next().unwrap_or(whole);
            return format!("{folder}/<project>");
        }
        if let Some(number) = found.get(1) {
            return whole.replace(number.as_str(), &format!("<{name}>"));
        }
        if name == "uuid" {
            return "<uuid>".to_owned();
        }
        let known = |(kind, value): &&(&str, String)| *kind == name && value == whole;
        if !self.seen.iter().any(|seen| known(&seen)) {
            self.seen.push((name, whole.to_owned()));
        }
        let same_kind = self.seen.iter().filter(|(kind, _)| *kind == name);
        let number = same_kind.take_while(|(_, value)| value != whole).count() + 1;
        format!("<{name}:{number}>")
    }
}

/// A value as text, one field a line and in the order of their names: the order of fields in a message is the
/// server's that played the model, not Claude Code's.
pub fn lines(value: &Value) -> String {
    format!("{:#}", sorted(value))
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields: BTreeMap<&String, Value> = fields
                .iter()
                .map(|(name, value)| (name, sorted(value)))
                .collect();
            fields
                .into_iter()
                .map(|(name, value)| (name.clone(), value))
                .collect()
        }
        Value::Array(values) => values.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

/// The shape of a value: the same fields, with the names of their types in place of what they hold.
pub fn shape(value: &Value) -> Value {
    match value {
        Value::Null => "null".into(),
        Value::Bool(_) => "boolean".into(),
        Value::Number(_) => "number".into(),
        Value::String(_) => "text".into(),
        Value::Array(values) => values.iter().map(shape).collect(),
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(name, value)| (name.clone(), shape(value)))
                .collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_broken_recording_is_named() {
        let error = Recording::load(Path::new("/no/such.json"))
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("/no/such.json: "), "{error}");
    }

    #[test]
    fn ids_keep_their_placeholder_across_values() {
        let mut normaliser = Normaliser::new(vec![("/tmp/s1/home".into(), "${HOME}".into())]);
        let first =
            normaliser.value(&json!({"agent_id": "a5d0ffb71c03d4425", "cwd": "/tmp/s1/home/w"}));
        assert_eq!(first, json!({"agent_id": "<agent:1>", "cwd": "${HOME}/w"}));
        let text = normaliser.text(
            "to 'a5d0ffb71c03d4425' or 'aca32ed2bb3bafba1', task brw83zkh1, duration_ms: 319<",
        );
        assert_eq!(
            text,
            "to '<agent:1>' or '<agent:2>', task <task:1>, duration_ms: <milliseconds><"
        );
    }

    #[test]
    fn numbers_that_differ_become_one_placeholder() {
        let value = json!({"duration_ms": 3, "timedOutAfterMs": 2000, "harnessSectionHash": "ab"});
        let expected = json!({"duration_ms": "<number>", "timedOutAfterMs": 2000, "harnessSectionHash": "<digest>"});
        assert_eq!(Normaliser::default().value(&value), expected);
    }

    #[test]
    fn a_shape_has_types_in_place_of_values() {
        let value = json!({"a": [1, null], "b": {"c": "x", "d": false}});
        assert_eq!(
            shape(&value),
            json!({"a": ["number", "null"], "b": {"c": "text", "d": "boolean"}})
        );
    }
}
