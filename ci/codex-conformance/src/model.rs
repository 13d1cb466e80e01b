//! The model behind the real Codex: a Responses API on loopback, whose answers a case chooses.

use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// How the model answers every request of a case.
#[derive(Debug, Clone, Copy)]
pub enum Answer {
    /// With a message.
    Says(&'static str, &'static [&'static str]),
    /// The first time with this HTTP status and body, then as the other.
    FailsOnce(u16, &'static str, &'static Answer),
}

/// The server, with the answer set up.
pub async fn serve(answer: Answer) -> MockServer {
    let server = MockServer::start().await;
    let mut answer = answer;
    if let Answer::FailsOnce(status, body, then) = answer {
        let template = ResponseTemplate::new(status).set_body_string(body);
        asked()
            .respond_with(template)
            .up_to_n_times(1)
            .mount(&server)
            .await;
        answer = *then;
    }
    if let Answer::Says(text, pieces) = answer {
        asked()
            .respond_with(stream(&message(text, pieces)))
            .mount(&server)
            .await;
    }
    server
}

/// A request to the model.
fn asked() -> wiremock::MockBuilder {
    Mock::given(method("POST")).and(path("/v1/responses"))
}

/// The events of an answer with one message.
fn message(text: &str, pieces: &[&str]) -> Vec<Value> {
    let item = |text: Value| {
        json!({
            "type": "message", "role": "assistant", "id": "msg-1", "phase": "final_answer",
            "content": text,
        })
    };
    let mut events = vec![
        json!({ "type": "response.created", "response": { "id": "resp-1" } }),
        json!({ "type": "response.output_item.added", "item": item(json!([])) }),
    ];
    events.extend(pieces.iter().map(
        |piece| json!({ "type": "response.output_text.delta", "item_id": "msg-1", "delta": piece }),
    ));
    let content = json!([{ "type": "output_text", "text": text }]);
    events.push(json!({ "type": "response.output_item.done", "item": item(content) }));
    let usage = json!({
        "input_tokens": 100, "input_tokens_details": { "cached_tokens": 20 },
        "output_tokens": 50, "output_tokens_details": { "reasoning_tokens": 10 },
        "total_tokens": 150,
    });
    events.push(
        json!({ "type": "response.completed", "response": { "id": "resp-1", "usage": usage } }),
    );
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
