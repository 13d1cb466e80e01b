//! SubagentStart and SubagentStop.

use super::{BackgroundTask, Carries, Context, add_background};
use crate::claude::profile::Profile;
use serde_json::{Value, json};

/// The input of SubagentStart; the context names the subagent.
pub fn subagent_start(context: &Context) -> Value {
    Value::Object(context.fields(Carries::Prompt, "SubagentStart"))
}

/// The input of SubagentStop; the context names the subagent, `transcript` is its own.
pub fn subagent_stop(
    context: &Context,
    stop_hook_active: bool,
    transcript: &str,
    last_message: Option<&str>,
    tasks: &[BackgroundTask],
    profile: &Profile,
) -> Value {
    let mut fields = context.fields(Carries::Everything, "SubagentStop");
    fields.insert("stop_hook_active".into(), json!(stop_hook_active));
    fields.insert("agent_transcript_path".into(), json!(transcript));
    if let Some(message) = last_message {
        fields.insert("last_assistant_message".into(), json!(message.trim()));
    }
    add_background(&mut fields, tasks, profile);
    Value::Object(fields)
}
