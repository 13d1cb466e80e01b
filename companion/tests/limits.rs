//! Every wait for Codex has an end that names what was waited for.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::World;
use serde_json::{Value, json};

fn world(script: Value, limits: &[(&str, &str)]) -> World {
    let mut world = World::new(script);
    for (name, value) in limits {
        world.variables.push((
            format!("CODEX_COMPANION_{name}_TIMEOUT_MS"),
            (*value).into(),
        ));
    }
    world
}

fn frozen(before: &str) -> World {
    let script = json!({"faults": [{"before": before, "do": "freeze"}]});
    world(script, &[("REQUEST", "150")])
}

fn last_job(world: &World) -> (Value, String) {
    let row = world.rows()[0].clone();
    let log = world.log(row["id"].as_str().unwrap());
    (row, log)
}

#[test]
fn each_request() {
    for (request, command) in [
        ("initialize", &["task", "fix it"][..]),
        ("thread/start", &["task", "fix it"]),
        ("thread/name/set", &["task", "fix it"]),
        ("turn/start", &["task", "fix it"]),
        (
            "thread/resume",
            &[
                "task",
                "--resume-thread",
                "01a21ba4-70ed-75f6-861c-54ca7fbbb64b",
            ],
        ),
        ("review/start", &["review"]),
    ] {
        let world = frozen(request);
        std::fs::write(world.workspace().join("new.txt"), "x\n").unwrap();
        let ran = world.run(command);
        assert_eq!(ran.code, Some(1), "{request}: {ran:?}");
        let (row, log) = last_job(&world);
        let reason = row["errorMessage"].as_str().unwrap();
        assert!(
            reason.contains(&format!("did not answer {request} within")),
            "{row}"
        );
        assert!(log.contains(reason), "{log}");
        assert_eq!(row["status"], "failed");
        world.assert_no_process_left();
    }
}

#[test]
fn a_resumed_list_of_threads() {
    let mut world = frozen("thread/list");
    world.session = None;
    let ran = world.run(&["task", "--resume-last"]);
    assert!(ran.stderr.contains("did not answer thread/list"), "{ran:?}");
    world.assert_no_process_left();
}

#[test]
fn silence_is_told_and_then_ends_the_turn() {
    let mut world = world(
        json!({"turns": [[{"say": {"text": "Looking.", "phase": "commentary"}}, "hang"]]}),
        &[("TURN_IDLE", "400")],
    );
    world
        .variables
        .push(("CODEX_COMPANION_TURN_IDLE_WARNING_MS".into(), "100".into()));
    let ran = world.run(&["task", "fix it"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stdout.contains("Looking."), "{ran:?}");
    let (row, log) = last_job(&world);
    assert!(log.contains("Codex has been silent for"), "{log}");
    assert!(
        row["errorMessage"]
            .as_str()
            .unwrap()
            .contains("Codex was silent for"),
        "{row}"
    );
    assert!(world.received().contains(&"turn/interrupt".to_owned()));
    world.assert_no_process_left();
}

#[test]
fn the_whole_turn() {
    let chatter: Vec<Value> = (0..200)
        .flat_map(|number| {
            [
                json!({"say": format!("{number}")}),
                json!({"sleep": "20ms"}),
            ]
        })
        .collect();
    let world = world(json!({"turns": [chatter]}), &[("TURN", "300")]);
    let ran = world.run(&["task", "fix it"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let (row, _) = last_job(&world);
    assert!(
        row["errorMessage"]
            .as_str()
            .unwrap()
            .contains("limit of 0.3 s"),
        "{row}"
    );
    world.assert_no_process_left();
}

#[test]
fn an_option_counts_before_its_variable() {
    let script = json!({"turns": [["hang"]]});
    for command in [
        &["task", "--silence-limit-ms", "150", "fix it"][..],
        &["task", "--silence-limit-ms=150", "fix it"],
        &["task", "--turn-limit-ms", "150", "fix it"],
        &["adversarial-review", "--silence-limit-ms", "150"],
    ] {
        let world = world(script.clone(), &[("TURN_IDLE", "0"), ("TURN", "0")]);
        std::fs::write(world.workspace().join("new.txt"), "x\n").unwrap();
        let ran = world.run(command);
        assert_eq!(ran.code, Some(1), "{command:?}: {ran:?}");
        let (row, _) = last_job(&world);
        let reason = row["errorMessage"].as_str().unwrap();
        assert!(reason.contains("0.15 s"), "{command:?}: {reason}");
        world.assert_no_process_left();
    }
}

#[test]
fn a_background_worker_has_the_limits_of_its_command() {
    let world = world(json!({"turns": [["hang"]]}), &[]);
    let ran = world.run(&[
        "task",
        "--background",
        "--turn-limit-ms",
        "150",
        "--json",
        "fix it",
    ]);
    let launched: Value = serde_json::from_str(&ran.stdout).unwrap();
    let id = launched["jobId"].as_str().unwrap();
    let ran = world.run(&["status", id, "--wait"]);
    assert!(ran.stdout.contains("limit of 0.15 s"), "{ran:?}");
    world.assert_no_process_left();
}

#[test]
fn an_option_that_is_no_number_starts_nothing() {
    let world = world(json!({"turns": [["hang"]]}), &[]);
    std::fs::write(world.workspace().join("new.txt"), "x\n").unwrap();
    for value in ["soon", "-1", "1.5", "99999999999999999999999", ""] {
        for option in [
            "--request-limit-ms",
            "--silence-warning-ms",
            "--silence-limit-ms",
            "--drain-limit-ms",
            "--turn-limit-ms",
        ] {
            let option_with_value = format!("{option}={value}");
            let ran = world.run(&["task", &option_with_value, "fix it"]);
            assert_eq!(ran.code, Some(1), "{ran:?}");
            assert!(ran.stderr.contains(option), "{ran:?}");
        }
        let ran = world.run(&["review", &format!("--turn-limit-ms={value}")]);
        assert!(ran.stderr.contains("--turn-limit-ms"), "{ran:?}");
    }
    assert!(world.rows().is_empty());
}
