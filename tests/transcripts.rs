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
    // It is not taken for a codex itself, and a codex that is nobody's wrapper stays as it is.
    let recorded = place.path().join("recorded");
    std::fs::create_dir(place.path().join("own")).unwrap();
    std::fs::write(place.path().join("own/codex"), "mine").unwrap();
    place
        .harness(&["record", "--wrapper", "own"])
        .assert()
        .code(2)
        .stderr(contains("own/codex is there already"));
    assert_eq!(place.read("own/codex"), "mine");
    let path = std::env::join_paths(
        std::iter::once(recorded).chain(std::env::split_paths(&place.environment()[0].1)),
    );
    place
        .harness(&["record", "--wrapper", "second"])
        .env("PATH", path.unwrap())
        .assert()
        .success()
        .stdout(
            contains("bin/codex").and(contains("records").and(contains("recorded/codex.").not())),
        );
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
    let text = place.read("left.jsonl");
    let cut = r#"{"cut":"stdout","because":"a process that the command left behind holds it;"#;
    assert!(text.contains(cut), "{text}");
}

#[test]
fn what_comes_after_the_reader_is_gone_is_recorded() {
    let place = Place::new("");
    let out = place.path().join("r.jsonl").display().to_string();
    let server = "echo one; read go; echo two; echo three";
    let mut recorder = Command::new(cargo_bin("rescue-harness"))
        .args(["record", "--out", &out, "--", "sh", "-c", server])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(recorder.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    assert_eq!(line, "one\n");
    drop(stdout);
    writeln!(recorder.stdin.take().unwrap(), "go").unwrap();
    assert!(recorder.wait().unwrap().success());
    let text = place.read("r.jsonl");
    for said in ["\"two\"", "\"three\"", "closed by the client"] {
        assert!(text.contains(said), "{said} is not in {text}");
    }
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
    std::fs::write(place.path().join("empty.jsonl"), "").unwrap();
    for command in ["transcript", "replay"] {
        fails(&[command, "empty.jsonl"], 2, "nothing was recorded");
    }
    fails(&["transcript", "."], 2, "cannot read the transcript .");
    // A conversation without a turn is told, and still becomes a scenario.
    let asked = format!(
        "{}\n",
        json!({ "t": 0, "dir": "c2s", "msg": { "id": 1, "method": "initialize" } })
    );
    std::fs::write(place.path().join("short.jsonl"), asked).unwrap();
    place
        .harness(&["transcript", "short.jsonl"])
        .assert()
        .success()
        .stderr(contains("has no turn"));
    // The client looked for the version only.
    let version = r#"{"t":0,"dir":"meta","msg":{"args":["--version"]}}"#;
    std::fs::write(place.path().join("version.jsonl"), version).unwrap();
    fails(
        &["transcript", "version.jsonl"],
        2,
        "called with `--version`",
    );
}

/// The first request of any client.
const INITIALIZE: &str =
    r#"{"id":1,"method":"initialize","params":{"clientInfo":{"name":"test","version":"1"}}}"#;

#[test]
fn every_byte_is_recorded_and_played_again() {
    let place = Place::new("");
    // A reply, bytes that are no UTF-8, half a message, and an end.
    let server = r#"read line; printf '{"id":1,"result":{}}\nab\377\302\n{"method":"thre'; exit 4"#;
    let said = b"{\"id\":1,\"result\":{}}\nab\xff\xc2\n{\"method\":\"thre";
    let asked = format!("{INITIALIZE}\n{{\"method\":\"half");
    let recorded = place
        .harness(&["record", "--out", "r.jsonl", "--", "sh", "-c", server])
        .write_stdin(asked.clone())
        .output()
        .unwrap();
    assert_eq!(
        (recorded.status.code(), &recorded.stdout[..]),
        (Some(4), &said[..])
    );
    let text = place.read("r.jsonl");
    assert!(text.contains(r#"["ab",{"hex":"ffc2"}]"#), "{text}");
    let half = r#""msg":"{\"method\":\"thre","unfinished":true"#;
    assert!(text.contains(half), "{text}");
    let played = place
        .harness(&["replay", "r.jsonl", "--serve"])
        .write_stdin(asked)
        .output()
        .unwrap();
    assert_eq!(
        (played.status.code(), &played.stdout[..]),
        (Some(4), &said[..])
    );
    place
        .harness(&["transcript", "r.jsonl"])
        .assert()
        .success()
        .stdout(contains("half-line").and(contains("invalid-utf8")));
    place
        .harness(&["replay", "r.jsonl"])
        .assert()
        .stdout(contains("r.jsonl").and(contains(".yaml").not()));
}

#[test]
fn each_request_gets_its_own_reply_whatever_its_id_and_its_order() {
    let place = Place::new("");
    let mut entries = String::new();
    let mut add = |dir: &str, msg: Value| {
        entries += &format!("{}\n", json!({ "t": 0.0, "dir": dir, "msg": msg }));
    };
    let read = |id: u64, thread: &str| json!({ "id": id, "method": "thread/read", "params": { "threadId": thread } });
    let reply = |id: Value, thread: &str| json!({ "id": id, "result": { "thread": { "id": thread, "cwd": "at ${HOME}" } } });
    add("c2s", read(1, "a"));
    add("c2s", read(2, "b"));
    add("s2c", reply(json!(2), "b"));
    add("s2c", reply(json!(1), "a"));
    std::fs::write(place.path().join("r.jsonl"), entries).unwrap();
    let asked = format!("{}\n{}\n", read(8, "b"), read(9, "a"));
    let played = place
        .harness(&["replay", "r.jsonl", "--serve"])
        .write_stdin(asked)
        .output()
        .unwrap();
    let text = String::from_utf8(played.stdout).unwrap();
    let home = place.path().join("home").display().to_string();
    let mut lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    lines.sort_by_key(|line| line["id"].as_u64());
    for (line, (id, thread)) in lines.iter().zip([(8, "b"), (9, "a")]) {
        assert_eq!(line["id"], id, "{text}");
        assert_eq!(line["result"]["thread"]["id"], thread, "{text}");
        assert_eq!(line["result"]["thread"]["cwd"], format!("at {home}"));
    }
    assert_eq!(lines.len(), 2);
}

#[test]
fn a_client_that_says_something_else_is_told_and_a_closed_stream_is_no_panic() {
    let place = Place::new("");
    let entry = json!({ "t": 0.0, "dir": "c2s", "msg": serde_json::from_str::<Value>(INITIALIZE).unwrap() });
    let stderr = json!({ "t": 0.0, "dir": "stderr", "msg": "a warning" });
    std::fs::write(place.path().join("r.jsonl"), format!("{stderr}\n{entry}\n")).unwrap();
    place
        .harness(&["replay", "r.jsonl", "--serve"])
        .write_stdin(b"\xff\xfe\n".as_slice())
        .assert()
        .failure()
        .stderr(contains("initialize").and(contains("panicked").not()));
    let harness = cargo_bin("rescue-harness");
    let status = Command::new("sh")
        .args(["-c", "exec \"$0\" replay r.jsonl --serve 2>&- >&-"])
        .arg(harness)
        .current_dir(place.path())
        .stdin(Stdio::null())
        .status()
        .unwrap();
    assert!(!status.success());
    assert_ne!(status.code(), Some(101), "it panicked");
}
