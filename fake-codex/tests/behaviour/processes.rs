//! The life of the process: start, signals, the end of its input.

use std::os::unix::process::ExitStatusExt;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::client::{Client, World};

fn signal(client: &Client, signal: Signal) {
    kill(
        Pid::from_raw(i32::try_from(client.child.id()).unwrap()),
        signal,
    )
    .unwrap();
}

#[test]
fn each_version_takes_signals_its_own_way() {
    for (version, sent, code, by) in [
        ("0.117.0", Signal::SIGTERM, None, Some(15)),
        ("0.134.0", Signal::SIGTERM, None, Some(15)),
        ("0.169.0", Signal::SIGTERM, Some(0), None),
        ("0.169.0", Signal::SIGINT, None, Some(2)),
        ("0.134.0", Signal::SIGHUP, None, Some(1)),
    ] {
        let world = World::new(&format!("version: {version}"));
        let mut client = world.serve();
        client.initialize();
        signal(&client, sent);
        let status = client.child.wait().unwrap();
        assert_eq!(
            (status.code(), status.signal()),
            (code, by),
            "{version} {sent}"
        );
        assert_eq!(world.events_of("signal")[0]["signal"], sent.as_str());
    }
}

#[test]
fn signals_and_the_end_of_the_input_can_be_ignored() {
    let world = World::new("signals: {ignore: [TERM], ignore-eof: true}");
    let mut client = world.serve();
    client.initialize();
    signal(&client, Signal::SIGTERM);
    client.ask("thread/loaded/list", json!({}));
    client.close();
    assert_eq!(client.child.try_wait().unwrap(), None);
    client.child.kill().unwrap();
}

#[test]
fn a_start_can_fail_hang_or_be_noisy() {
    let world = World::new("startup: {exit: {code: 1}, stderr: failed to initialize sqlite}");
    let (status, _, errors) = world.serve().finish();
    assert_eq!(status.code(), Some(1));
    assert!(errors.contains("sqlite"));

    let world = World::new(
        "startup: {stdout: ['\\e[?2004h', noise]}"
            .replace('\'', "\"")
            .as_str(),
    );
    let mut client = world.serve();
    assert_eq!(client.line().unwrap(), b"\x1b[?2004h\n");
    assert_eq!(client.line().unwrap(), b"noise\n");
    client.initialize();

    let world = World::new("startup: {hang: true}");
    let mut client = world.serve();
    client.close();
    assert_eq!(client.child.try_wait().unwrap(), None);
}

#[test]
fn a_thread_lives_on_in_another_process() {
    let world = World::new("turns: [[{say: first}], [{say: half}, {crash: {signal: KILL}}]]");
    let (mut client, thread) = world.thread();
    client.whole_turn(&thread, "the parser");
    client.ask(
        "thread/name/set",
        json!({ "threadId": thread, "name": "Fix" }),
    );
    client.turn(&thread, "again");
    client.until_method("item/completed");
    client.child.wait().unwrap();

    let mut client = world.serve();
    client.initialize();
    let listed = client.ask("thread/list", json!({ "searchTerm": "Fix" }));
    assert_eq!(listed["result"]["data"][0]["id"], thread.as_str());
    assert_eq!(listed["result"]["data"][0]["preview"], "the parser");
    let input = json!([]);
    let refused = client.ask("turn/start", json!({ "threadId": thread, "input": input }));
    assert!(
        refused["error"]["message"]
            .as_str()
            .unwrap()
            .starts_with("thread not found")
    );
    let resumed = client.ask("thread/resume", json!({ "threadId": thread }));
    let turns = resumed["result"]["thread"]["turns"].as_array().unwrap();
    let statuses: Vec<&str> = turns
        .iter()
        .map(|turn| turn["status"].as_str().unwrap())
        .collect();
    assert_eq!(statuses, ["completed", "interrupted"]);
    client.whole_turn(&thread, "go on");
}

#[test]
fn a_last_line_without_its_end_takes_effect_where_it_does_and_is_never_answered() {
    for (version, name) in [
        ("0.117.0", json!("Fix")),
        ("0.134.0", json!("Fix")),
        ("0.169.0", Value::Null),
    ] {
        let world = World::new(&format!("version: {version}"));
        let (mut client, thread) = world.thread();
        client.whole_turn(&thread, "the parser");
        let params = json!({ "threadId": thread, "name": "Fix" });
        let message = json!({ "id": 9, "method": "thread/name/set", "params": params });
        client.send_half(&message.to_string());
        let (status, output, errors) = client.finish();
        assert!(status.success(), "{version}: {errors}");
        let output = String::from_utf8(output).unwrap();
        assert!(!output.contains("\"id\":9"), "{version}: {output}");

        let mut client = world.serve();
        client.initialize();
        let params = json!({ "threadId": thread, "includeTurns": false });
        let read = client.ask("thread/read", params);
        assert_eq!(read["result"]["thread"]["name"], name, "{version}: {read}");
    }
}

#[test]
fn a_script_that_cannot_be_used_ends_it_at_once() {
    for (script, told) in [
        ("turns: [[{sleep: 700}]]", "has no unit"),
        ("turnz: []", "unknown field"),
        ("turns: [[succeed, hang]]", "turns[0][0]"),
    ] {
        let world = World::new(script);
        let (status, output, errors) = world.serve().finish();
        assert_eq!(status.code(), Some(2), "{script}");
        assert!(output.is_empty());
        assert!(
            errors.contains("script.yaml") && errors.contains(told),
            "{errors}"
        );
        assert_eq!(world.events_of("problem").len(), 1);
    }
}
