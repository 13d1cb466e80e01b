//! Command lines that ask for help, and those that are wrong.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::Stdio;

use common::{COMPLETE, World};
use serde_json::json;

const COMMANDS: [&str; 10] = [
    "task",
    "status",
    "result",
    "cancel",
    "review",
    "adversarial-review",
    "task-resume-candidate",
    "setup",
    "doctor",
    "export-plugin",
];

#[test]
fn every_command_has_its_help_and_does_nothing_for_it() {
    let world = World::new(json!({}));
    let overview = world.run(&["--help"]).good().stdout;
    for command in COMMANDS {
        assert!(overview.contains(&format!("  {command} ")), "{command}");
        for arguments in [
            &[command, "--help"][..],
            &[command, "-h"],
            &["help", command],
        ] {
            let ran = world.run(arguments).good();
            let usage = format!("Usage: codex-companion {command}");
            assert!(ran.stdout.contains(&usage), "{ran:?}");
        }
    }
    assert!(world.rows().is_empty() && world.received().is_empty());
}

#[test]
fn wrong_command_lines_are_refused_before_anything_happens() {
    let world = World::new(json!({}));
    for (arguments, said) in [
        (&["statsu"][..], "no command statsu"),
        (
            &["task", "--bakground", "fix it"],
            "put -- before that text",
        ),
        (&["task", "--bakground fix it"], "no option --bakground"),
        (&["task", "--model"], "--model needs a value"),
        (
            &["task", "--model", "--write", "fix it"],
            "--model needs a value",
        ),
        (&["task", "--json=yes", "fix it"], "true or false"),
        (
            &["task", "--cwd", "missing", "fix it"],
            "is not a directory",
        ),
        (&["task", "--prompt-file", "missing"], "cannot be read"),
        (
            &["task", "--prompt-file", "odd.txt"],
            "odd.txt is not valid UTF-8",
        ),
        (
            &["task", "--resume-last", "--resume-thread", "t"],
            "--resume-thread names",
        ),
        (&["task", ""], "There is no prompt"),
        (&["review", "--cwd", "missing"], "is not a directory"),
        (&["review", "--nope"], "no option --nope"),
        (&["status", "--nope"], "no option --nope"),
        (&["status", "a", "b"], "\"b\" is one word too many"),
        (
            &["status", "--timeout-ms", "soon"],
            "no whole number of milliseconds",
        ),
        (&["result", "--all"], "no option --all"),
        (&["cancel", "a", "b"], "one word too many"),
        (&["setup", "now"], "one word too many"),
        (&["doctor", "--fix"], "no option --fix"),
        (&["export-plugin"], "needs the folder"),
        (&["export-plugin", "a", "b"], "one word too many"),
    ] {
        std::fs::write(world.workspace().join("odd.txt"), b"odd \xff").unwrap();
        let ran = world.run(arguments);
        assert_eq!(ran.code, Some(1), "{arguments:?}: {ran:?}");
        assert!(ran.stderr.contains(said), "{arguments:?}: {ran:?}");
        assert_eq!(ran.stdout, "", "{arguments:?}");
    }
    let mut command = world.companion(&["task"]);
    let output = command
        .arg(OsStr::from_bytes(b"fix \xff"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("not valid UTF-8"));
    assert!(world.rows().is_empty() && world.received().is_empty());
}

#[test]
fn a_prompt_reaches_codex_as_it_was_written() {
    let prompt = "don't  touch\n\n\"this\"";
    let world = World::new(json!({}));
    for arguments in [&["task", prompt][..], &["task", "--write", "--", prompt]] {
        world.run(arguments).good();
        assert_eq!(world.rows()[0]["request"]["prompt"], prompt);
    }
    std::fs::write(world.workspace().join("prompt.txt"), prompt).unwrap();
    world.run(&["task", "--prompt-file", "prompt.txt"]).good();
    assert_eq!(world.rows()[0]["request"]["prompt"], prompt);
    let mut command = world.companion(&["task"]);
    command.stdin(std::fs::File::open(world.workspace().join("prompt.txt")).unwrap());
    assert!(command.output().unwrap().status.success());
    assert_eq!(world.rows()[0]["request"]["prompt"], prompt);
}

#[test]
fn output_that_cannot_be_written_is_an_error_and_a_reader_that_left_is_none() {
    let world = World::new(json!({}));
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let mut command = world.companion(&["task", "fix it"]);
    let output = command
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("could not be written"));
    assert!(
        world
            .run(&["task", "again"])
            .good()
            .stdout
            .contains(COMPLETE)
    );
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = world.companion(&["status", "--all"]);
    let output = command
        .stdout(writer)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}

#[test]
fn a_wait_that_is_over_says_how_to_go_on() {
    let world = World::with_turns(json!([["hang"]]));
    let id = world.dispatch("fix it");
    let ran = world
        .run(&["status", &id, "--wait", "--timeout-ms", "0"])
        .good();
    assert!(ran.stdout.contains(&format!("job {id} goes on")), "{ran:?}");
    let huge = u64::MAX.to_string();
    let mut waiting = world.companion(&["status", &id, "--wait", "--timeout-ms", &huge]);
    let waiting = waiting.stdout(Stdio::piped()).spawn().unwrap();
    world.run(&["cancel", &id]).good();
    let output = waiting.wait_with_output().unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("| cancelled |"));
    world.assert_no_process_left();
}
