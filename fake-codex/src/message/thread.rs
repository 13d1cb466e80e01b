//! Threads as messages show them, and the replies that carry them.

use serde_json::{Value, json};
use uuid::Uuid;

use super::turn::Turn;
use crate::clock::Civil;
use crate::script::Version;

/// A thread as a message shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct ThreadView {
    /// Its id.
    pub id: String,
    /// The thread that it was made from.
    pub forked_from: Option<String>,
    /// The beginning of the first prompt.
    pub preview: String,
    /// It is not stored.
    pub ephemeral: bool,
    /// The provider of its model.
    pub provider: String,
    /// Its model.
    pub model: String,
    /// When it began, in milliseconds since 1970.
    pub created: u64,
    /// When it last changed, in milliseconds since 1970.
    pub updated: u64,
    /// Its status, as the protocol writes it.
    pub status: Value,
    /// Where it is stored.
    pub path: Option<String>,
    /// Its directory.
    pub cwd: String,
    /// The client's name.
    pub originator: String,
    /// Commit, branch and origin of its directory.
    pub git: Option<Value>,
    /// Its name.
    pub name: Option<String>,
    /// Its turns, if they are shown.
    pub turns: Vec<Turn>,
    /// It is loaded in this process.
    pub loaded: bool,
    /// The message is about this thread alone, not a list.
    pub direct: bool,
}

impl ThreadView {
    /// The thread as it stands in a message.
    pub fn to_value(&self, version: Version) -> Value {
        let turns: Vec<Value> = self
            .turns
            .iter()
            .map(|turn| turn.to_value(version))
            .collect();
        let seconds = |millis: u64| millis / 1000;
        let mut value = json!({ "id": self.id });
        if version.is_0_169() {
            let environment = json!([{
                "environmentId": "local", "cwd": self.cwd, "runtimeWorkspaceRoots": [self.cwd],
            }]);
            value["environments"] = if self.loaded {
                environment
            } else {
                Value::Null
            };
            value["extra"] = Value::Null;
        }
        if version.has_times() {
            value["sessionId"] = self.id.clone().into();
            value["forkedFromId"] = self.forked_from.clone().into();
        }
        if version.is_0_169() {
            value["attachedToThreadId"] = Value::Null;
            value["parentThreadId"] = Value::Null;
        }
        value["preview"] = self.preview.clone().into();
        value["ephemeral"] = self.ephemeral.into();
        if version.is_0_169() {
            value["section"] = Value::Null;
            value["sectionEnteredAt"] = Value::Null;
            value["projectId"] = Value::Null;
            value["historyMode"] = "paginated".into();
        }
        value["modelProvider"] = self.provider.clone().into();
        if version.is_0_169() {
            value["model"] = self.model.clone().into();
            value["reasoningEffort"] = Value::Null;
        }
        value["createdAt"] = seconds(self.created).into();
        value["updatedAt"] = seconds(self.updated).into();
        if version.is_0_169() {
            value["recencyAt"] = seconds(self.updated).into();
        }
        value["status"] = self.status.clone();
        value["path"] = self.path.clone().into();
        value["cwd"] = self.cwd.clone().into();
        value["cliVersion"] = version.number().into();
        if version.is_0_169() {
            value["originator"] = self.originator.clone().into();
        }
        value["source"] = "vscode".into();
        if version.is_0_169() {
            let direct = self.direct && self.loaded;
            value["canAcceptDirectInput"] = if direct { true.into() } else { Value::Null };
        }
        if version.has_times() {
            value["threadSource"] = Value::Null;
        }
        value["agentNickname"] = Value::Null;
        value["agentRole"] = Value::Null;
        value["gitInfo"] = self.git.clone().unwrap_or(Value::Null);
        value["name"] = self.name.clone().into();
        if version.is_0_169() {
            value["daybreakEnabled"] = Value::Null;
        }
        value["turns"] = turns.into();
        value
    }
}

/// What a thread may do, as replies to `thread/start` and `thread/resume` show it.
#[derive(Debug, Clone, PartialEq)]
pub struct ThreadSettings {
    /// Its model.
    pub model: String,
    /// The provider of its model.
    pub provider: String,
    /// Its directory.
    pub cwd: String,
    /// Its approval policy.
    pub approval: Value,
    /// Its sandbox, by the name in the request.
    pub sandbox: String,
    /// The request named the sandbox.
    pub sandbox_named: bool,
    /// The directory of Codex, of which a part is writable.
    pub codex_home: String,
}

