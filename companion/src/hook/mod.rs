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
mod session;
mod stdin;
mod stop;
mod subagent;

use std::process::ExitCode;

use serde_json::Value;

use crate::state::StoreError;
use crate::texts::say;

/// Reads the event from stdin and answers it.
pub fn run() -> ExitCode {
    let input = match stdin::read_event() {
        Ok(Some(input)) => input,
        Ok(None) => return ExitCode::SUCCESS,
        Err(error) => {
            tell!("{error}");
            return ExitCode::FAILURE;
        }
    };
    match answer(&input) {
        Ok(Some(line)) => output::line(&line),
        Ok(None) => ExitCode::SUCCESS,
        Err(error) => {
            tell!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// An event could not be served.
#[derive(Debug, thiserror::Error)]
enum HookError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{}", say!(ENVIRONMENT_FILE, error = .0))]
    EnvironmentFile(#[from] std::io::Error),
}

/// The input says which event it is; the word on the command line counts without it.
fn answer(input: &Value) -> Result<Option<Value>, HookError> {
    let named = std::env::args().nth(1).unwrap_or_default();
    let event = match input::text(input, "/hook_event_name") {
        "" => named.as_str(),
        event => event,
    };
    Ok(match event {
        "PostToolUse" | "PostToolUseFailure" => completion::answer(input),
        "SubagentStop" => subagent::answer(input),
        "Stop" => stop::answer(input)?,
        "SessionStart" => {
            session::start(input)?;
            None
        }
        "SessionEnd" => {
            session::end(input)?;
            None
        }
        _ => None,
    })
}
