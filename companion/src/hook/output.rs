//! What a hook prints.

use std::io::Write;
use std::process::ExitCode;

use serde_json::{Value, json};

/// Text that Claude Code puts before the main model, next to the tool's result.
pub fn additional_context(event: &str, text: &str) -> Value {
    json!({"hookSpecificOutput": {"hookEventName": event, "additionalContext": text}})
}

/// Prints one line. A reader that has gone away is no error.
pub fn line(value: &Value) -> ExitCode {
    let mut stdout = std::io::stdout().lock();
    let _ = stdout
        .write_all(format!("{value}\n").as_bytes())
        .and_then(|()| stdout.flush());
    ExitCode::SUCCESS
}
