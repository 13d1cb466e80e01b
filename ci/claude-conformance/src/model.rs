//! The models behind the real Claude Code: a Messages API on loopback whose answers a script chooses.
//!
//! It keeps no state about a conversation: how far one has come is told by the answers in it.

use crate::script::{MAIN, Says, Script, Turn};
use regex::Regex;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// What the models were asked.
#[derive(Debug, Default)]
pub struct Asked {
    /// The messages of the main thread's last request.
    pub main: Vec<Value>,
    /// How many answers the main thread was given.
    pub answers: usize,
    /// When a subagent was first told to call a tool.
    pub worked: Option<Instant>,
    number: usize,
}

/// The server, and what it is asked.
pub struct Model {
    pub server: MockServer,
    pub asked: Arc<Mutex<Asked>>,
}

/// Serves the models of a script.
pub async fn serve(script: Arc<Script>) -> Model {
    let server = MockServer::start().await;
    let asked = Arc::new(Mutex::new(Asked::default()));
    let model = Answers {
        script,
        asked: Arc::clone(&asked),
    };
    Mock::given(method("POST"))
        .and(path("/v1/messages"))
        .respond_with(model)
        .mount(&server)
        .await;
    Model { server, asked }
}

struct Answers {
    script: Arc<Script>,
    asked: Arc<Mutex<Asked>>,
}

impl Respond for Answers {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let messages = body["messages"].as_array().cloned().unwrap_or_default();
        let model = body["model"].as_str().unwrap_or_default();
        let answered = messages
            .iter()
            .filter(|message| message["role"] == "assistant")
            .count();
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.number += 1;
        let number = asked.number;
        let others = Turn {
            after: std::time::Duration::ZERO,
            says: Says::Text("Main done.".into()),
        };
        let has_tools = body["tools"]
            .as_array()
            .is_some_and(|tools| !tools.is_empty());
        // A title of the conversation and the like are asked without tools.
        if !has_tools {
            return stream(&others.says, &messages, model, number);
        }
        let opening = opening(&messages);
        let turn = if opening.contains(MAIN) {
            asked.main = messages.clone();
            asked.answers += 1;
            self.script.main.get(answered)
        } else {
            let mine = self
                .script
                .subagents
                .iter()
                .find(|subagent| opening.contains(&subagent.mark));
            asked.worked.get_or_insert_with(Instant::now);
            mine.and_then(|subagent| subagent.turns.get(answered))
        };
        let turn = turn.unwrap_or(&others);
        stream(&turn.says, &messages, model, number).set_delay(turn.after)
    }
}

/// What a conversation begins with, whoever says it.
fn opening(messages: &[Value]) -> String {
    let begin = messages
        .iter()
        .take_while(|message| message["role"] != "assistant");
    begin.map(|message| text(&message["content"])).collect()
}

/// The text of a content, in blocks or not.
fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => {
            let texts = blocks.iter().filter_map(|block| block["text"].as_str());
            texts.collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

/// What the last tool result says.
fn last_result(messages: &[Value]) -> String {
    let blocks = messages
        .iter()
        .rev()
        .filter_map(|message| message["content"].as_array());
    let mut results = blocks
        .flatten()
        .filter(|block| block["type"] == "tool_result");
    results
        .next()
        .map_or_else(String::new, |result| text(&result["content"]))
}

/// The input with the ids that it stands for.
fn with_ids(input: &Value, messages: &[Value]) -> Value {
    let said = messages.iter().map(Value::to_string).collect::<String>();
    let last = |pattern: &str| {
        let found = Regex::new(pattern).ok()?.captures_iter(&said).last()?;
        Some(found.get(1)?.as_str().to_owned())
    };
    let agent = last("agentId: (a[0-9a-f]{16})").unwrap_or_default();
    let task = last("with ID: (b[0-9a-z]{8})").unwrap_or_else(|| agent.clone());
    let mut input = input.clone();
    for value in input
        .as_object_mut()
        .into_iter()
        .flat_map(|fields| fields.values_mut())
    {
        match value.as_str() {
            Some("AGENT") => *value = json!(agent),
            Some("TASK") => *value = json!(task),
            _ => {}
        }
    }
    input
}

fn stream(says: &Says, messages: &[Value], model: &str, number: usize) -> ResponseTemplate {
    let (block, delta, reason) = match says {
        Says::Fails(status, message) => {
            let error = json!({"type": "error", "error": {"type": "invalid_request_error", "message": message}});
            return ResponseTemplate::new(*status).set_body_json(error);
        }
        Says::Call(tool, input) => {
            let input = with_ids(input, messages).to_string();
            let block = json!({"type": "tool_use", "id": format!("toolu_{number:02}"), "name": tool, "input": {}});
            (
                Some(block),
                json!({"type": "input_json_delta", "partial_json": input}),
                "tool_use",
            )
        }
        Says::Text(text) => said(text),
        Says::Relays(relay) => said(&relay.text(&last_result(messages))),
    };
    let usage = json!({"input_tokens": 10, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 1});
    let message = json!({
        "id": format!("msg_{number}"), "type": "message", "role": "assistant", "model": model, "content": [],
        "stop_reason": null, "stop_sequence": null, "usage": usage,
    });
    let mut events = vec![json!({"type": "message_start", "message": message})];
    if let Some(block) = block {
        events.push(json!({"type": "content_block_start", "index": 0, "content_block": block}));
        events.push(json!({"type": "content_block_delta", "index": 0, "delta": delta}));
        events.push(json!({"type": "content_block_stop", "index": 0}));
    }
    let end = json!({"stop_reason": reason, "stop_sequence": null});
    events.push(json!({"type": "message_delta", "delta": end, "usage": {"output_tokens": 20}}));
    events.push(json!({"type": "message_stop"}));
    let line = |event: &Value| {
        let kind = event["type"].as_str().unwrap_or_default();
        format!("event: {kind}\ndata: {event}\n\n")
    };
    let body: String = events.iter().map(line).collect();
    ResponseTemplate::new(200).set_body_raw(body, "text/event-stream")
}

/// A text; a message without one has no block.
fn said(text: &str) -> (Option<Value>, Value, &'static str) {
    let block = (!text.is_empty()).then(|| json!({"type": "text", "text": ""}));
    (
        block,
        json!({"type": "text_delta", "text": text}),
        "end_turn",
    )
}
