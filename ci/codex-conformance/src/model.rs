//! The model behind the real Codex: a Responses API on loopback, whose answers a case chooses.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// How the model answers one request.
#[derive(Debug, Clone, Copy)]
pub enum Answer {
    /// With a message, in these pieces.
    Says(&'static [&'static str]),
    /// With a call of a tool: its name and its arguments.
    Calls(&'static str, &'static str),
    /// With several calls of tools at once.
    CallsAll(&'static [(&'static str, &'static str)]),
    /// With these events, each JSON.
    Tells(&'static [&'static str]),
    /// With this HTTP status and body.
    Fails(u16, &'static str),
    /// Never.
    Hangs,
}

/// How the model answers every request of a case: the n-th as the n-th, the rest as the last.
pub type Answers = &'static [Answer];

/// Longer than any case takes.
const NEVER: Duration = Duration::from_secs(24 * 60 * 60);

struct InOrder {
    answers: Answers,
    asked: AtomicUsize,
}

impl Respond for InOrder {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        let number = self.asked.fetch_add(1, Ordering::Relaxed);
        match self.answers[number.min(self.answers.len() - 1)] {
            Answer::Says(pieces) => stream(&message(pieces)),
            Answer::Calls(name, arguments) => stream(&calls(&[(name, arguments)])),
            Answer::CallsAll(list) => stream(&calls(list)),
            Answer::Tells(events) => stream(
                &events
                    .iter()
                    .map(|text| serde_json::from_str(text).expect("an event is JSON"))
                    .collect::<Vec<_>>(),
            ),
            Answer::Fails(status, body) => ResponseTemplate::new(status)
                .set_body_raw(body, "application/json"),
            Answer::Hangs => ResponseTemplate::new(200).set_delay(NEVER),
        }
    }
}

/// The server, with the answers set up.
pub async fn serve(answers: Answers) -> MockServer {
    let server = MockServer::start().await;
    let asked = AtomicUsize::new(0);
    Mock::given(method("POST"))
        .and(path("/v1/responses"))
        .respond_with(InOrder { answers, asked })
        .mount(&server)
        .await;
    server
}

fn created() -> Value {
    json!({ "type": "response.created", "response": { "id": "resp-1" } })
}

fn completed() -> Value {
    let usage = json!({
        "input_tokens": 100, "input_tokens_details": { "cached_tokens": 20 },
        "output_tokens": 50, "output_tokens_details": { "reasoning_tokens": 10 },
        "total_tokens": 150,
    });
    json!({ "type": "response.completed", "response": { "id": "resp-1", "usage": usage } })
}

/// The events of an answer with one message.
fn message(pieces: &[&str]) -> Vec<Value> {
    let item = |content: Value| {
        json!({
            "type": "message", "role": "assistant", "id": "msg-1", "phase": "final_answer",
            "content": content,
        })
    };
    let mut events = vec![
        created(),
        json!({ "type": "response.output_item.added", "item": item(json!([])) }),
    ];
    events.extend(pieces.iter().map(
        |piece| json!({ "type": "response.output_text.delta", "item_id": "msg-1", "delta": piece }),
    ));
    let content = json!([{ "type": "output_text", "text": pieces.concat() }]);
    events.push(json!({ "type": "response.output_item.done", "item": item(content) }));
    events.push(completed());
    events
}

/// The events of an answer with calls of tools.
fn calls(list: &[(&str, &str)]) -> Vec<Value> {
    let mut events = vec![created()];
    for (index, (name, arguments)) in list.iter().enumerate() {
        let number = index + 1;
        let item = json!({
            "type": "function_call", "id": format!("fc-{number}"),
            "call_id": format!("call-{number}"), "name": name, "arguments": arguments,
        });
        events.push(json!({ "type": "response.output_item.done", "item": item }));
    }
    events.push(completed());
    events
}

fn stream(events: &[Value]) -> ResponseTemplate {
    let body: String = events
        .iter()
        .map(|event| {
            format!(
                "event: {}\ndata: {event}\n\n",
                event["type"].as_str().unwrap_or_default()
            )
        })
        .collect();
    ResponseTemplate::new(200).set_body_raw(body, "text/event-stream")
}
