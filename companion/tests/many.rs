//! Many commands at once in one workspace.
//!
//! `MANY=200x64 cargo test -p companion --test many` does 200 waves of 64 commands;
//! without it there are few, so that the test is quick.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;
use std::process::{Child, Stdio};

use common::World;
use serde_json::{Value, json};

/// Waves, and commands in each.
fn size() -> (usize, usize) {
    let Some(asked) = std::env::var_os("MANY") else {
        return (4, 16);
    };
    let asked = asked.into_string().unwrap();
    let (waves, wave) = asked.split_once('x').unwrap();
    (waves.parse().unwrap(), wave.parse().unwrap())
}

/// Jobs that ended stay on record until 50 newer ones have; so many are looked at after each wave.
const KEPT: usize = 50;

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
    let (waves, wave) = size();
    let world = World::with_turns(json!([]));
    let mut expected = BTreeSet::new();
    for number in 0..waves {
        let dispatched = run_wave(&world, number, wave);
        assert_eq!(
            dispatched.len(),
            wave / 2,
            "every launch answered with a job"
        );
        for id in &dispatched {
            world
                .run(&["status", id, "--wait", "--timeout-ms", "60000"])
                .good();
        }
        let known: BTreeSet<String> = world
            .rows()
            .iter()
            .map(|row| row["id"].as_str().unwrap().to_owned())
            .collect();
        // Ids begin with the time, so the last ones of a set are the newest jobs.
        expected.extend(dispatched.iter().cloned());
        while expected.len() > KEPT {
            let oldest = expected.iter().find(|id| !known.contains(*id)).cloned();
            expected.remove(&oldest.unwrap());
        }
        assert_eq!(known, expected, "in wave {number}");
        assert!(dispatched.is_subset(&known), "in wave {number}");
        for id in &dispatched {
            assert_agrees(&world, id);
        }
    }
    world.assert_no_process_left();
    for file in std::fs::read_dir(world.state_folder().join("jobs")).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let (id, kind) = name.rsplit_once('.').unwrap();
        assert!(expected.contains(id), "left behind: {name}");
        assert!(
            ["json", "log", "worker"].contains(&kind),
            "left behind: {name}"
        );
    }
}

/// Launches, cancels and looks at once; gives the jobs that were dispatched.
fn run_wave(world: &World, number: usize, wave: usize) -> BTreeSet<String> {
    let mut children = Vec::new();
    for place in 0..wave {
        let prompt = format!("do {number}-{place}");
        children.push(match place % 4 {
            0 | 1 => start(world, &["task", "--background", "--json", &prompt]),
            2 => start(world, &["cancel"]),
            _ => start(world, &["status", "--json"]),
        });
    }
    let mut dispatched = BTreeSet::new();
    for child in children {
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!stderr.contains("panicked"), "{stderr}");
        assert!(!stderr.contains("job records"), "{stderr}");
        let reply: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        if let Some(id) = reply["jobId"]
            .as_str()
            .filter(|_| reply["logFile"].is_string())
        {
            dispatched.insert(id.to_owned());
        }
    }
    dispatched
}

fn assert_agrees(world: &World, id: &str) {
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
