//! Transcripts: a conversation becomes a script, and is played again.

use fake_codex::script::{ExitStatus, Phase, Signal, Step};
use fake_codex::transcript::{Pace, Transcript, to_script};
use serde_json::json;

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
        steps.contains(&Step::Sleep("9s".parse().unwrap())),
        "{steps:?}"
    );
}
