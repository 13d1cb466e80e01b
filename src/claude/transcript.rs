//! The main thread's messages: what its model is sent.

use super::facts::ContextForm;
use super::profile::Profile;
use super::stop::feedback;
use serde_json::{Value, json};

/// One thing that happened in the main thread, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// The model called a tool.
    Call {
        /// The id of the call.
        id: String,
        /// The tool.
        tool: String,
        /// Its input.
        input: Value,
    },
    /// The call returned.
    Result {
        /// The id of the call.
        id: String,
        /// What it returned.
        content: Content,
    },
    /// A hook added context.
    Context {
        /// The event and, where there is one, the tool: `PostToolUse:Agent`.
        hook: String,
        /// The context.
        text: String,
    },
    /// A hook that could not block any more gave feedback: it exited with code 2.
    Feedback {
        /// The event and, where there is one, the tool.
        hook: String,
        /// The hook's command.
        command: String,
        /// What it printed as errors.
        text: String,
    },
    /// A Stop hook blocked, with this reason: the turn goes on.
    StopBlocked(String),
    /// The model said something and ended its turn.
    Said(String),
    /// A task notification came, in these text blocks.
    Notification(Vec<String>),
}

/// What a call returned to the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Text blocks, as the Agent tool returns them.
    Blocks(Vec<String>),
    /// One text, as the Bash tool returns it.
    Text(String),
    /// An error.
    Error(String),
}

/// The messages of the request that comes after these items.
pub fn messages(items: &[Item], profile: &Profile) -> Vec<Value> {
    let mut messages: Vec<Value> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        match item {
            Item::Call { id, tool, input } => {
                let call = json!({"type": "tool_use", "id": id, "name": tool, "input": input});
                messages.push(json!({"role": "assistant", "content": [call]}));
            }
            Item::Said(text) => {
                messages.push(json!({"role": "assistant", "content": [block(text)]}));
            }
            Item::Result { id, content } => {
                messages.push(json!({"role": "user", "content": [result(id, content)]}));
            }
            Item::Notification(texts) => {
                let blocks: Vec<Value> = texts.iter().map(|text| block(text)).collect();
                messages.push(json!({"role": "user", "content": blocks}));
            }
            Item::Context { hook, text } => {
                let text = format!("{hook} hook additional context: {text}");
                add_context(&mut messages, items, index, &text, profile);
            }
            // From public transcripts; which form each version gives it is not recorded.
            Item::Feedback {
                hook,
                command,
                text,
            } => {
                let text =
                    format!("{hook} hook blocking error from command: \"{command}\": {text}");
                add_context(&mut messages, items, index, &text, profile);
            }
            Item::StopBlocked(reason) => {
                messages.push(json!({"role": "user", "content": [block(&feedback(reason))]}));
            }
        }
    }
    messages
}

/// A reminder joins the user message before it; a system message stands alone, and the last message
/// of a request is in blocks.
fn add_context(
    messages: &mut Vec<Value>,
    items: &[Item],
    index: usize,
    text: &str,
    profile: &Profile,
) {
    let notified = items[index..]
        .iter()
        .any(|later| matches!(later, Item::Notification(_)));
    let form = match notified {
        true => profile.hooks.context_before_notification,
        false => profile.hooks.context,
    };
    let blocks = match form {
        ContextForm::Reminder => messages
            .last_mut()
            .and_then(|message| message["content"].as_array_mut()),
        ContextForm::System => None,
    };
    match blocks {
        Some(blocks) => blocks.push(block(&format!(
            "<system-reminder>\n{text}\n</system-reminder>"
        ))),
        None if index + 1 == items.len() => {
            messages.push(json!({"role": "system", "content": [block(text)]}));
        }
        None => messages.push(json!({"role": "system", "content": text})),
    }
}

fn block(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

fn result(id: &str, content: &Content) -> Value {
    match content {
        Content::Blocks(texts) => {
            let blocks: Vec<Value> = texts.iter().map(|text| block(text)).collect();
            json!({"tool_use_id": id, "type": "tool_result", "content": blocks})
        }
        Content::Text(text) => {
            json!({"tool_use_id": id, "type": "tool_result", "content": text, "is_error": false})
        }
        Content::Error(text) => {
            json!({"tool_use_id": id, "type": "tool_result", "content": text, "is_error": true})
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items() -> Vec<Item> {
        vec![
            Item::Call {
                id: "t".into(),
                tool: "Bash".into(),
                input: json!({}),
            },
            Item::Result {
                id: "t".into(),
                content: Content::Text("x".into()),
            },
            Item::Feedback {
                hook: "PostToolUse:Bash".into(),
                command: "lint".into(),
                text: "3 errors".into(),
            },
        ]
    }

    #[test]
    fn feedback_reaches_the_model_as_context_does() {
        let older = messages(&items(), &Profile::of("2.1.197").unwrap());
        assert_eq!(
            older[1]["content"][1]["text"],
            "<system-reminder>\nPostToolUse:Bash hook blocking error from command: \"lint\": 3 errors\n</system-reminder>"
        );
        let newer = messages(&items(), &Profile::of("2.1.330").unwrap());
        assert_eq!(newer[2]["role"], "system");
    }

    #[test]
    fn a_blocked_stop_is_a_user_message() {
        let blocked = [
            Item::Said("Done.".into()),
            Item::StopBlocked("not yet".into()),
        ];
        let sent = messages(&blocked, &Profile::of("2.1.330").unwrap());
        assert_eq!(
            sent[1]["content"][0]["text"],
            "Stop hook feedback:\nnot yet"
        );
    }
}
