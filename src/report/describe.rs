//! One event in one line, for timelines.

use serde_json::Value;

/// What an event says, in the words of a timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Virtual time in microseconds.
    pub at_us: u64,
    /// Who did it.
    pub actor: String,
    /// Its kind, for example `process` or `told`.
    pub kind: String,
    /// What it was.
    pub text: String,
    /// The position of the event in its log.
    pub seq: Option<u64>,
    /// The position of the event that caused it, where that is known.
    pub cause: Option<u64>,
    /// Whether it belongs to the machinery and not to the story.
    pub minor: bool,
}

/// Describes one event of a log, see [`crate::event::Event`].
pub fn describe(event: &Value) -> Line {
    let what = event.get("what").and_then(Value::as_object);
    let (kind, body) = what
        .and_then(|what| what.iter().next())
        .map_or(("note", &Value::Null), |(kind, body)| (kind.as_str(), body));
    let text = |name: &str| body.get(name).map(plain).unwrap_or_default();
    let (said, minor) = match kind {
        "step" => (format!("{}: {}", text("ordinal"), text("kind")), false),
        "process" => (
            format!(
                "starts {} ({})",
                short_command(&text("command")),
                text("pid")
            ),
            text("parent").is_empty(),
        ),
        "exit" => (format!("ends: {} ({})", text("status"), text("pid")), false),
        "signal" => (
            format!("sends {} to {}", text("signal"), text("pid")),
            false,
        ),
        "codex" => codex(body),
        "job" => (
            format!(
                "{} {} {}",
                text("id"),
                text("place"),
                changes(body.get("changed"))
            ),
            false,
        ),
        "unreadable" => (format!("{} cannot be read", text("path")), false),
        "hook-input" => (format!("calls the {} hook", text("event")), false),
        "hook-output" => hook_output(body),
        "tool" => (
            format!("{} returns {}", text("tool"), returned(body)),
            false,
        ),
        "told" => (
            format!(
                "is told by {}, believes {}: {}",
                text("form"),
                text("belief"),
                text("text")
            ),
            false,
        ),
        "clock" => (format!("moves: {}", text("woke")), true),
        "gate" => (
            format!("{} {} {}", text("gate"), text("outcome"), text("detail")),
            text("outcome") == "passed",
        ),
        "point" => (
            format!(
                "comes to place {}: {} {} {}",
                text("ordinal"),
                text("when"),
                text("operation"),
                text("text")
            ),
            true,
        ),
        _ => (text("text"), true),
    };
    Line {
        at_us: event
            .get("at_us")
            .and_then(Value::as_u64)
            .unwrap_or_default(),
        actor: event.get("actor").map(plain).unwrap_or_default(),
        kind: kind.to_owned(),
        text: said.split_whitespace().collect::<Vec<_>>().join(" "),
        seq: event.get("seq").and_then(Value::as_u64),
        cause: event.get("cause").and_then(Value::as_u64),
        minor,
    }
}

/// A value without quotes; nothing for null.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn codex(body: &Value) -> (String, bool) {
    let text = |name: &str| body.get(name).map(plain).unwrap_or_default();
    match text("kind").as_str() {
        kind @ ("received" | "sent") => {
            let method = text("method");
            let reply = body
                .get("message")
                .is_some_and(|message| message.get("method").is_none());
            let minor = method.ends_with("/delta") || method.ends_with("Delta");
            (
                format!(
                    "{kind} {method}{}{}",
                    if reply { " (answer)" } else { "" },
                    about(body)
                ),
                minor,
            )
        }
        "start" => (
            format!(
                "begins as `codex {}`",
                body.get("args").map(words).unwrap_or_default()
            ),
            false,
        ),
        "exit" => (format!("is over {}", text("code")), true),
        kind => (format!("{kind} {}{}", text("text"), text("line")), false),
    }
}

/// The text of a tool's result, or the whole of it.
fn returned(body: &Value) -> String {
    let result = body.get("result");
    let text = result.and_then(|result| result.get("text").or_else(|| result.get("content")));
    text.or(result).map(plain).unwrap_or_default()
}

/// What a message is about in short: its item, its error, or the status that it tells.
fn about(body: &Value) -> String {
    let found = body.pointer("/message/params/item").and_then(item);
    let found = found.or_else(|| {
        [
            "/message/params/turn/status",
            "/message/params/status/type",
            "/message/error/message",
            "/message/params/error/message",
        ]
        .into_iter()
        .find_map(|path| body.pointer(path).map(plain))
    });
    found.map(|about| format!(": {about}")).unwrap_or_default()
}