/// The reply to `thread/start`.
pub fn start_reply(thread: Value, settings: &ThreadSettings, version: Version) -> Value {
    let mut reply = json!({
        "thread": thread, "model": settings.model, "modelProvider": settings.provider,
        "serviceTier": null,
    });
    if version.is_0_169() {
        reply["disabledPluginIds"] = json!([]);
    }
    reply["cwd"] = settings.cwd.clone().into();
    if version.has_times() {
        reply["runtimeWorkspaceRoots"] = json!([settings.cwd]);
        reply["instructionSources"] = json!([]);
    }
    reply["approvalPolicy"] = settings.approval.clone();
    reply["approvalsReviewer"] = "user".into();
    reply["sandbox"] = sandbox(settings, version);
    if version.has_times() {
        reply["activePermissionProfile"] = if settings.sandbox_named {
            Value::Null
        } else {
            json!({ "id": ":read-only", "extends": null })
        };
    }
    reply["reasoningEffort"] = Value::Null;
    if version.is_0_169() {
        reply["multiAgentMode"] = "explicitRequestOnly".into();
    }
    reply
}

/// The reply to `thread/resume` of the thread with this id.
pub fn resume_reply(id: &str, thread: Value, settings: &ThreadSettings, version: Version) -> Value {
    let items = thread["turns"].as_array().map_or(0, |turns| {
        turns
            .iter()
            .map(|turn| 3 + turn["items"].as_array().map_or(0, Vec::len) * 3)
            .sum()
    });
    let mut reply = start_reply(thread, settings, version);
    if version.is_0_169() {
        reply["collaborationMode"] = json!({
            "mode": "default",
            "settings": {
                "model": settings.model, "reasoning_effort": null, "developer_instructions": null,
            },
        });
        reply["initialTurnsPage"] = Value::Null;
        reply["turnsBackwardsCursor"] = cursor(id, 1, "turns").into();
        reply["itemsBackwardsCursor"] = cursor(id, items, "itemsByCreatedAtOrdinal").into();
    }
    reply
}

fn cursor(id: &str, ordinal: usize, kind: &str) -> String {
    json!({
        "requestedThreadId": id, "rolloutOrdinal": ordinal, "includeAnchor": true,
        "scope": { "kind": kind },
    })
    .to_string()
}

fn sandbox(settings: &ThreadSettings, version: Version) -> Value {
    let old = !version.has_times();
    let full = json!({ "type": "fullAccess" });
    match settings.sandbox.as_str() {
        "danger-full-access" => json!({ "type": "dangerFullAccess" }),
        "workspace-write" => {
            let roots = if version.is_0_169() {
                json!([])
            } else {
                json!([format!("{}/memories", settings.codex_home)])
            };
            let mut value = json!({ "type": "workspaceWrite", "writableRoots": roots });
            if old {
                value["readOnlyAccess"] = full;
            }
            value["networkAccess"] = false.into();
            value["excludeTmpdirEnvVar"] = false.into();
            value["excludeSlashTmp"] = false.into();
            value
        }
        _ => {
            let mut value = json!({ "type": "readOnly" });
            if old {
                value["access"] = full;
            }
            value["networkAccess"] = false.into();
            value
        }
    }
}

/// The reply to `thread/list`. Each thread comes with the id of its first turn that completed,
/// for 0.169.
pub fn list_reply(threads: &[(ThreadView, Option<String>)], version: Version) -> Value {
    let data: Vec<Value> = threads
        .iter()
        .map(|(thread, _)| thread.to_value(version))
        .collect();
    let last = threads
        .first()
        .map(|(thread, _)| Civil::from_unix_millis(thread.updated).rfc3339());
    let mut reply = json!({ "data": data });
    if version.is_0_169() {
        reply["readStates"] = threads
            .iter()
            .map(|(thread, turn)| (thread.id.clone(), read_state(&thread.id, turn.as_deref())))
            .collect::<serde_json::Map<_, _>>()
            .into();
    }
    reply["nextCursor"] = Value::Null;
    if version.has_times() {
        reply["backwardsCursor"] = last.into();
    }
    reply
}

/// What has been read of a thread, which 0.169 tells with lists and reads.
pub fn read_state(thread: &str, turn: Option<&str>) -> Value {
    match turn {
        Some(id) => json!({
            "firstUnread": { "type": "turn", "turnId": id }, "revision": revision(thread),
        }),
        None => json!({ "firstUnread": null, "revision": format!("initial:{thread}") }),
    }
}

/// An id that stays the same for a thread and is not that of the thread.
fn revision(thread: &str) -> String {
    Uuid::parse_str(thread).map_or_else(
        |_| thread.to_owned(),
        |id| Uuid::from_u128(!id.as_u128()).to_string(),
    )
}

/// The reply to `thread/read`.
pub fn read_reply(id: &str, thread: Value, last_turn: Option<&str>, version: Version) -> Value {
    let mut reply = json!({ "thread": thread });
    if version.is_0_169() {
        reply["readState"] = read_state(id, last_turn);
    }
    reply
}
