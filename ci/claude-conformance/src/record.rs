//! Writes what the real Claude Code did as a recording.

use crate::world::{Said, World};
use anyhow::Result;
use regex::Regex;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Where the recording of a case is.
pub fn path(folder: &Path, version: &str, case: &str) -> PathBuf {
    let base = folder
        .join("claude-code")
        .join(version)
        .join(format!("{case}.json"));
    if base.is_file() {
        return base;
    }
    folder
        .join("claude-code-calls")
        .join(version)
        .join(format!("{case}.json"))
}

/// Writes a recording, one event a line.
pub fn write(
    path: &Path,
    case: &str,
    description: &str,
    version: &str,
    world: &World,
    said: &Said,
) -> Result<()> {
    let replacements = world.replacements();
    let redact = |value: &Value| -> Result<String> {
        let mut text = value.to_string();
        for (from, to) in &replacements {
            text = text.replace(from, to);
        }
        let slug = rescue_harness::claude::paths::project_slug(&world.workspace());
        text = text.replace(&slug, "${WORKSPACE_SLUG}");
        let uuid = Regex::new("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")?;
        Ok(uuid.replace_all(&text, "$${UUID}").into_owned())
    };
    let lines = |values: &[Value]| -> Result<String> {
        let lines: Vec<String> = values
            .iter()
            .map(|value| Ok(format!("  {}", redact(value)?)))
            .collect::<Result<_>>()?;
        Ok(lines.join(",\n"))
    };
    let begin = said
        .messages
        .iter()
        .position(|message| message["role"] == "assistant");
    let mut messages = said.messages[begin.unwrap_or(said.messages.len())..].to_vec();
    messages.iter_mut().for_each(without_cache_marks);
    let text = format!(
        "{{\n \"case\": {},\n \"description\": {},\n \"claude_code_version\": {},\n \"hook_events\": [\n{}\n ],\n \"main_thread_messages\": [\n{}\n ]\n}}\n",
        json!(case),
        json!(description),
        json!(version),
        lines(&said.hooks)?,
        lines(&messages)?,
    );
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, text)?;
    Ok(())
}

/// What is cached on the way to the model says nothing about what the model is told.
fn without_cache_marks(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("cache_control");
            fields.values_mut().for_each(without_cache_marks);
        }
        Value::Array(values) => values.iter_mut().for_each(without_cache_marks),
        _ => {}
    }
}
