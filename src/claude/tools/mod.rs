//! What tools return: to the hooks as `tool_response`, and to the model as text.

mod agent;
mod background;
mod bash;
mod message;
mod notification;
mod task_stop;

pub use agent::{Completed, Launched, agent_input, unknown_agent};
pub use background::{Refusal, refused};
pub use bash::{BashEnd, Moved, Output, Owner, background_limit, bash_input, effective_timeout};
pub use message::{Resumed, message_input};
pub use notification::{AgentEnd, CommandEnd, Notification};
pub use task_stop::{TaskKind, task_not_found, task_not_running, task_stop_input, task_stopped};

use serde_json::Value;

/// How a tool call ended for the hooks.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// PostToolUse fires with this `tool_response`.
    Response(Value),
    /// PostToolUseFailure fires with this error.
    Failure {
        /// The error.
        error: String,
        /// Whether the user interrupted the call.
        is_interrupt: bool,
    },
}

/// What a tool call returned.
#[derive(Clone, Debug, PartialEq)]
pub struct Returned {
    /// What hooks are given.
    pub outcome: Outcome,
    /// What the model is shown, one text a block.
    pub blocks: Vec<String>,
}

impl Returned {
    /// A call that failed: the model is shown the error.
    pub fn failure(error: impl Into<String>, is_interrupt: bool) -> Returned {
        let error = error.into();
        Returned {
            blocks: vec![error.clone()],
            outcome: Outcome::Failure {
                error,
                is_interrupt,
            },
        }
    }

    /// What the model is shown, as one text.
    pub fn text(&self) -> String {
        self.blocks.join("\n")
    }

    /// Whether the call failed.
    pub fn is_error(&self) -> bool {
        matches!(self.outcome, Outcome::Failure { .. })
    }
}
