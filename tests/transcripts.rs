//! `record`, `replay` and `transcript` as a user meets them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};

use assert_cmd::Command as Harness;
use assert_cmd::cargo::cargo_bin;
use predicates::prelude::*;
use predicates::str::contains;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder with a `codex` on its PATH, which is the fake one.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new(script: &str) -> Place {
        let folder = tempfile::tempdir().unwrap();
        let place = Place { folder };
        std::fs::create_dir(place.path().join("bin")).unwrap();
        std::os::unix::fs::symlink(cargo_bin("rescue-harness"), place.path().join("bin/codex"))
            .unwrap();
        std::fs::write(place.path().join("script.yaml"), script).unwrap();
        place
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        let below = |name: &str| self.path().join(name).display().to_string();
        vec![
            ("PATH", format!("{}:/usr/bin:/bin", below("bin"))),
            ("HOME", below("home")),
            ("CODEX_HOME", below("home/.codex")),
            ("FAKE_CODEX_SCRIPT", below("script.yaml")),
            ("RESCUE_HARNESS_STATE", below("state")),
            ("MY_API_KEY", "correct-horse".to_owned()),
        ]
    }

    fn harness(&self, args: &[&str]) -> Harness {
        let mut harness = Harness::cargo_bin("rescue-harness").unwrap();
        harness
            .current_dir(self.path())
            .env_clear()
            .envs(self.environment())
            .args(args);
        harness
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// Runs a turn with this prompt against a server that this command starts; its status.
    fn turn(&self, command: &[&str], prompt: &str) -> String {
        let mut server = Command::new(command[0]);
        server
            .args(&command[1..])
            .current_dir(self.path())
            .env_clear()
            .envs(self.environment());
        let mut server = server
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = server.stdin.take().unwrap();
        let mut messages = BufReader::new(server.stdout.take().unwrap())
            .lines()
            .map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
        let mut ask = |id: u64, method: &str, params: Value| {
            let message = json!({ "id": id, "method": method, "params": params });
            writeln!(stdin, "{message}").unwrap();
            messages.find(|message| message["id"] == id).unwrap()
        };
        let info = json!({ "name": "test", "version": "1" });
        ask(1, "initialize", json!({ "clientInfo": info }));
        let started = ask(2, "thread/start", json!({ "cwd": self.path() }));
        let thread = started["result"]["thread"]["id"].clone();
        let input = json!([{ "type": "text", "text": prompt }]);
        ask(
            3,
            "turn/start",
            json!({ "threadId": thread, "input": input }),
        );
        let over = messages.find(|message| message["method"] == "turn/completed");
        drop(stdin);
        assert!(server.wait().unwrap().success());
        over.unwrap()["params"]["turn"]["status"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

#[test]
fn what_a_user_records_can_be_played_and_becomes_a_scenario() {
    let place = Place::new(
        "turns: [[{say: {text: the key is gh, deltas: [the key is gh, p_ABCDEFGHIJKLMN, OPQRSTUVWXYZ]}}, {sleep: 200ms}, {fail: broken}]]",
    );
    place
        .harness(&["record", "--wrapper", "recorded"])
        .assert()
        .success()
        .stdout(contains("export PATH=").and(contains("bin/codex")));
    let wrapper = place.path().join("recorded/codex").display().to_string();
    let version = Command::new(&wrapper)
        .arg("--version")
        .envs(place.environment())
        .output()
        .unwrap();
    assert_eq!(version.stdout, b"codex-cli 0.134.0\n");
    let prompt = format!(
        "use correct-horse in {}/x and /home/alice",
        place.path().display()
    );
    assert_eq!(place.turn(&[&wrapper, "app-server"], &prompt), "failed");
    // The second start has a file of its own, which only its owner can read.
    let file = "recorded/codex-2.jsonl";
    let text = place.read(file);
    for secret in [
        "correct-horse",
        "ABCDEF",
        "OPQRST",
        "alice",
        &place.path().display().to_string(),
    ] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
    assert!(
        text.contains("use <secret:1> in ${CWD}/x and /home/<user:1>"),
        "{text}"
    );
    let mode = std::fs::metadata(place.path().join(file))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);

    let harness = cargo_bin("rescue-harness").display().to_string();
    assert_eq!(
        place.turn(&[&harness, "replay", file, "--serve"], &prompt),
        "failed"
    );
    place
        .harness(&["replay", file])
        .assert()
        .success()
        .stdout(contains("1 passed").and(contains("broken")));
    let scenario = place
        .harness(&["transcript", file])
        .output()
        .unwrap()
        .stdout;
    std::fs::write(place.path().join("s.yaml"), scenario).unwrap();
    place.harness(&["check", "s.yaml"]).assert().success();
}

#[test]
fn the_recorder_ends_as_the_command_does_and_passes_signals_on() {
    let place = Place::new("");
    for (command, code, signal) in [
        ("exit 3", Some(3), None),
        ("kill -KILL $$", None, Some(9)),
        (
            "trap 'exit 7' TERM; kill -TERM $PPID; while :; do sleep 0.01; done",
            Some(7),
            None,
        ),
    ] {
        let out = format!("{}.jsonl", code.or(signal).unwrap());
        let args = ["record", "--out", &out, "--", "sh", "-c", command];
        let output = place.harness(&args).output().unwrap();
        assert_eq!(output.status.code(), code, "{command}");
        assert_eq!(output.status.signal(), signal, "{command}");
        let exit = code.or(signal.map(|signal| -signal)).unwrap();
        let text = place.read(&out);
        assert!(text.contains(&format!("{{\"exit\":{exit}}}")), "{text}");
        assert_eq!(
            text.contains("signal SIGTERM"),
            command.contains("PPID"),
            "{text}"
        );
    }
    // What the command left behind and holds its streams keeps the recorder no longer than a moment.
    place
        .harness(&[
            "record",
            "--out",
            "left.jsonl",
            "--",
            "sh",
            "-c",
            "echo hi; sleep 1000 & echo $! > pid",
        ])
        .assert()
        .success()
        .stdout("hi\n");
    let pid = nix::unistd::Pid::from_raw(place.read("pid").trim().parse().unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
}

#[test]
fn mistakes_are_told_with_the_remedy() {
    let place = Place::new("");
    let fails = |args: &[&str], code: i32, said: &str| {
        place
            .harness(args)
            .assert()
            .code(code)
            .stderr(contains(said));
    };
    fails(
        &["transcript", "missing.jsonl"],
        2,
        "cannot read the transcript",
    );
    fails(
        &["replay", "missing.jsonl"],
        2,
        "cannot read the transcript",
    );
    fails(&["record", "--", "/nonexistent/codex"], 2, "on the PATH");
    fails(&["record"], 2, "COMMAND");
    fails(
        &["record", "--out", "no/such/x", "--", "cat"],
        2,
        "cannot write the transcript",
    );
    std::fs::write(place.path().join("bad.jsonl"), "{\"t\":0}\n").unwrap();
    fails(&["transcript", "bad.jsonl"], 2, "bad.jsonl:1:");
    std::fs::remove_file(place.path().join("bin/codex")).unwrap();
    fails(&["record", "--wrapper", "w"], 2, "npm install");
    // A conversation without a turn is told, and still becomes a scenario.
    std::fs::write(place.path().join("empty.jsonl"), "").unwrap();
    place
        .harness(&["transcript", "empty.jsonl"])
        .assert()
        .success()
        .stderr(contains("has no turn"));
}
