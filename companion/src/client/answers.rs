//! Answers to what the app-server asks its client.
//!
//! A worker has nobody to ask, so every approval is declined and every
//! elicitation cancelled, in the form that the protocol has for it (schema of
//! codex 0.117 to 0.169). A decline lets the turn go on; an error reply would too,
//! but leaves some versions waiting.

use serde_json::{Value, json};

use crate::texts::say;

/// The answer to a server request, and a line for the log.
pub struct Answer {
    /// `result` or `error` of the reply.
    pub body: Result<Value, Value>,
    /// What was done, for the job's log.
    pub note: String,
}

/// How a request of the server is answered.
pub fn to(method: &str, params: &Value) -> Answer {
    let body = match method {
        "item/commandExecution/requestApproval" | "item/fileChange/requestApproval" => {
            Ok(json!({"decision": "decline"}))
        }
        "execCommandApproval" | "applyPatchApproval" => Ok(json!({"decision": "denied"})),
        "item/permissions/requestApproval" => Ok(json!({"permissions": {}, "scope": "turn"})),
        "mcpServer/elicitation/request" => {
            Ok(json!({"action": "cancel", "content": null, "_meta": null}))
        }
        "item/tool/requestUserInput" => Ok(json!({"answers": {}})),
        "item/tool/call" => Ok(json!({
            "success": false,
            "contentItems": [{"type": "inputText", "text": say!(NO_TOOLS)}],
        })),
        _ => Err(json!({"code": -32601, "message": say!(NOT_SUPPORTED, method = method)})),
    };
    let subject = ["command", "reason", "message", "tool"]
        .into_iter()
        .find_map(|name| params.get(name)?.as_str())
        .map(|text| format!(" ({})", crate::job::shorten(text, 96)))
        .unwrap_or_default();
    let request = format!("{method}{subject}");
    let note = if body.is_ok() {
        say!(LOG_DECLINED, request = request)
    } else {
        say!(LOG_NOT_ANSWERED, request = request)
    };
    Answer { body, note }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn approvals_are_declined_and_elicitations_cancelled() {
        let approval = to(
            "item/commandExecution/requestApproval",
            &json!({"command": "rm -rf /"}),
        );
        assert_eq!(approval.body, Ok(json!({"decision": "decline"})));
        assert!(approval.note.contains("rm -rf /"));
        let elicitation = to("mcpServer/elicitation/request", &json!({}));
        assert_eq!(elicitation.body.unwrap()["action"], "cancel");
    }

    #[test]
    fn an_unknown_request_gets_an_error() {
        assert_eq!(
            to("future/request", &json!({})).body.unwrap_err()["code"],
            -32601
        );
    }
}
