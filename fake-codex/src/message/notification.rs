//! Notifications of the server.

use serde_json::{Value, json};

use super::item::Item;
use super::turn::Turn;
use crate::clock::unix_millis;
use crate::script::{Usage, Version};

/// A notification.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "a notification lives for one call"
)]
pub enum Notification {
    /// Something about the configuration is odd.
    ConfigWarning {
        /// What.
        summary: String,
    },
    /// Something is deprecated.
    DeprecationNotice {
        /// What.
        summary: String,
    },
    /// The state of remote control, sent once after `initialize`.
    RemoteControl {
        /// The installation's id.
        installation: String,
    },
    /// A thread was started.
    ThreadStarted {
        /// The thread as it stands in a message.
        thread: Value,
    },
    /// Any other notification about a thread and, possibly, a turn.
    About {
        /// The thread.
        thread: String,
        /// The turn.
        turn: Option<String>,
        /// What about it.
        event: Event,
    },
    /// Rate limits, which are of the account.
    RateLimits,
    /// Any notification, as a script wrote it.
    Raw {
        /// The method.
        method: String,
        /// The parameters.
        params: Value,
    },
}

/// What a notification says about a thread or a turn.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A warning.
    Warning(String),
    /// The status of the thread.
    Status(ThreadStatus),
    /// The thread's new name.
    Name(String),
    /// The thread was archived.
    Archived,
    /// The thread was closed.
    Closed,
    /// The thread has no goal.
    GoalCleared,
    /// The turn began.
    TurnStarted(Turn),
    /// The turn ended.
    TurnCompleted(Turn),
    /// An item began.
    ItemStarted(Item),
    /// An item ended.
    ItemCompleted(Item),
    /// A piece of a message.
    MessageDelta {
        /// The item.
        item: String,
        /// The piece.
        delta: String,
    },
    /// A piece of a command's output.
    OutputDelta {
        /// The item.
        item: String,
        /// The piece.
        delta: String,
    },
    /// What a file change printed, which 0.117 and 0.134 tell.
    PatchDelta {
        /// The item.
        item: String,
        /// The text.
        delta: String,
    },
    /// A section of a reasoning summary begins.
    SummaryPart {
        /// The item.
        item: String,
        /// The section's index.
        index: usize,
    },
    /// A piece of a section of a reasoning summary.
    SummaryDelta {
        /// The item.
        item: String,
        /// The piece.
        delta: String,
        /// The section's index.
        index: usize,
    },
    /// All changes of the turn so far, as a diff.
    Diff(String),
    /// Something went wrong.
    Error {
        /// The error as messages show it.
        error: Value,
        /// It is tried again.
        retry: bool,
    },
    /// A request of the server needs no answer any more.
    RequestResolved(u64),
    /// The tokens used.
    TokenUsage {
        /// In the whole thread.
        total: Usage,
        /// By the last request.
        last: Usage,
    },
}

/// The status of a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThreadStatus {
    /// A turn runs.
    Active,
    /// A turn runs and waits for an approval.
    WaitingOnApproval,
    /// A turn runs and waits for the user's input.
    WaitingOnUserInput,
    /// No turn runs.
    Idle,
    /// The last turn failed.
    SystemError,
    /// It is not loaded.
    NotLoaded,
}

impl ThreadStatus {
    /// The status as it stands in a message.
    pub fn to_value(self) -> Value {
        match self {
            Self::Active => json!({ "type": "active", "activeFlags": [] }),
            Self::WaitingOnApproval => {
                json!({ "type": "active", "activeFlags": ["waitingOnApproval"] })
            }
            Self::WaitingOnUserInput => {
                json!({ "type": "active", "activeFlags": ["waitingOnUserInput"] })
            }
            Self::Idle => json!({ "type": "idle" }),
            Self::SystemError => json!({ "type": "systemError" }),
            Self::NotLoaded => json!({ "type": "notLoaded" }),
        }
    }
}

impl Notification {
    /// Its method.
    pub fn method(&self) -> &str {
        match self {
            Self::ConfigWarning { .. } => "configWarning",
            Self::DeprecationNotice { .. } => "deprecationNotice",
            Self::RemoteControl { .. } => "remoteControl/status/changed",
            Self::ThreadStarted { .. } => "thread/started",
            Self::About { event, .. } => event.method(),
            Self::RateLimits => "account/rateLimits/updated",
            Self::Raw { method, .. } => method,
        }
    }

    /// The type of the item that it carries.
    pub fn item_kind(&self) -> Option<&str> {
        match self {
            Self::About {
                event: Event::ItemStarted(item) | Event::ItemCompleted(item),
                ..
            } => Some(item.kind()),
            Self::Raw { params, .. } => params["item"]["type"].as_str(),
            _ => None,
        }
    }