/// The type of an item, and what it says or runs.
fn item(item: &Value) -> Option<String> {
    let kind = item.get("type").and_then(Value::as_str)?;
    let said = ["/text", "/command", "/tool", "/review", "/content/0/text"]
        .into_iter()
        .find_map(|path| item.pointer(path).and_then(Value::as_str))
        .filter(|said| !said.is_empty());
    Some(match said {
        Some(said) => format!("{kind} “{}”", cut(said, 60)),
        None => kind.to_owned(),
    })
}

fn words(list: &Value) -> String {
    list.as_array()
        .map(|items| items.iter().map(plain).collect::<Vec<_>>().join(" "))
        .unwrap_or_default()
}

/// The fields of a job record that the story turns on.
const TELLING: [&str; 8] = [
    "status",
    "phase",
    "pid",
    "threadId",
    "turnId",
    "completedAt",
    "cancelledAt",
    "errorMessage",
];

fn plain_or_null(value: &Value) -> String {
    if value.is_null() {
        "null".into()
    } else {
        plain(value)
    }
}

fn changes(changed: Option<&Value>) -> String {
    match changed {
        Some(Value::Object(fields)) => {
            let shown = fields
                .iter()
                .filter(|(name, _)| TELLING.contains(&name.as_str()));
            let shown: Vec<String> = shown
                .map(|(name, value)| format!("{name}={}", cut(&plain_or_null(value), 80)))
                .collect();
            if shown.is_empty() {
                fields.keys().cloned().collect::<Vec<_>>().join(", ") + " changed"
            } else {
                shown.join(" ")
            }
        }
        _ => "is gone".into(),
    }
}

fn hook_output(body: &Value) -> (String, bool) {
    let output = |name: &str| {
        body.get("output")
            .and_then(|output| output.get(name))
            .map(plain)
            .unwrap_or_default()
    };
    let event = body.get("event").map(plain).unwrap_or_default();
    let parts = [
        ("context", "adds"),
        ("block", "blocks"),
        ("problem", "problem"),
        ("stderr", "stderr"),
    ];
    let said: Vec<String> = parts
        .into_iter()
        .filter(|(name, _)| !output(name).is_empty())
        .map(|(name, word)| format!("{word}: {}", output(name)))
        .collect();
    let said = if said.is_empty() {
        "says nothing".to_owned()
    } else {
        said.join("; ")
    };
    (format!("{event} {said}"), false)
}

/// A command line without the folders of its program.
fn short_command(command: &str) -> String {
    let command = command.lines().last().unwrap_or_default();
    cut(
        &command
            .replace("${CLAUDE_PLUGIN_ROOT}/", "")
            .replace("${SANDBOX}/", ""),
        160,
    )
}

/// At most `length` characters of a text.
pub(crate) fn cut(text: &str, length: usize) -> String {
    if text.chars().count() <= length {
        return text.to_owned();
    }
    text.chars()
        .take(length.saturating_sub(1))
        .chain(['…'])
        .collect()
}

/// Simulated time on the axis of a timeline: `0.000s`, `9m02.500s`, `1h03m00.000s`.
pub fn clock(at_us: u64) -> String {
    let (seconds, millis) = (at_us / 1_000_000, at_us / 1000 % 1000);
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s}.{millis:03}s"),
        (0, m, s) => format!("{m}m{s:02}.{millis:03}s"),
        (h, m, s) => format!("{h}h{m:02}m{s:02}.{millis:03}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_unknown_event_is_still_a_line() {
        let line = describe(&json!({"at_us": 1, "actor": "x", "what": {"dance": {}}}));
        assert_eq!((line.kind.as_str(), line.minor), ("dance", true));
        assert_eq!(describe(&json!({})).actor, "");
    }

    #[test]
    fn messages_and_changes_are_told_in_short() {
        let event = json!({"what": {"codex": {"kind": "sent", "method": "turn/completed",
            "message": {"method": "turn/completed", "params": {"turn": {"status": "failed"}}}}}});
        assert_eq!(describe(&event).text, "sent turn/completed: failed");
        let event = json!({"what": {"codex": {"kind": "sent", "method": "item/completed",
            "message": {"params": {"item": {"type": "agentMessage", "text": "done"}}, "method": "item/completed"}}}});
        assert_eq!(
            describe(&event).text,
            "sent item/completed: agentMessage “done”"
        );
        let event = json!({"what": {"job": {"id": "<job:1>", "place": "row", "changed": {"status": "failed", "updatedAt": "x"}}}});
        assert_eq!(describe(&event).text, "<job:1> row status=failed");
    }

    #[test]
    fn time_is_told_as_people_say_it() {
        assert_eq!(clock(1_500_000), "1.500s");
        assert_eq!(clock(602_000_000), "10m02.000s");
        assert_eq!(clock(3_780_000_000), "1h03m00.000s");
    }
}
