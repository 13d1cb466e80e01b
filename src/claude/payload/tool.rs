//! PreToolUse, PostToolUse and PostToolUseFailure.

use super::{Carries, Context};
use serde_json::{Map, Value, json};

/// A tool call.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The tool: `Agent` or `Bash`.
    pub tool: String,
    /// Its input.
    pub input: Value,
    /// The id of the call.
    pub id: String,
}

/// The input of PreToolUse.
pub fn pre_tool_use(context: &Context, call: &Call) -> Value {
    let mut fields = begun(context, call, "PreToolUse");
    fields.insert("tool_use_id".into(), json!(call.id));
    Value::Object(fields)
}

/// The input of PostToolUse.
pub fn post_tool_use(context: &Context, call: &Call, response: Value, duration_ms: u64) -> Value {
    let mut fields = begun(context, call, "PostToolUse");
    fields.insert("tool_response".into(), response);
    fields.insert("tool_use_id".into(), json!(call.id));
    fields.insert("duration_ms".into(), json!(duration_ms));
    Value::Object(fields)
}

/// The input of PostToolUseFailure, which fires in place of PostToolUse.
pub fn post_tool_use_failure(
    context: &Context,
    call: &Call,
    error: &str,
    is_interrupt: bool,
    duration_ms: u64,
) -> Value {
    let mut fields = begun(context, call, "PostToolUseFailure");
    fields.insert("tool_use_id".into(), json!(call.id));
    fields.insert("error".into(), json!(error));
    fields.insert("is_interrupt".into(), json!(is_interrupt));
    fields.insert("duration_ms".into(), json!(duration_ms));
    Value::Object(fields)
}

fn begun(context: &Context, call: &Call, event: &str) -> Map<String, Value> {
    let mut fields = context.fields(Carries::Everything, event);
    fields.insert("tool_name".into(), json!(call.tool));
    fields.insert("tool_input".into(), call.input.clone());
    fields
}
