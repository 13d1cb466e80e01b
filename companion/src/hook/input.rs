//! Reading a hook's input, whose shape differs between versions of Claude Code.

use std::path::PathBuf;

use serde_json::Value;

/// A year.
const LONGEST_CALL_MS: i64 = 365 * 24 * 3600 * 1000;

/// A text field; empty when it is missing or no text.
pub fn text<'a>(input: &'a Value, pointer: &str) -> &'a str {
    input
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The session that the event belongs to.
pub fn session(input: &Value) -> Option<&str> {
    Some(text(input, "/session_id")).filter(|session| !session.trim().is_empty())
}

/// The directory of the session.
pub fn cwd(input: &Value) -> PathBuf {
    match text(input, "/cwd") {
        cwd if !cwd.trim().is_empty() => PathBuf::from(cwd),
        _ => std::env::current_dir().unwrap_or_default(),
    }
}

/// Whether the event is about an Agent call of `codex-rescue`, in any spelling of
/// the field and with or without the plugin's scope.
pub fn is_rescue_call(input: &Value) -> bool {
    let agent = ["subagent_type", "subagentType", "agent_type"]
        .into_iter()
        .find_map(|name| input.pointer(&format!("/tool_input/{name}"))?.as_str())
        .unwrap_or_default();
    text(input, "/tool_name") == "Agent" && agent.to_lowercase().contains("codex-rescue")
}

/// How long the call took, in milliseconds: `duration_ms` (since Claude Code 2.1.119),
/// or what the Agent tool itself counted. A number that no call can have taken is none.
pub fn duration_ms(input: &Value) -> Option<i64> {
    ["/duration_ms", "/tool_response/totalDurationMs"]
        .into_iter()
        .find_map(|pointer| {
            let value = input.pointer(pointer)?;
            let milliseconds = value
                .as_i64()
                .or_else(|| value.as_f64().map(|number| number.ceil() as i64))?;
            (0..=LONGEST_CALL_MS)
                .contains(&milliseconds)
                .then_some(milliseconds)
        })
}

/// All text of a tool response: a string, parts, or an object that holds them.
pub fn response_text(response: &Value) -> String {
    let mut parts = Vec::new();
    collect(response, &mut parts);
    parts.join("\n")
}

fn collect(value: &Value, parts: &mut Vec<String>) {
    let mut push = |text: &str| {
        if !text.is_empty() {
            parts.push(text.to_owned());
        }
    };
    match value {
        Value::String(text) => push(text),
        Value::Array(values) => values.iter().for_each(|value| collect(value, parts)),
        Value::Object(object) => {
            for name in ["text", "content", "result", "stdout"] {
                match object.get(name) {
                    Some(Value::String(text)) if !text.is_empty() => parts.push(text.clone()),
                    Some(nested @ Value::Array(_)) if name == "content" => collect(nested, parts),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// The text without the note about used tools that Claude Code 2.1.330 puts before it.
pub fn without_tool_note(text: &str) -> String {
    let note = |line: &str| {
        let line = line.trim();
        line.starts_with("<tools-used-before-summary>")
            && line.ends_with("</tools-used-before-summary>")
    };
    text.lines()
        .filter(|line| !note(line))
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_shape_of_a_response_is_read() {
        for response in [
            json!("x"),
            json!([{"type": "text", "text": "x"}]),
            json!({"content": "x"}),
            json!({"content": [{"content": [{"text": "x"}]}]}),
            json!({"result": "x"}),
            json!({"stdout": "x"}),
        ] {
            assert_eq!(response_text(&response), "x", "{response}");
        }
        assert_eq!(response_text(&json!({"output": "x"})), "");
        assert_eq!(response_text(&Value::Null), "");
    }

    #[test]
    fn durations_that_can_be() {
        for (event, expected) in [
            (json!({"duration_ms": 12}), Some(12)),
            (json!({"duration_ms": 12.1}), Some(13)),
            (json!({"tool_response": {"totalDurationMs": 7}}), Some(7)),
            (
                json!({"duration_ms": -1, "tool_response": {"totalDurationMs": 7}}),
                Some(7),
            ),
            (json!({"duration_ms": 1e300}), None),
            (json!({"duration_ms": "12"}), None),
        ] {
            assert_eq!(duration_ms(&event), expected, "{event}");
        }
    }

    #[test]
    fn rescue_calls_in_every_spelling() {
        let call = |tool: &str, input: Value| {
            is_rescue_call(&json!({"tool_name": tool, "tool_input": input}))
        };
        assert!(call(
            "Agent",
            json!({"subagent_type": "codex:codex-rescue"})
        ));
        assert!(call("Agent", json!({"subagentType": "Codex-Rescue"})));
        assert!(call("Agent", json!({"agent_type": "codex-rescue"})));
        assert!(!call(
            "Agent",
            json!({"subagent_type": "superpowers:code-reviewer"})
        ));
        assert!(!call(
            "Task",
            json!({"subagent_type": "codex:codex-rescue"})
        ));
    }
}
