//! What `doctor` finds.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::process::{Command, Stdio};

use common::World;
use serde_json::{Value, json};

/// The findings by their subjects.
fn findings(world: &World) -> Value {
    let report = world.run(&["doctor", "--json"]).json();
    let mut by_subject = json!({});
    for finding in report["findings"].as_array().unwrap() {
        by_subject[finding["subject"].as_str().unwrap()] = finding.clone();
    }
    by_subject
}

fn assert_wrong(world: &World, subject: &str, said: &str) {
    let finding = &findings(world)[subject];
    assert_eq!(finding["good"], false, "{finding}");
    assert!(
        finding["detail"].as_str().unwrap().contains(said),
        "{finding}"
    );
    assert!(!finding["remedy"].as_str().unwrap().is_empty(), "{finding}");
}

#[test]
fn a_good_installation_has_nothing_wrong() {
    let mut world = World::with_turns(json!([]));
    world
        .run(&["export-plugin", world.path("export").to_str().unwrap()])
        .good();
    let root = world.path("export/codex").display().to_string();
    world.variables.push(("CLAUDE_PLUGIN_ROOT".into(), root));
    world.run(&["task", "fix it"]).good();
    let program = world.path("export/codex/bin/codex-companion");
    let output = world
        .command(program.to_str().unwrap())
        .arg("doctor")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    assert!(text.ends_with("Nothing is wrong.\n"), "{text}");
    assert!(
        !text.contains("WRONG") && !text.contains("Remedy"),
        "{text}"
    );
}

#[test]
fn each_trouble_is_named_with_its_remedy() {
    let mut world = World::with_turns(json!([["hang"]]));
    let id = world.dispatch("fix it");
    let row = world.until(&id, |row| row["turnId"].is_string());
    let pid = row["pid"].as_i64().unwrap();
    let dead = |pid: i64| {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(pid).unwrap());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
    };
    dead(pid);
    while findings(&world)["workers"]["good"] == true {
        std::thread::yield_now();
    }
    assert_wrong(&world, "workers", &id);
    assert_wrong(&world, "hook registration", "hooks.json");

    fs::write(world.state_folder().join("state.json"), "{").unwrap();
    assert_wrong(&world, "job records", "no JSON");

    let mut sleeper = Command::new("sleep")
        .arg("1000")
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let note = json!({"endpoint": "unix:/x", "pid": sleeper.id()});
    fs::write(world.state_folder().join("broker.json"), note.to_string()).unwrap();
    assert_wrong(
        &world,
        "broker of the Node plugin",
        &sleeper.id().to_string(),
    );
    sleeper.kill().unwrap();
    sleeper.wait().unwrap();
    assert_eq!(findings(&world)["broker of the Node plugin"]["good"], true);

    let other = companion::state::directory(None, &world.path("tmp"), &world.workspace());
    fs::create_dir_all(&other).unwrap();
    fs::write(
        other.join("state.json"),
        r#"{"version":1,"jobs":[{"id":"a"}]}"#,
    )
    .unwrap();
    assert_wrong(&world, "records elsewhere", "1 jobs");

    let settings = json!({"enabledPlugins": {"codex@a": true, "codex@b": true, "codex@c": false}});
    fs::create_dir(world.path("home/.claude")).unwrap();
    fs::write(
        world.path("home/.claude/settings.json"),
        settings.to_string(),
    )
    .unwrap();
    assert_wrong(&world, "other Codex plugins", "codex@a and codex@b are");

    world
        .variables
        .push(("CODEX_COMPANION_TURN_TIMEOUT_MS".into(), "an hour".into()));
    assert_wrong(&world, "limits", "\"an hour\"");
    let refused = world.run(&["task", "fix it"]);
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.stderr.contains("CODEX_COMPANION_TURN_TIMEOUT_MS"),
        "{refused:?}"
    );

    fs::remove_file(world.path("bin/codex")).unwrap();
    assert_wrong(&world, "codex", "not found");
    world.assert_no_process_left();
}
