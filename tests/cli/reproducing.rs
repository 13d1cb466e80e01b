//! From a report to a file, and a way into a run.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;

use crate::place::{GOOD, Place};

#[test]
fn a_kept_sandbox_can_be_entered() {
    let place = Place::new();
    place.write(
        "a.yaml",
        "title: Kept\nsteps:\n  - agent: {task: fix}\nexpect: {told: done}\n",
    );
    let output = place
        .harness(&["run", "a.yaml", "--keep"])
        .success()
        .get_output()
        .stdout
        .clone();
    let text = String::from_utf8(output).unwrap();
    let script = text
        .split("go on by hand    sh ")
        .nth(1)
        .unwrap()
        .lines()
        .next()
        .unwrap()
        .to_owned();
    let status = Command::new("sh")
        .args([
            &script,
            "sh",
            "-c",
            "\"$CLAUDE_PLUGIN_ROOT/bin/codex-companion\" status --all",
        ])
        .assert();
    status.success().stdout(contains("completed"));
    std::fs::remove_dir_all(Path::new(&script).parent().unwrap().parent().unwrap()).unwrap();
}

#[test]
fn the_doctor_finds_a_stuck_job_and_changes_nothing() {
    let place = Place::new();
    let state = "{\"jobs\": [{\"id\": \"task-1\", \"status\": \"running\", \"pid\": 987654321}]}";
    place
        .write("data/state/project-1/state.json", state)
        .write("data/state/project-1/jobs/task-1.json", "{}");
    place
        .harness(&["doctor", "--data", "data"])
        .code(1)
        .stdout(contains("process 987654321 is gone").and(contains("/codex:cancel task-1")));
    assert_eq!(place.read("data/state/project-1/state.json"), state);
    place
        .harness(&["doctor", "--data", "date"])
        .code(1)
        .stdout(contains("WRONG  state: cannot read date"));
    place
        .write("other/notes/a.txt", "")
        .harness(&["doctor", "--data", "other"])
        .stdout(contains("other holds no workspace"));
}

#[test]
fn a_paused_world_goes_on_when_it_is_told() {
    let place = Place::new();
    place.write("a.yaml", "title: Paused\nsteps:\n  - agent: {task: fix}\n  - advance: 5m\nexpect: {told: done}\n").write("b.yaml", GOOD);
    for (at, said) in [
        ("2", "paused before step 2"),
        ("turn/start", "paused after codex: received turn/start"),
    ] {
        let mut run = Command::cargo_bin("rescue-harness").unwrap();
        run.current_dir(place.path())
            .args(["run", "a.yaml", "--pause-at", at])
            .env("RESCUE_HARNESS_STATE", place.path().join("state"));
        run.write_stdin("\n")
            .assert()
            .success()
            .stderr(contains(said).and(contains("/enter")))
            .stdout(contains("1 passed"));
    }
    place
        .harness(&["run", "a.yaml", "b.yaml", "--pause-at", "1"])
        .code(2)
        .stderr(contains("exactly one scenario, not 2"));
}

#[test]
fn a_step_that_there_is_not_is_told() {
    let place = Place::new();
    place.write("a.yaml", GOOD);
    place
        .harness(&["run", "a.yaml", "--pause-at", "7"])
        .success()
        .stderr(contains("the run never came to `7`"));
}

#[test]
fn time_stands_still_in_the_shell_of_a_pause() {
    let place = Place::new();
    place.write(
        "a.yaml",
        "title: Paused\nsteps:\n  - companion: {run: status}\n  - advance: 5m\n",
    );
    let mut run = std::process::Command::new(assert_cmd::cargo::cargo_bin("rescue-harness"));
    run.current_dir(place.path())
        .args(["run", "a.yaml", "--pause-at", "2"])
        .env("RESCUE_HARNESS_STATE", place.path().join("state"))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let mut run = run.spawn().unwrap();
    let mut told = std::io::BufReader::new(run.stderr.take().unwrap());
    let mut script = None;
    while script.is_none() {
        let mut line = String::new();
        assert!(std::io::BufRead::read_line(&mut told, &mut line).unwrap() > 0);
        script = line.split("sh ").nth(1).map(|path| path.trim().to_owned());
    }
    let date = Command::new("sh")
        .args([script.as_deref().unwrap(), "date", "-u", "+%Y-%m-%d"])
        .assert();
    date.success().stdout("2026-06-01\n");
    // What is left behind in the shell would wait for a time that never comes.
    let mut left = std::process::Command::new("sh")
        .args([script.as_deref().unwrap(), "sleep", "77"])
        .spawn()
        .unwrap();
    let command = format!("/proc/{}/cmdline", left.id());
    soon(|| std::fs::read(&command).unwrap().starts_with(b"sleep"));
    drop(run.stdin.take());
    assert!(run.wait().unwrap().success());
    soon(|| left.try_wait().unwrap().is_some());
    assert_eq!(left.wait().unwrap().signal(), Some(9));
}

/// Waits until it is so.
fn soon(mut so: impl FnMut() -> bool) {
    let bound = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !so() {
        assert!(std::time::Instant::now() < bound, "it never was so");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

#[test]
fn a_person_watches_at_a_speed() {
    let place = Place::new();
    place.write(
        "a.yaml",
        "title: Watched\nsteps:\n  - companion: {run: status}\n  - advance: 10m\n",
    );
    place
        .harness(&["run", "a.yaml", "--real-time=1000000", "--follow"])
        .success()
        .stderr(contains("scenario").and(contains("step 2: advance")))
        .stdout(contains("10m00s"));
    place
        .harness(&["run", "a.yaml", "--real-time=fast"])
        .code(2)
        .stderr(contains("`fast` is no speed"));
}
