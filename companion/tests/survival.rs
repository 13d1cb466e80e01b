//! What happens when processes die.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::process::Stdio;

use common::{World, is_context};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

fn kill_worker(row: &Value, signal: Signal) {
    let pid = i32::try_from(row["pid"].as_i64().unwrap()).unwrap();
    kill(Pid::from_raw(pid), signal).unwrap();
}

/// Kills the worker and waits until it is dead, which it is when its last thread has let go of its lock.
fn kill_dead(world: &World, row: &Value) {
    kill_worker(row, Signal::SIGKILL);
    let id = row["id"].as_str().unwrap();
    let lock = world.state_folder().join(format!("jobs/{id}.worker"));
    std::fs::File::open(lock).unwrap().lock_shared().unwrap();
}

fn parent_of(pid: i64) -> i64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    stat.rsplit_once(") ")
        .unwrap()
        .1
        .split(' ')
        .nth(1)
        .unwrap()
        .parse()
        .unwrap()
}

#[test]
fn a_killed_worker_is_noticed_by_whoever_looks_first() {
    type Look = (&'static [&'static str], Option<i32>, &'static str);
    let looks: [Look; 5] = [
        (&["status"], Some(0), "failed"),
        (&["status", "{id}"], Some(0), "failed"),
        (
            &["status", "{id}", "--wait", "--timeout-ms", "600000"],
            Some(0),
            "failed",
        ),
        (&["result", "{id}"], Some(0), "gone without"),
        (&["cancel", "{id}"], Some(1), "No active job"),
    ];
    for (arguments, code, said) in looks {
        let world = World::with_turns(json!([["hang"]]));
        let id = world.dispatch("fix it");
        let row = world.until(&id, |row| row["turnId"].is_string());
        kill_dead(&world, &row);
        let arguments: Vec<String> = arguments
            .iter()
            .map(|word| word.replace("{id}", &id))
            .collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let ran = world.run(&arguments);
        assert_eq!(ran.code, code, "{ran:?}");
        assert!(
            format!("{}{}", ran.stdout, ran.stderr).contains(said),
            "{ran:?}"
        );
        let (row, file) = world.records(&id);
        for record in [&row, &file] {
            assert_eq!(
                (&record["status"], &record["phase"], &record["pid"]),
                (&json!("failed"), &json!("failed"), &Value::Null)
            );
            assert!(record["errorMessage"].as_str().unwrap().contains(&id));
        }
        world.assert_no_process_left();
    }
}

#[test]
fn a_waiting_foreground_task_ends_with_its_worker() {
    let world = World::with_turns(json!([["hang"]]));
    let mut command = world.companion(&["task", "--json", "fix it"]);
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while world.rows().is_empty() {
        std::thread::yield_now();
    }
    let id = world.rows()[0]["id"].as_str().unwrap().to_owned();
    let row = world.until(&id, |row| row["turnId"].is_string());
    kill_worker(&row, Signal::SIGKILL);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let reply: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(reply["job"]["status"], "failed");
    assert_eq!(reply["errorMessage"], reply["job"]["errorMessage"]);
    world.assert_no_process_left();
}

#[test]
fn a_worker_is_no_child_of_its_launcher_and_outlives_it() {
    let world = World::with_turns(json!([[{"await": "turn/interrupt"}]]));
    let mut launcher = world.companion(&["task", "fix it"]).spawn().unwrap();
    while world.rows().is_empty() {
        std::thread::yield_now();
    }
    let id = world.rows()[0]["id"].as_str().unwrap().to_owned();
    let row = world.until(&id, |row| row["turnId"].is_string());
    let pid = row["pid"].as_i64().unwrap();
    assert_ne!(parent_of(pid), i64::from(launcher.id()));
    launcher.kill().unwrap();
    launcher.wait().unwrap();
    let status = world.run(&["status", &id, "--json"]).good().json();
    assert_eq!(status["job"]["status"], "running");
    assert_eq!(status["job"]["pid"], pid);
    world.run(&["cancel", &id]).good();
    world.assert_no_process_left();
}

#[test]
fn a_worker_that_is_terminated_says_so() {
    let world = World::with_turns(json!([["hang"]]));
    let id = world.dispatch("fix it");
    let row = world.until(&id, |row| row["turnId"].is_string());
    kill_worker(&row, Signal::SIGTERM);
    let status = world
        .run(&["status", &id, "--wait", "--json"])
        .good()
        .json();
    assert_eq!(status["job"]["status"], "failed");
    assert!(
        status["job"]["errorMessage"]
            .as_str()
            .unwrap()
            .contains("SIGTERM")
    );
    assert!(world.received().contains(&"turn/interrupt".to_owned()));
    world.assert_no_process_left();
}

#[test]
fn a_codex_that_ignores_everything_is_killed() {
    let script = json!({"signals": {"ignore": ["TERM"], "ignore-eof": true}, "turns": [["hang"]]});
    let world = World::new(script);
    let id = world.dispatch("fix it");
    world.until(&id, |row| row["turnId"].is_string());
    world.run(&["cancel", &id]).good();
    assert_eq!(world.records(&id).0["status"], "cancelled");
    world.assert_no_process_left();
}

#[test]
fn unreadable_records_are_rebuilt() {
    let world = World::with_turns(json!([[{"say": "One."}], [{"say": "Two."}]]));
    world.run(&["task", "begin"]).good();
    let first = world.rows()[0]["id"].as_str().unwrap().to_owned();
    std::fs::write(
        world.state_folder().join("state.json"),
        "{\"version\": 1, \"jo",
    )
    .unwrap();
    let ran = world.run(&["task", "more"]).good();
    assert!(ran.stderr.starts_with("Warning: "), "{ran:?}");
    assert_eq!(world.rows().len(), 2);
    assert_eq!(world.records(&first).0["status"], "completed");
}

#[test]
fn the_end_of_a_session_cancels_its_jobs_and_keeps_their_records() {
    let world = World::with_turns(json!([["hang"], ["hang"]]));
    let mine = world.dispatch("fix it");
    world.until(&mine, |row| row["turnId"].is_string());
    let event = |reason: &str| {
        json!({"hook_event_name": "SessionEnd", "session_id": "session-main",
            "cwd": world.workspace(), "reason": reason})
    };
    world.hook(&event("clear")).good();
    assert_eq!(world.records(&mine).0["status"], "running");
    world.hook(&event("other")).good();
    let row = world.until(&mine, |row| row["status"] == "cancelled");
    assert!(
        row["errorMessage"]
            .as_str()
            .unwrap()
            .contains("session ended")
    );
    world.assert_no_process_left();
}

#[test]
fn the_hook_does_not_call_a_dead_worker_running() {
    let world = World::with_turns(json!([["hang"]]));
    let id = world.dispatch("fix it");
    let row = world.until(&id, |row| row["turnId"].is_string());
    let text = format!("[[codex-task status=dispatched id={id}]]\n");
    assert!(is_context(
        &world.context(&world.returned(&text, None)),
        "watcher"
    ));
    kill_dead(&world, &row);
    assert!(is_context(
        &world.context(&world.returned(&text, None)),
        "failure"
    ));
    assert_eq!(world.records(&id).0["status"], "failed");
}
