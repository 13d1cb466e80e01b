//! `kill -9` at arbitrary moments: the next look finds every job in a true, final state.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::process::{Child, Stdio};
use std::time::Duration;

use common::World;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

/// Moments after the start, in microseconds; a launch takes a few milliseconds.
const MOMENTS: [u64; 7] = [0, 700, 1800, 3300, 5500, 11_000, 20_000];

fn start(world: &World, arguments: &[&str]) -> Child {
    let mut command = world.companion(arguments);
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Every job is looked at, stopped if it is active, and then on record as ended, with nothing left.
fn assert_settled(world: &World) {
    let report = world.run(&["status", "--all", "--json"]).good().json();
    for job in report["running"].as_array().unwrap() {
        let ran = world.run(&["cancel", job["id"].as_str().unwrap()]);
        assert!(
            ran.code == Some(0) || ran.stderr.contains("No active job"),
            "{ran:?}"
        );
    }
    world.assert_no_process_left();
    world.run(&["status"]).good();
    for row in world.rows() {
        let (row, file) = world.records(row["id"].as_str().unwrap());
        assert!(
            matches!(
                row["status"].as_str(),
                Some("completed" | "failed" | "cancelled")
            ),
            "{row}"
        );
        assert_eq!(
            (&row["status"], &row["phase"]),
            (&file["status"], &file["phase"]),
            "{row}"
        );
        assert_eq!(
            (&row["pid"], &file["pid"]),
            (&Value::Null, &Value::Null),
            "{row}"
        );
        assert_eq!(
            row["status"] == "completed",
            file.get("result").is_some(),
            "{file}"
        );
    }
}

#[test]
fn a_launcher_killed_at_any_moment() {
    for moment in MOMENTS {
        let world = World::with_turns(json!([["hang"]]));
        let mut child = start(&world, &["task", "--background", "fix it"]);
        std::thread::sleep(Duration::from_micros(moment));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_settled(&world);
    }
}

#[test]
fn a_worker_killed_at_any_moment() {
    for moment in MOMENTS {
        let world = World::with_turns(json!([[{"say": "Done."}]]));
        let id = world.dispatch("fix it");
        let pid = world.records(&id).0["pid"].as_i64();
        std::thread::sleep(Duration::from_micros(moment * 3));
        if let Some(pid) = pid.and_then(|pid| i32::try_from(pid).ok()) {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
        assert_settled(&world);
    }
}

#[test]
fn a_cancel_killed_at_any_moment() {
    for moment in MOMENTS {
        let world = World::with_turns(json!([["hang"]]));
        let id = world.dispatch("fix it");
        world.until(&id, |row| row["turnId"].is_string());
        let mut child = start(&world, &["cancel", &id]);
        std::thread::sleep(Duration::from_micros(moment));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_settled(&world);
        assert_eq!(
            world.records(&id).0["status"],
            "cancelled",
            "after {moment} microseconds"
        );
    }
}