    /// The whole message.
    pub fn to_value(&self, version: Version) -> Value {
        let params = match self {
            Self::ConfigWarning { summary } | Self::DeprecationNotice { summary } => {
                json!({ "summary": summary, "details": null })
            }
            Self::RemoteControl { installation } => json!({
                "status": "disabled", "serverName": "vm", "installationId": installation,
                "environmentId": null,
            }),
            Self::ThreadStarted { thread } => json!({ "thread": thread }),
            Self::About {
                thread,
                turn,
                event,
            } => event.params(thread, turn.as_deref(), version),
            Self::RateLimits => json!({ "rateLimits": rate_limits(version) }),
            Self::Raw { params, .. } => params.clone(),
        };
        let mut value = json!({ "method": self.method(), "params": params });
        if version.is_0_169() {
            value["emittedAtMs"] = unix_millis().into();
        }
        value
    }
}

impl Event {
    fn method(&self) -> &'static str {
        match self {
            Self::Warning(_) => "warning",
            Self::Status(_) => "thread/status/changed",
            Self::Name(_) => "thread/name/updated",
            Self::Archived => "thread/archived",
            Self::Closed => "thread/closed",
            Self::GoalCleared => "thread/goal/cleared",
            Self::TurnStarted(_) => "turn/started",
            Self::TurnCompleted(_) => "turn/completed",
            Self::ItemStarted(_) => "item/started",
            Self::ItemCompleted(_) => "item/completed",
            Self::MessageDelta { .. } => "item/agentMessage/delta",
            Self::OutputDelta { .. } => "item/commandExecution/outputDelta",
            Self::PatchDelta { .. } => "item/fileChange/outputDelta",
            Self::SummaryPart { .. } => "item/reasoning/summaryPartAdded",
            Self::SummaryDelta { .. } => "item/reasoning/summaryTextDelta",
            Self::Diff(_) => "turn/diff/updated",
            Self::Error { .. } => "error",
            Self::RequestResolved(_) => "serverRequest/resolved",
            Self::TokenUsage { .. } => "thread/tokenUsage/updated",
        }
    }

    fn params(&self, thread: &str, turn: Option<&str>, version: Version) -> Value {
        let about_item = |item: &str, delta: &str| json!({ "threadId": thread, "turnId": turn, "itemId": item, "delta": delta });
        match self {
            Self::Warning(text) => json!({ "threadId": thread, "message": text }),
            Self::Status(status) => json!({ "threadId": thread, "status": status.to_value() }),
            Self::Name(name) => json!({ "threadId": thread, "threadName": name }),
            Self::Archived | Self::Closed | Self::GoalCleared => json!({ "threadId": thread }),
            Self::TurnStarted(turn) | Self::TurnCompleted(turn) => {
                json!({ "threadId": thread, "turn": turn.to_value(version) })
            }
            Self::ItemStarted(item) => {
                let mut params = json!({
                    "item": item.to_value(version), "threadId": thread, "turnId": turn,
                });
                if version.has_times() {
                    params["startedAtMs"] = item.started.into();
                }
                params
            }
            Self::ItemCompleted(item) => {
                let mut params = json!({
                    "item": item.to_value(version), "threadId": thread, "turnId": turn,
                });
                if version.is_0_169() {
                    params["contentTokenCount"] = Value::Null;
                }
                if version.has_times() {
                    params["completedAtMs"] = item.completed.into();
                }
                params
            }
            Self::MessageDelta { item, delta }
            | Self::OutputDelta { item, delta }
            | Self::PatchDelta { item, delta } => about_item(item, delta),
            Self::SummaryPart { item, index } => json!({
                "threadId": thread, "turnId": turn, "itemId": item, "summaryIndex": index,
            }),
            Self::SummaryDelta { item, delta, index } => {
                let mut params = about_item(item, delta);
                params["summaryIndex"] = (*index).into();
                params
            }
            Self::Diff(diff) => json!({ "threadId": thread, "turnId": turn, "diff": diff }),
            Self::Error { error, retry } => json!({
                "error": error, "willRetry": retry, "threadId": thread, "turnId": turn,
            }),
            Self::RequestResolved(id) => json!({ "threadId": thread, "requestId": id }),
            Self::TokenUsage { total, last } => json!({
                "threadId": thread, "turnId": turn,
                "tokenUsage": {
                    "total": tokens(total, version), "last": tokens(last, version),
                    "modelContextWindow": 258_400,
                },
            }),
        }
    }
}

fn tokens(usage: &Usage, version: Version) -> Value {
    let mut value = json!({
        "totalTokens": usage.input + usage.output, "inputTokens": usage.input,
        "cachedInputTokens": usage.cached, "outputTokens": usage.output,
        "reasoningOutputTokens": usage.reasoning,
    });
    if version.is_0_169() {
        value["cacheWriteInputTokens"] = 0.into();
    }
    value
}

fn rate_limits(version: Version) -> Value {
    let mut value = json!({
        "limitId": "codex", "limitName": null, "primary": null, "secondary": null,
        "credits": null, "planType": null,
    });
    if version.has_times() {
        value["rateLimitReachedType"] = Value::Null;
    }
    if version.is_0_169() {
        value["normalModelSlug"] = Value::Null;
        value["individualLimit"] = Value::Null;
        value["spendControlReached"] = Value::Null;
    }
    value
}
