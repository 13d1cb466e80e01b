//! Many commands at once in one workspace.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;
use std::process::{Child, Stdio};

use common::World;
use serde_json::{Value, json};

const WAVE: usize = 16;
const WAVES: usize = 4;

fn start(world: &World, arguments: &[&str]) -> Child {
    let mut command = world.companion(arguments);
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn no_job_and_no_update_is_lost() {
    let world = World::with_turns(json!([]));
    let mut dispatched = BTreeSet::new();
    for wave in 0..WAVES {
        let mut children = Vec::new();
        for number in 0..WAVE {
            children.push(match number % 4 {
                0 | 1 => start(
                    &world,
                    &[
                        "task",
                        "--background",
                        "--json",
                        &format!("do {wave}-{number}"),
                    ],
                ),
                2 => start(&world, &["cancel"]),
                _ => start(&world, &["status", "--json"]),
            });
        }
        for child in children {
            let output = child.wait_with_output().unwrap();
            let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!stderr.contains("panicked"), "{stderr}");
            let reply: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
            if let Some(id) = reply["jobId"]
                .as_str()
                .filter(|_| reply["logFile"].is_string())
            {
                dispatched.insert(id.to_owned());
            }
        }
    }
    assert_eq!(
        dispatched.len(),
        WAVE / 2 * WAVES,
        "every launch answered with a job"
    );
    for id in &dispatched {
        world
            .run(&["status", id, "--wait", "--timeout-ms", "60000"])
            .good();
    }
    let rows = world.rows();
    let known: BTreeSet<String> = rows
        .iter()
        .map(|row| row["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(known, dispatched);
    for id in &dispatched {
        let (row, file) = world.records(id);
        assert!(
            matches!(row["status"].as_str(), Some("completed" | "cancelled")),
            "{row}"
        );
        for field in [
            "status",
            "phase",
            "pid",
            "completedAt",
            "threadId",
            "errorMessage",
        ] {
            assert_eq!(row[field], file[field], "{field} of {id}");
        }
        for leftover in ["pidStartTime", "launcherPid", "cancelRequestedAt"] {
            assert_eq!(row.get(leftover), None, "{leftover} of {id}");
        }
    }
    world.assert_no_process_left();
}
