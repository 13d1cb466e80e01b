//! The companion on the real Codex CLI, whose model is a server of this test.
//!
//! `REAL_CODEX=<path of codex> cargo test -p companion --test real_codex -- --ignored`,
//! after `npm install @openai/codex@<version>`. Observed to pass with 0.117.0, 0.134.0,
//! 0.169.0 and 0.171.0.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use common::{COMPLETE, World};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

const ANSWER: &str = "The mock model answers.";

/// A Responses API that answers every request, or never does.
struct Model {
    port: u16,
    silent: Arc<AtomicBool>,
}

impl Model {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let silent = Arc::new(AtomicBool::new(false));
        let shared = Arc::clone(&silent);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let silent = Arc::clone(&shared);
                std::thread::spawn(move || answer(stream, &silent));
            }
        });
        Self { port, silent }
    }
}

fn answer(stream: TcpStream, silent: &AtomicBool) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.trim().is_empty() {
            break;
        }
    }
    reader.read_exact(&mut vec![0; length]).ok()?;
    let mut stream = stream;
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).ok()?;
    let mut send = |event: Value| {
        let kind = event["type"].as_str().unwrap_or_default().to_owned();
        stream
            .write_all(format!("event: {kind}\ndata: {event}\n\n").as_bytes())
            .ok()
    };
    send(json!({"type": "response.created", "response": {"id": "r"}}))?;
    if silent.load(Ordering::SeqCst) {
        // Until the client hangs up.
        return reader.read(&mut [0]).ok().map(drop);
    }
    let item = |text: &str| {
        json!({"type": "message", "role": "assistant", "id": "m",
            "content": [{"type": "output_text", "text": text}]})
    };
    send(json!({"type": "response.output_item.added", "output_index": 0, "item": item("")}))?;
    send(
        json!({"type": "response.output_text.delta", "output_index": 0, "content_index": 0,
        "item_id": "m", "delta": ANSWER}),
    )?;
    send(json!({"type": "response.output_item.done", "output_index": 0, "item": item(ANSWER)}))?;
    let usage = json!({"input_tokens": 1, "input_tokens_details": null, "output_tokens": 1,
        "output_tokens_details": null, "total_tokens": 2});
    send(json!({"type": "response.completed", "response": {"id": "r", "usage": usage}}))
}

fn world(model: &Model) -> World {
    let codex = std::env::var_os("REAL_CODEX").unwrap();
    let mut world = World::new(json!({}));
    std::fs::remove_file(world.path("bin/codex")).unwrap();
    symlink(codex, world.path("bin/codex")).unwrap();
    let config = format!(
        "model = \"mock-model\"\nmodel_provider = \"mock\"\n[model_providers.mock]\nname = \"Mock\"\n\
         base_url = \"http://127.0.0.1:{}/v1\"\nwire_api = \"responses\"\nrequires_openai_auth = false\n\
         request_max_retries = 0\nstream_max_retries = 0\n[features]\nplugins = false\n",
        model.port
    );
    std::fs::write(world.path("codex/config.toml"), config).unwrap();
    // Codex wants no home below the folder for temporary files.
    world
        .variables
        .push(("TMPDIR".into(), world.path("tmp").display().to_string()));
    world
}

#[test]
#[ignore = "needs the real Codex CLI, named by REAL_CODEX"]
fn every_command_on_the_real_codex() {
    let model = Model::start();
    let world = world(&model);
    let good = format!("{ANSWER}\n{COMPLETE}\n");
    assert_eq!(world.run(&["task", "--write", "begin"]).good().stdout, good);
    assert_eq!(world.run(&["task", "--resume-last"]).good().stdout, good);
    assert_eq!(world.rows()[0]["threadId"], world.rows()[1]["threadId"]);
    let id = world.dispatch("in the background");
    let status = world
        .run(&["status", &id, "--wait", "--json"])
        .good()
        .json();
    assert_eq!(status["job"]["status"], "completed");
    std::fs::write(world.workspace().join("new.txt"), "x\n").unwrap();
    assert!(world.run(&["review"]).good().stdout.contains(ANSWER));
    assert_eq!(world.run(&["setup", "--json"]).good().json()["ready"], true);

    model.silent.store(true, Ordering::SeqCst);
    let id = world.dispatch("never ends");
    world.until(&id, |row| row["turnId"].is_string());
    let reply = world.run(&["cancel", &id, "--json"]).good().json();
    assert_eq!(
        (&reply["status"], &reply["turnInterrupted"]),
        (&json!("cancelled"), &json!(true))
    );

    let id = world.dispatch("killed");
    world.until(&id, |row| row["turnId"].is_string());
    let note = world.state_folder().join(format!("jobs/{id}.worker"));
    let note: Value = serde_json::from_slice(&std::fs::read(note).unwrap()).unwrap();
    let codex = i32::try_from(note["codex"]["pid"].as_i64().unwrap()).unwrap();
    kill(Pid::from_raw(codex), Signal::SIGKILL).unwrap();
    let status = world
        .run(&["status", &id, "--wait", "--json"])
        .good()
        .json();
    assert_eq!(status["job"]["status"], "failed");
    assert!(
        status["job"]["errorMessage"]
            .as_str()
            .unwrap()
            .contains("SIGKILL")
    );
    world.assert_no_process_left();
}
