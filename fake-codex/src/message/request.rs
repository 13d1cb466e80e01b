//! Requests of the server to the client.

use serde_json::{Value, json};

use super::item::Command;
use crate::script::Version;
use crate::shell::unwrapped;

/// A request of the server.
#[derive(Debug, Clone, PartialEq)]
pub enum ServerRequest {
    /// May this command run?
    ApproveCommand {
        /// The thread, the turn and the item.
        place: Place,
        /// The command.
        command: Box<Command>,
        /// When it was asked, in milliseconds since 1970.
        at: u64,
    },
    /// May these files be changed?
    ApproveFileChange {
        /// The thread, the turn and the item.
        place: Place,
        /// When it was asked, in milliseconds since 1970.
        at: u64,
    },
    /// An MCP server asks the user.
    Elicit {
        /// The thread and the turn.
        place: Place,
        /// The MCP server.
        server: String,
        /// What it asks.
        message: String,
        /// The JSON Schema of the answer.
        schema: Value,
    },
    /// Any request, as a script wrote it.
    Raw {
        /// The method.
        method: String,
        /// The parameters.
        params: Value,
    },
}

/// Where a request belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The thread.
    pub thread: String,
    /// The turn.
    pub turn: String,
    /// The item.
    pub item: String,
}

impl ServerRequest {
    /// Its method.
    pub fn method(&self) -> &str {
        match self {
            Self::ApproveCommand { .. } => "item/commandExecution/requestApproval",
            Self::ApproveFileChange { .. } => "item/fileChange/requestApproval",
            Self::Elicit { .. } => "mcpServer/elicitation/request",
            Self::Raw { method, .. } => method,
        }
    }

    /// The whole message.
    pub fn to_value(&self, id: u64, version: Version) -> Value {
        let params = match self {
            Self::ApproveCommand { place, command, at } => {
                let argv = json!(["/bin/bash", "-lc", unwrapped(&command.command)]);
                let mut params = place.params();
                if version.has_times() {
                    params["startedAtMs"] = (*at).into();
                }
                if version.is_0_169() {
                    params["kind"] = "command".into();
                    params["environmentId"] = "local".into();
                }
                params["command"] = command.command.clone().into();
                params["cwd"] = command.cwd.clone().into();
                params["commandActions"] = command.actions.clone();
                params["proposedExecpolicyAmendment"] = argv.clone();
                params["availableDecisions"] = json!([
                    "accept",
                    { "acceptWithExecpolicyAmendment": { "execpolicy_amendment": argv } },
                    "cancel",
                ]);
                params
            }
            Self::ApproveFileChange { place, at } => {
                let mut params = place.params();
                if version.has_times() {
                    params["startedAtMs"] = (*at).into();
                }
                params["reason"] = Value::Null;
                params["grantRoot"] = Value::Null;
                params
            }
            Self::Elicit {
                place,
                server,
                message,
                schema,
            } => json!({
                "threadId": place.thread, "turnId": place.turn, "serverName": server,
                "mode": "form", "_meta": null, "message": message, "requestedSchema": schema,
            }),
            Self::Raw { params, .. } => params.clone(),
        };
        json!({ "method": self.method(), "id": id, "params": params })
    }
}

impl Place {
    fn params(&self) -> Value {
        json!({ "threadId": self.thread, "turnId": self.turn, "itemId": self.item })
    }
}
