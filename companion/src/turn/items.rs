//! What the items of a turn mean to somebody who follows it.

use serde_json::Value;

use super::Progress;
use crate::job::shorten;
use crate::texts::say;

/// Words in a command line that make it a check of the work.
const CHECKING: [&str; 14] = [
    "test",
    "tests",
    "lint",
    "build",
    "typecheck",
    "check",
    "verify",
    "validate",
    "pytest",
    "jest",
    "vitest",
    "tsc",
    "eslint",
    "ruff",
];

fn text<'a>(item: &'a Value, name: &str) -> &'a str {
    item.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn command_phase(command: &str) -> &'static str {
    let lower = command.to_lowercase();
    let mut words = lower.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    if words.any(|word| CHECKING.contains(&word)) {
        "verifying"
    } else {
        "running"
    }
}

/// The progress of an item that began.
pub fn started(item: &Value) -> Option<Progress> {
    let (message, phase) = match text(item, "type") {
        "enteredReviewMode" => (
            say!(LOG_REVIEWER_STARTED, review = text(item, "review")),
            "reviewing",
        ),
        "commandExecution" => {
            let command = text(item, "command");
            (
                say!(LOG_COMMAND_STARTED, command = shorten(command, 96)),
                command_phase(command),
            )
        }
        "fileChange" => {
            let count = item
                .get("changes")
                .and_then(Value::as_array)
                .map_or(0, Vec::len);
            (say!(LOG_FILES_STARTED, count = count), "editing")
        }
        "mcpToolCall" => (
            say!(
                LOG_MCP_STARTED,
                server = text(item, "server"),
                tool = text(item, "tool")
            ),
            "investigating",
        ),
        "dynamicToolCall" => (
            say!(LOG_TOOL_STARTED, tool = text(item, "tool")),
            "investigating",
        ),
        "collabAgentToolCall" => (
            say!(LOG_COLLABORATION_STARTED, tool = text(item, "tool")),
            "investigating",
        ),
        "webSearch" => (
            say!(LOG_SEARCH, query = shorten(text(item, "query"), 96)),
            "investigating",
        ),
        _ => return None,
    };
    Some(Progress::line(message, Some(phase)))
}

/// The progress of an item that ended.
pub fn completed(item: &Value) -> Option<Progress> {
    let status = text(item, "status");
    let (message, phase) = match text(item, "type") {
        "commandExecution" => {
            let command = text(item, "command");
            let code = item.get("exitCode").and_then(Value::as_i64);
            let code = code.map_or_else(|| "?".to_owned(), |code| code.to_string());
            let line = say!(
                LOG_COMMAND_ENDED,
                status = status,
                command = shorten(command, 96),
                code = code
            );
            (line, command_phase(command))
        }
        "fileChange" => (say!(LOG_FILES_ENDED, status = status), "editing"),
        "mcpToolCall" => {
            let (server, tool) = (text(item, "server"), text(item, "tool"));
            let line = say!(LOG_MCP_ENDED, server = server, tool = tool, status = status);
            (line, "investigating")
        }
        "dynamicToolCall" => (
            say!(LOG_TOOL_ENDED, tool = text(item, "tool"), status = status),
            "investigating",
        ),
        "collabAgentToolCall" => (
            say!(
                LOG_COLLABORATION_ENDED,
                tool = text(item, "tool"),
                status = status
            ),
            "investigating",
        ),
        "exitedReviewMode" => (say!(LOG_REVIEWER_FINISHED), "finalizing"),
        _ => return None,
    };
    Some(Progress::line(message, Some(phase)))
}

/// The files of a `fileChange` item.
pub fn changed_paths(item: &Value) -> Vec<String> {
    let changes = item.get("changes").and_then(Value::as_array);
    let paths = changes
        .into_iter()
        .flatten()
        .map(|change| text(change, "path"));
    paths
        .filter(|path| !path.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The sections of a reasoning summary: texts, objects with `text`, or lists of both.
pub fn reasoning_sections(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => {
            let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
            if line.is_empty() {
                Vec::new()
            } else {
                vec![line]
            }
        }
        Value::Array(parts) => parts.iter().flat_map(reasoning_sections).collect(),
        Value::Object(object) => ["text", "summary", "content", "parts"]
            .into_iter()
            .find_map(|name| object.get(name))
            .map(reasoning_sections)
            .unwrap_or_default(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn commands_that_check_are_verifying() {
        assert_eq!(command_phase("cargo test -p x"), "verifying");
        assert_eq!(command_phase("npm run type-check"), "verifying");
        assert_eq!(command_phase("cat latest.txt"), "running");
    }

    #[test]
    fn reasoning_in_every_shape() {
        assert_eq!(
            reasoning_sections(&json!([{"text": "a\n b"}, "c", ""])),
            ["a b", "c"]
        );
    }

    #[test]
    fn items_without_meaning_say_nothing() {
        assert_eq!(started(&json!({"type": "userMessage"})), None);
    }
}
