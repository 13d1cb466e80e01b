//! The model behind the real Codex: a Responses API on loopback, whose answers a case chooses.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// How the model answers one request.
#[derive(Debug, Clone, Copy)]
pub enum Answer {
    /// With a message that is the final answer, in these pieces.
    Says(&'static [&'static str]),
    /// With a message without a phase, in these pieces.
    SaysPlainly(&'static [&'static str]),
    /// With a call of a tool: its name and its arguments.
    Calls(&'static str, &'static str),
    /// With these events, each JSON.
    Tells(&'static [&'static str]),
    /// With this HTTP status and body.
    Fails(u16, &'static str),
    /// With these events, each JSON, and then nothing more for ever; only as the first answer.
    Stops(&'static [&'static str]),
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
            Answer::Says(pieces) => stream(&message(pieces, Some("final_answer"))),
            Answer::SaysPlainly(pieces) => stream(&message(pieces, None)),
            Answer::Calls(name, arguments) => stream(&call(name, arguments)),
            Answer::Tells(events) | Answer::Stops(events) => stream(&parsed(events)),
            Answer::Fails(status, body) => {
                ResponseTemplate::new(status).set_body_raw(body, "application/json")
            }
            Answer::Hangs => ResponseTemplate::new(200).set_delay(NEVER),
        }
    }
}

/// A model that is served until it is dropped.
pub enum Model {
    /// One whose answers are whole.
    Whole(MockServer),
    /// One that stops in the middle of its answers, at this address.
    Stopping(String),
}

impl Model {
    /// Its address.
    pub fn uri(&self) -> String {
        match self {
            Self::Whole(server) => server.uri(),
            Self::Stopping(uri) => uri.clone(),
        }
    }
}

/// The server, with the answers set up.
pub async fn serve(answers: Answers) -> std::io::Result<Model> {
    match answers[0] {
        // `wiremock` sends answers whole.
        Answer::Stops(events) => stop_after(body(&parsed(events))).await.map(Model::Stopping),
        _ => Ok(Model::Whole(serve_whole(answers).await)),
    }
}

/// Answers every request with the beginning of a stream, and holds the connection.
async fn stop_after(beginning: String) -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let uri = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
            let answer = format!("{head}{beginning}");
            tokio::spawn(async move {
                let mut request = [0; 4096];
                // The request need not be whole to be answered; the rest of it is read and forgotten.
                if connection.read(&mut request).await.is_ok()
                    && connection.write_all(answer.as_bytes()).await.is_ok()
                {
                    while connection
                        .read(&mut request)
                        .await
                        .is_ok_and(|count| count > 0)
                    {}
                }
            });
        }
    });
    Ok(uri)
}

async fn serve_whole(answers: Answers) -> MockServer {
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

fn parsed(events: &[&str]) -> Vec<Value> {
    let parse = |text: &&str| serde_json::from_str(text).expect("an event is JSON");
    events.iter().map(parse).collect()
}

/// The events of an answer with one message.
fn message(pieces: &[&str], phase: Option<&str>) -> Vec<Value> {
    let item = |content: Value| {
        let mut item = json!({
            "type": "message", "role": "assistant", "id": "msg-1", "content": content,
        });
        if let Some(phase) = phase {
            item["phase"] = phase.into();
        }
        item
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

/// The events of an answer with a call of a tool.
fn call(name: &str, arguments: &str) -> Vec<Value> {
    let item = json!({
        "type": "function_call", "id": "fc-1", "call_id": "call-1", "name": name,
        "arguments": arguments,
    });
    let done = json!({ "type": "response.output_item.done", "item": item });
    vec![created(), done, completed()]
}

fn stream(events: &[Value]) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body(events), "text/event-stream")
}

fn body(events: &[Value]) -> String {
    events
        .iter()
        .map(|event| {
            format!(
                "event: {}\ndata: {event}\n\n",
                event["type"].as_str().unwrap_or_default()
            )
        })
        .collect()
}
