//! Every fault, at its point.

use std::os::unix::process::ExitStatusExt;

use serde_json::json;

use crate::client::World;

fn with_fault(fault: &str) -> World {
    World::new(&format!("faults: [{fault}]"))
}

#[test]
fn a_crash_ends_the_process_with_its_code_or_signal() {
    let world = with_fault("{before: turn/start, do: {crash: {code: 3}}}");
    let (mut client, thread) = world.thread();
    client.turn(&thread, "x");
    let (status, output, _) = client.finish();
    assert_eq!(status.code(), Some(3));
    assert!(!String::from_utf8(output).unwrap().contains("\"turn\""));

    for (name, number) in [("KILL", 9), ("SEGV", 11), ("TERM", 15), ("ABRT", 6)] {
        let world = with_fault(&format!(
            "{{after: turn/started, do: {{crash: {{signal: {name}}}}}}}"
        ));
        let (mut client, thread) = world.thread();
        client.turn(&thread, "x");
        client.until_method("turn/started");
        let (status, rest, _) = client.finish();
        assert_eq!(status.signal(), Some(number), "{name}");
        assert!(rest.is_empty(), "nothing follows the crash");
        assert_eq!(world.events_of("fault")[0]["at"], "turn/started");
        assert_eq!(world.events_of("exit")[0]["because"], "script");
    }
}

#[test]
fn the_nth_passage_counts_over_all_processes() {
    let world = with_fault("{before: thread/start, nth: 2, do: {crash: {code: 4}}}");
    let (client, _) = world.thread();
    assert_eq!(client.finish().0.code(), Some(0));
    let mut client = world.serve();
    client.initialize();
    client.request("thread/start", json!({}));
    assert_eq!(client.finish().0.code(), Some(4));
    let (client, _) = world.thread();
    assert_eq!(client.finish().0.code(), Some(0));
}

#[test]
fn closed_output_ends_for_the_reader_while_the_process_lives() {
    let world = with_fault("{after: turn/start reply, do: close-stdout}");
    let (mut client, thread) = world.thread();
    client.turn(&thread, "x");
    while client.line().is_some() {}
    assert_eq!(client.child.try_wait().unwrap(), None);
    assert_eq!(client.finish().0.code(), Some(0));
}

#[test]
fn a_reader_that_stopped_answers_nothing_and_ignores_the_end() {
    let world = with_fault("{after: turn/start, do: stop-reading}");
    let (mut client, thread) = world.thread();
    client.whole_turn(&thread, "x");
    client.request("thread/loaded/list", json!({}));
    client.close();
    assert_eq!(client.child.try_wait().unwrap(), None);
}

#[test]
fn half_a_line_is_the_last_thing_that_comes() {
    let world = with_fault("{before: turn/completed, do: half-line}");
    let (mut client, thread) = world.thread();
    client.turn(&thread, "x");
    client.until(|message| message["params"]["status"]["type"] == "idle");
    let (status, rest, _) = client.finish();
    assert_eq!(status.code(), Some(0));
    assert!(rest.starts_with(b"{\"method\":\"turn/completed\""));
    assert!(!rest.ends_with(b"\n"));
}

#[test]
fn garbage_and_invalid_utf8_are_lines_of_their_own() {
    let world = World::new(
        "faults: [{before: turn/started, do: {garbage: noise}}, {after: turn/started, do: invalid-utf8}]",
    );
    let (mut client, thread) = world.thread();
    client.turn(&thread, "x");
    client.until(|message| message["params"]["status"]["type"] == "active");
    assert_eq!(client.line().unwrap(), b"noise\n");
    assert_eq!(client.message()["method"], "turn/started");
    assert!(String::from_utf8(client.line().unwrap()).is_err());
    client.until_method("turn/completed");
}

#[test]
fn a_long_line_has_its_length_and_is_a_message() {
    let world = with_fault("{before: turn/started, do: {long-line: {bytes: 2000000}}}");
    let (mut client, thread) = world.thread();
    client.turn(&thread, "x");
    client.until(|message| message["params"]["status"]["type"] == "active");
    let line = client.line().unwrap();
    assert_eq!(line.len(), 2_000_000);
    serde_json::from_slice::<serde_json::Value>(&line).unwrap();
}

