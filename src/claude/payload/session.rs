//! SessionStart, Stop and SessionEnd.

use super::{BackgroundTask, Carries, Context, add_background};
use crate::claude::profile::Profile;
use serde_json::{Value, json};

/// The input of SessionStart; `source` is `startup`, `resume`, `clear` or `compact`.
pub fn session_start(context: &Context, source: &str) -> Value {
    let mut fields = context.fields(Carries::Session, "SessionStart");
    fields.insert("source".into(), json!(source));
    Value::Object(fields)
}

/// The input of Stop: the main thread ends its turn.
pub fn stop(
    context: &Context,
    stop_hook_active: bool,
    last_message: Option<&str>,
    tasks: &[BackgroundTask],
    profile: &Profile,
) -> Value {
    let mut fields = context.fields(Carries::Everything, "Stop");
    fields.insert("stop_hook_active".into(), json!(stop_hook_active));
    if let Some(message) = last_message {
        fields.insert("last_assistant_message".into(), json!(message));
    }
    add_background(&mut fields, tasks, profile);
    Value::Object(fields)
}

/// The input of SessionEnd; `reason` is `clear`, `resume`, `logout`, `prompt_input_exit` or `other`.
pub fn session_end(context: &Context, reason: &str) -> Value {
    let mut fields = context.fields(Carries::Prompt, "SessionEnd");
    fields.insert("reason".into(), json!(reason));
    Value::Object(fields)
}
