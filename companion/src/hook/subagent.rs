//! The end of a `codex-rescue` subagent.
//!
//! A subagent in the background (the default since Claude Code 2.1.198) reports
//! by its last message alone: no PostToolUse fires for it. When that message is
//! the Bash tool's note that a command was moved to the background, the main
//! thread would learn nothing of the job that goes on, so the subagent is sent
//! back once to say it.

use serde_json::{Value, json};

use super::evidence::Evidence;
use super::{background, input};
use crate::quoting::shell_word;
use crate::{environment, sentinel, texts};

/// The hook's answer to SubagentStop.
pub fn answer(event: &Value) -> Option<Value> {
    let rescue = input::text(event, "/agent_type")
        .to_lowercase()
        .contains("codex-rescue");
    let again = event
        .get("stop_hook_active")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    let message = input::text(event, "/last_assistant_message");
    if !rescue || again || sentinel::find(message).is_some() || !background::is_announced(message) {
        return None;
    }
    let evidence = Evidence::read(event);
    let job = evidence.active_in_session()?;
    let companion = shell_word(&environment::companion_path().to_string_lossy());
    let values = [("job", job.id()), ("companion", companion.as_str())];
    let said = texts::render(texts::DISPATCHED, &values);
    let reason = texts::render(texts::SUBAGENT_SAY, &[("job", job.id()), ("text", &said)]);
    Some(json!({"decision": "block", "reason": reason}))
}
