//! Transcripts: a conversation becomes a script, and is played again.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use fake_codex::script::{ExitStatus, Phase, Signal, Step};
use fake_codex::transcript::{Pace, Redaction, Transcript, record, replay, to_script};
use serde_json::{Value, json};

use crate::client::World;

/// A transcript of what a script makes the fake do, in its own events.
fn transcript_of(script: &str, prompt: &str) -> Transcript {
    let world = World::new(script);
    let (mut client, thread) = world.thread();
    client.whole_turn(&thread, prompt);
    client.finish();
    let mut text = String::new();
    for event in world.events() {
        let dir = match event["kind"].as_str() {
            Some("received") => "c2s",
            Some("sent") => "s2c",
            _ => continue,
        };
        let entry = json!({ "t": 0, "dir": dir, "msg": event["message"] });
        text.push_str(&format!("{entry}\n"));
    }
    Transcript::parse(&text, "events").unwrap()
}

#[test]
fn a_conversation_becomes_the_script_that_made_it() {
    let transcript = transcript_of(
        "turns: [[{say: looking}, {run: {command: make, output: no, exit: 2}}, {retry: {times: 1, every: 1ms}}, {fail: broken}]]",
        "fix",
    );
    let script = to_script(&transcript, Pace::AtOnce);
    let steps = &script.turns[0].steps;
    assert!(
        matches!(&steps[0], Step::Say(message) if message.text == "looking" && message.phase == Some(Phase::Commentary))
    );
    assert!(
        matches!(&steps[1], Step::Run(run) if run.command == "make" && run.exit == 2 && run.output == "no")
    );
    assert!(matches!(&steps[2], Step::Retry(retry) if retry.first == 1 && retry.of == 5));
    assert!(matches!(&steps[3], Step::Fail(failure) if failure.message == "broken"));
    script.check().unwrap();
    // What it makes the fake do makes the same script again.
    let again = transcript_of(&serde_json::to_string(&script).unwrap(), "fix");
    assert_eq!(to_script(&again, Pace::AtOnce).turns, script.turns);
}

#[test]
fn a_server_that_died_dies_again() {
    let entries = [
        json!({ "t": 0.0, "dir": "c2s", "msg": { "id": 1, "method": "turn/start", "params": { "threadId": "t", "input": [] } } }),
        json!({ "t": 0.1, "dir": "s2c", "msg": { "id": 1, "result": { "turn": { "id": "u" } } } }),
        json!({ "t": 0.2, "dir": "s2c", "msg": { "method": "turn/started", "params": { "threadId": "t", "turn": { "id": "u" } } } }),
        json!({ "t": 9.2, "dir": "s2c", "msg": { "method": "turn/diff/updated", "params": { "threadId": "t", "turnId": "u", "diff": "" } } }),
        json!({ "t": 9.3, "dir": "meta", "msg": { "exit": -9 } }),
    ];
    let text: String = entries.iter().map(|entry| format!("{entry}\n")).collect();
    let transcript = Transcript::parse(&text, "x").unwrap();
    let steps = &to_script(&transcript, Pace::Recorded).turns[0].steps;
    assert_eq!(
        steps.last(),
        Some(&Step::Crash(ExitStatus::Signal(Signal::Kill)))
    );
    assert!(
        steps.contains(&Step::Sleep("9100ms".parse().unwrap())),
        "{steps:?}"
    );
}

/// Tells the process that runs this test what to play; the file of the transcript.
const ROLE: &str = "FAKE_CODEX_TEST_ROLE";
const FILE: &str = "FAKE_CODEX_TEST_FILE";

#[test]
fn a_process_that_records_or_replays() {
    let (Ok(role), Some(file)) = (std::env::var(ROLE), std::env::var_os(FILE)) else {
        return;
    };
    if role == "record" {
        let command = [env!("CARGO_BIN_EXE_codex").into(), "app-server".into()];
        record(&command, file.as_ref(), Redaction::from_environment()).unwrap();
    } else {
        replay(&Transcript::read(file.as_ref()).unwrap()).unwrap();
    }
    std::process::exit(0);
}

/// Starts this test program in a role, runs a turn, and returns what it says in the end.
fn turn_with(role: &str, world: &World) -> Value {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "transcripts::a_process_that_records_or_replays",
            "--nocapture",
        ])
        .env(ROLE, role)
        .env(FILE, world.path("transcript.jsonl"))
        .env("CODEX_HOME", world.path("home"))
        .env("FAKE_CODEX_SCRIPT", world.path("script.yaml"))
        .current_dir(world.path("work"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // The test program has words of its own on its output, which are no messages.
    let mut messages = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| serde_json::from_str::<Value>(&line).ok())
        .filter(Value::is_object);
    let mut ask = |id: u64, method: &str, params: Value| {
        writeln!(
            stdin,
            "{}",
            json!({ "id": id, "method": method, "params": params })
        )
        .unwrap();
        messages.find(|message| message["id"] == id).unwrap()
    };
    let info = json!({ "name": "test", "version": "1" });
    ask(10, "initialize", json!({ "clientInfo": info }));
    let thread = ask(11, "thread/start", json!({}))["result"]["thread"]["id"].clone();
    let input = json!([{ "type": "text", "text": "x" }]);
    ask(
        12,
        "turn/start",
        json!({ "threadId": thread, "input": input }),
    );
    let ended = messages
        .find(|message| message["method"] == "turn/completed")
        .unwrap();
    drop(stdin);
    assert!(child.wait().unwrap().success());
    ended
}

#[test]
fn what_is_recorded_can_be_played_again() {
    let world = World::new("turns: [[{fail: broken}]]");
    let recorded = turn_with("record", &world);
    assert_eq!(recorded["params"]["turn"]["error"]["message"], "broken");
    let text = std::fs::read_to_string(world.path("transcript.jsonl")).unwrap();
    assert!(
        text.contains("${CODEX_HOME}") && text.contains("\"exit\":0"),
        "{text}"
    );
    assert_eq!(turn_with("replay", &world), recorded);
}