#[test]
fn replies_go_astray_double_and_out_of_order() {
    let world = with_fault("{before: turn/start reply, do: unknown-id}");
    let (mut client, thread) = world.thread();
    let id = client.turn(&thread, "x");
    let messages = client.until_method("turn/completed");
    assert!(messages.iter().all(|message| message["id"] != id));

    let world = with_fault("{before: turn/completed, do: duplicate}");
    let (mut client, thread) = world.thread();
    client.whole_turn(&thread, "x");
    assert_eq!(client.message()["method"], "turn/completed");

    let world = with_fault("{before: turn/start reply, do: reorder}");
    let (mut client, thread) = world.thread();
    let id = client.turn(&thread, "x");
    assert_eq!(
        client.until(|message| message["method"] != "thread/started")[0]["method"],
        "thread/started"
    );
    assert_eq!(client.message()["id"], id);
}

#[test]
fn what_is_dropped_does_not_come() {
    let world = with_fault("{before: turn/completed, do: drop}");
    let (mut client, thread) = world.thread();
    client.turn(&thread, "x");
    let (_, output, _) = {
        client.until(|message| message["params"]["status"]["type"] == "idle");
        client.finish()
    };
    assert!(output.is_empty());

    let world = with_fault("{before: turn/interrupt, do: drop}");
    let (mut client, thread) = world.thread();
    client.request(
        "turn/interrupt",
        json!({ "threadId": thread, "turnId": "" }),
    );
    let reply = client.ask("thread/loaded/list", json!({}));
    assert_eq!(reply["id"], 4);
}

#[test]
fn requests_are_refused() {
    let world = World::new(
        "faults: [{before: turn/start, do: overload}, {before: turn/start, nth: 2, do: {error: {code: -32603, message: died}}}]",
    );
    let (mut client, thread) = world.thread();
    let input = json!({ "threadId": thread, "input": [] });
    let reply = client.ask("turn/start", input.clone());
    assert_eq!(reply["error"]["code"], -32001);
    assert_eq!(
        client.ask("turn/start", input.clone())["error"]["message"],
        "died"
    );
    assert!(client.ask("turn/start", input)["result"].is_object());
}

#[test]
fn every_means_from_the_nth_on() {
    let world = with_fault("{before: thread/loaded/list, nth: 2, every: true, do: overload}");
    let mut client = world.serve();
    client.initialize();
    let refused: Vec<bool> = (0..4)
        .map(|_| {
            client
                .ask("thread/loaded/list", json!({}))
                .get("error")
                .is_some()
        })
        .collect();
    assert_eq!(refused, [false, true, true, true]);
}

#[test]
fn errors_flood() {
    let world = with_fault("{before: initialize, do: {stderr: {text: boom, times: 3000}}}");
    let mut client = world.serve();
    client.initialize();
    let (_, _, errors) = client.finish();
    assert_eq!(errors.lines().filter(|line| *line == "boom").count(), 3000);
}

#[test]
fn a_process_is_left_behind() {
    for own_session in [false, true] {
        let world = with_fault(&format!(
            "{{before: initialize, do: {{grandchild: {{lives: 60s, holds-streams: false, own-session: {own_session}}}}}}}"
        ));
        let mut client = world.serve();
        client.initialize();
        assert_eq!(client.finish().0.code(), Some(0));
        let pid = world.events_of("grandchild")[0]["pid"].as_i64().unwrap();
        let pid = nix::unistd::Pid::from_raw(i32::try_from(pid).unwrap());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).expect("it lives");
    }
}

#[test]
fn a_frozen_process_does_nothing_more() {
    let world = with_fault("{before: turn/start, do: freeze}");
    let (mut client, thread) = world.thread();
    client.turn(&thread, "x");
    client.close();
    assert_eq!(client.child.try_wait().unwrap(), None);
    client.child.kill().unwrap();
    assert_eq!(client.child.wait().unwrap().signal(), Some(9));
}
