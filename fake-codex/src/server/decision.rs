//! What the client decided about a command, a file change or an elicitation, and what follows.

use serde_json::{Map, Value, json};

use super::command::process_number;
use super::runner::{Ending, Op};
use super::tools::carry_out;
use crate::clock::unix_millis;
use crate::message::item::{Body, Command, Item};
use crate::message::notification::ThreadStatus;
use crate::script::{Reaction, Run, Step, Version};

/// What follows the answer to a request.
#[derive(Debug, Clone)]
pub(super) enum AfterAnswer {
    /// Only steps.
    Plain(Reaction),
    /// The call of an MCP tool ends, then steps.
    Elicited(Item, Reaction),
    /// A command runs, or does not.
    Command(Box<Command>, String, Run, Reaction),
    /// A file change happens, or does not: the item, the operations that carry it out.
    FileChange(Item, Vec<Op>, Reaction),
}

/// What the client decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// It may be done.
    Accepted,
    /// It may not.
    Declined,
    /// It may not, and the turn is over.
    Cancelled,
    /// The answer was an error, or none that is known.
    Failed,
}

impl Decision {
    /// Read out of the answer.
    pub(super) fn of(answer: &Map<String, Value>) -> Self {
        if answer.contains_key("error") {
            return Self::Failed;
        }
        let result = &answer["result"];
        let decision = result.get("decision").or_else(|| result.get("action"));
        match decision {
            Some(Value::String(text)) if text.starts_with("accept") => Self::Accepted,
            Some(Value::String(text)) if text == "decline" => Self::Declined,
            Some(Value::String(text)) if text == "cancel" => Self::Cancelled,
            Some(Value::Object(_)) => Self::Accepted,
            _ => Self::Failed,
        }
    }

    const fn status(self) -> &'static str {
        match self {
            Self::Accepted => "completed",
            Self::Declined | Self::Cancelled => "declined",
            Self::Failed => "failed",
        }
    }

    fn steps(self, reaction: Reaction) -> Vec<Step> {
        match self {
            Self::Accepted => reaction.accepted,
            Self::Declined => reaction.declined,
            Self::Cancelled => reaction.cancelled,
            Self::Failed => reaction.error,
        }
    }
}

/// The operations that follow the answer.
pub(super) fn after_answer(after: AfterAnswer, decision: Decision, version: Version) -> Vec<Op> {
    let active = Op::Status(ThreadStatus::Active);
    let (mut ops, reaction) = match after {
        AfterAnswer::Plain(reaction) => (Vec::new(), reaction),
        AfterAnswer::Elicited(mut item, reaction) => {
            if let Body::Other { fields, .. } = &mut item.body {
                fields.insert(
                    "status".to_owned(),
                    decision.status().replace("declined", "failed").into(),
                );
                if decision != Decision::Accepted {
                    let error = json!({ "message": "the user did not answer the request" });
                    fields.insert("error".to_owned(), error);
                }
            }
            return react(vec![Op::Finish(item)], reaction, decision, false);
        }
        AfterAnswer::Command(mut command, id, run, reaction) => {
            let mut ops = vec![active];
            if decision == Decision::Accepted {
                command.process_id = Some(process_number());
                command.source = "unifiedExecStartup";
                if version.asks_before_command() {
                    let body = Body::Command((*command).clone());
                    ops.push(Op::Start(Item::new(id.clone(), body, unix_millis())));
                }
                ops.extend(carry_out(&id, *command, run));
            } else {
                command.status = decision.status();
                ops.push(Op::Finish(Item::new(
                    id,
                    Body::Command(*command),
                    unix_millis(),
                )));
            }
            (ops, reaction)
        }
        AfterAnswer::FileChange(mut item, rest, reaction) => {
            let mut ops = vec![active];
            if decision == Decision::Accepted {
                ops.extend(rest);
            } else {
                if let Body::FileChange { status, .. } = &mut item.body {
                    // Newer versions take an error reply for a refusal here, if not for a command.
                    *status = if version.has_times() {
                        "declined"
                    } else {
                        decision.status()
                    };
                }
                ops.push(Op::Finish(item));
            }
            (ops, reaction)
        }
    };
    ops = react(ops, reaction, decision, true);
    ops
}

/// Adds the steps that follow the answer; a cancelled tool interrupts the turn without any.
fn react(mut ops: Vec<Op>, reaction: Reaction, decision: Decision, interrupts: bool) -> Vec<Op> {
    let steps = decision.steps(reaction);
    if interrupts && decision == Decision::Cancelled && steps.is_empty() {
        ops.push(Op::End(Ending::Interrupted));
    }
    ops.extend(steps.into_iter().map(Op::Step));
    ops
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision(text: &str) -> Decision {
        let answer: Value = serde_json::from_str(text).unwrap();
        Decision::of(answer.as_object().unwrap())
    }

    #[test]
    fn answers_in_all_their_forms() {
        assert_eq!(decision(r#"{"error": {"code": -32601}}"#), Decision::Failed);
        assert_eq!(decision(r#"{"result": {}}"#), Decision::Failed);
        assert_eq!(
            decision(r#"{"result": {"decision": "decline"}}"#),
            Decision::Declined
        );
        assert_eq!(
            decision(r#"{"result": {"action": "cancel"}}"#),
            Decision::Cancelled
        );
        assert_eq!(
            decision(r#"{"result": {"decision": "acceptForSession"}}"#),
            Decision::Accepted
        );
        let amended = r#"{"result": {"decision": {"acceptWithExecpolicyAmendment": {}}}}"#;
        assert_eq!(decision(amended), Decision::Accepted);
    }
}
