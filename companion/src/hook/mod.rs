//! The Claude Code hooks.
//!
//! One program serves every event. It reads one JSON object from stdin and
//! prints at most one line of JSON. Where the event or the agent is none of
//! ours, it says nothing and succeeds.

mod background;
mod completion;
mod evidence;
mod input;
mod output;

use std::io::Read;
use std::process::ExitCode;

use serde_json::Value;

/// No more of stdin is read; a hook's input is some kilobytes, an agent's text included.
const INPUT_LIMIT: u64 = 64 * 1024 * 1024;

/// Reads the event from stdin and answers it.
pub fn run() -> ExitCode {
    let mut text = Vec::new();
    if let Err(error) = std::io::stdin()
        .lock()
        .take(INPUT_LIMIT)
        .read_to_end(&mut text)
    {
        eprintln!("The hook input cannot be read: {error}");
        return ExitCode::FAILURE;
    }
    if text.trim_ascii().is_empty() {
        return ExitCode::SUCCESS;
    }
    let input: Value = match serde_json::from_slice(&text) {
        Ok(input) => input,
        Err(error) => {
            eprintln!("The hook input is not JSON: {error}");
            return ExitCode::FAILURE;
        }
    };
    match answer(&input) {
        Some(line) => output::line(&line),
        None => ExitCode::SUCCESS,
    }
}

fn answer(input: &Value) -> Option<Value> {
    match input::text(input, "/hook_event_name") {
        "PostToolUse" | "PostToolUseFailure" => completion::answer(input),
        _ => None,
    }
}
