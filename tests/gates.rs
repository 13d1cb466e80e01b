//! Each kind of gate in a scenario: it holds, kills and refuses where it says, time stands meanwhile, the point is in the
//! event log, and a gate that nobody comes to is a failure at its line.

#![cfg(test)]
#![allow(clippy::unwrap_used)] // a test says what went wrong by panicking

use assert_cmd::Command;
use rstest::rstest;
use serde_json::Value;

/// Runs a scenario: how it ended, what was said of it, and its event log.
fn run(text: &str) -> (Option<i32>, String, Vec<Value>) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("case.yaml"), text).unwrap();
    let output = Command::cargo_bin("rescue-harness")
        .unwrap()
        .current_dir(folder.path())
        .env("RESCUE_HARNESS_STATE", folder.path().join("state"))
        .env("NO_COLOR", "1")
        .args(["run", "case.yaml", "--events", "events"])
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let log = std::fs::read_to_string(folder.path().join("events/case.jsonl")).unwrap_or_default();
    let events = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    (
        output.status.code(),
        String::from_utf8(said).unwrap(),
        events,
    )
}

/// What the log says of gates: how, where, and when.
fn points(events: &[Value]) -> Vec<(String, String, u64)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let gates = events.iter().filter_map(|event| {
        let gate = event["what"].get("gate")?;
        let at = event["at_us"].as_u64().unwrap_or_default();
        Some((text(&gate["outcome"]), text(&gate["detail"]), at))
    });
    gates.collect()
}

/// The clock is looked at before and within the gate; the probe says what is there at that moment.
#[rstest]
#[case::before_open(
    "before: {open: '*/f'}",
    "echo new > f",
    "test -e f || echo none",
    "none"
)]
#[case::after_open("after: {open: '*/f'}", "echo new > f", "wc -c < f", "0")]
#[case::before_write("before: {write: '*/f'}", "cat g > f", "wc -c < f", "0")]
#[case::after_write("after: {write: '*/f'}", "cat g > f", "cat f", "old")]
#[case::before_rename("before: {rename: '*/f'}", "mv g f", "ls", "g")]
#[case::after_rename("after: {rename: '*/f'}", "mv g f", "ls", "f")]
#[case::after_save_by_rename("after: {save: '*/f'}", "mv g f", "cat f", "old")]
#[case::after_save_by_write("after: {save: '*/f'}", "cat g > f", "cat f", "old")]
#[case::before_unlink("before: {unlink: '*/g'}", "rm g", "ls", "g")]
#[case::after_unlink("after: {unlink: '*/g'}", "rm g", "ls; echo gone", "gone")]
#[case::before_fork("before: {fork: '*marked*'}", ": marked; (echo > f); :", "ls", "g")]
#[case::after_fork(
    "after: {fork: '*marked*'}",
    ": marked; (sleep 1; echo > f); :",
    "ls",
    "f\ng"
)]
#[case::before_exec("before: {exec: 'rm g'}", "rm g; :", "ls", "g")]
#[case::after_exec("after: {exec: 'rm g'}", "rm g; :", "ls", "g")]
#[case::before_connect(
    "before: {connect: '127.0.0.1:9'}",
    "(: < /dev/tcp/127.0.0.1/9) 2>/dev/null; rm g",
    "ls",
    "g"
)]
fn a_gate_holds_where_it_says(
    #[case] gate: &str,
    #[case] script: &str,
    #[case] probe: &str,
    #[case] there: &str,
) {
    let seen = there.replace('\n', "\\n");
    let text = format!(
        "title: t
files: {{g: \"old\\n\"}}
gates:
  - {gate}
    do:
      - advance: 90s
      - shell: {{run: {probe:?}, expect: {{exit: 0, stdout: \"{seen}\\n\"}}}}
steps:
  - shell: {{run: {script:?}}}
"
    );
    let (code, said, events) = run(&text);
    assert_eq!(code, Some(0), "{text}\n{said}");
    let points = points(&events);
    let ways: Vec<&str> = points.iter().map(|(how, _, _)| how.as_str()).collect();
    let expected = ["acted", "held", "released", "passed"];
    assert!(ways.iter().all(|way| expected.contains(way)), "{points:?}");
    let at = |way: &str| {
        points
            .iter()
            .find(|(how, ..)| how == way)
            .map(|point| point.2)
    };
    assert_eq!(
        at("released").unwrap() - at("held").unwrap(),
        90_000_000,
        "{points:?}"
    );
}

/// What `then:` does with the process, what the shell that started it sees, and which files are there then.
#[rstest]
#[case("before: {open: '*/f'}", "fail: ENOSPC", "sh -c 'echo > f'", 2, "g")]
#[case("before: {write: '*/f'}", "fail: EIO", "cat g > f", 1, "f\ng")]
#[case("before: {rename: '*/f'}", "fail: EACCES", "mv g f", 1, "g")]
#[case("before: {unlink: '*/g'}", "fail: EPERM", "rm g", 1, "g")]
#[case("before: {fork: 'sh *'}", "fail: EAGAIN", "sh -c '(rm g); :'", 2, "g")]
#[case("before: {exec: 'cat g'}", "fail: EACCES", "cat g", 126, "g")]
#[case(
    "before: {connect: '127.0.0.1:9'}",
    "fail: ETIMEDOUT",
    "(: < /dev/tcp/127.0.0.1/9) 2>&1 | grep 'timed out$' >f",
    0,
    "f\ng"
)]
#[case("before: {open: '*/f'}", "kill: SIGKILL", "sh -c 'echo > f'", 137, "g")]
#[case(
    "after: {open: '*/f'}",
    "kill: SIGTERM",
    "sh -c 'echo > f'",
    143,
    "f\ng"
)]
#[case("after: {rename: '*/f'}", "kill: SIGKILL", "mv g f", 137, "f")]
#[case("after: {unlink: '*/g'}", "kill: SIGKILL", "rm g", 137, "")]
#[case(
    "before: {fork: 'sh *'}",
    "kill: SIGKILL",
    "sh -c '(rm g); :'",
    137,
    "g"
)]
#[case("after: {exec: 'rm g'}", "kill: SIGKILL", "rm g", 137, "g")]
fn a_gate_kills_and_refuses(
    #[case] gate: &str,
    #[case] then: &str,
    #[case] script: &str,
    #[case] exit: i32,
    #[case] left: &str,
) {
    let script = format!("{script}; echo ended with $?; ls");
    let left = left
        .lines()
        .fold(String::new(), |all, name| all + name + "\\n");
    let text = format!(
        "title: t
files: {{g: \"old\\n\"}}
gates: [{{{gate}, then: {{{then}}}}}]
steps:
  - shell: {{run: {script:?}, expect: {{stdout: \"ended with {exit}\\n{left}\"}}}}
"
    );
    let (code, said, _) = run(&text);
    assert_eq!(code, Some(0), "{text}\n{said}");
}

#[rstest]
fn a_gate_that_nobody_comes_to_is_a_failure_at_its_line(
    #[values("open", "write", "rename", "unlink", "connect")] kind: &str,
    #[values("before", "after")] when: &str,
) {
    let gate = format!("{when}: {{{kind}: '*/never'}}");
    let text = format!(
        "title: t\nsteps:\n  - shell: {{run: 'echo > f; mv f g; rm g'}}\ngates:\n  - {gate}\n"
    );
    let (code, said, _) = run(&text);
    assert_eq!(code, Some(1), "{said}");
    for word in ["case.yaml:5", "somebody comes to it", "nobody did"] {
        assert!(said.contains(word), "{word} is not in\n{said}");
    }
}

#[rstest]
#[case("before: {fork: '*never*'}")]
#[case("after: {exec: 'never *'}")]
#[case("before: {message: received/turn/interrupt}")]
#[case("after: {save: '*/never'}")]
#[case("before: {open: '*/f'}, nth: 2")]
#[case("before: {open: '*/f'}, process: 'another *'")]
fn so_is_one_of_another_kind_another_process_or_another_time(#[case] gate: &str) {
    let text =
        format!("title: t\nsteps:\n  - shell: {{run: 'echo > f; (ls)'}}\ngates:\n  - {{{gate}}}\n");
    let (code, said, _) = run(&text);
    assert_eq!(code, Some(1), "{said}");
    for word in ["case.yaml:5", "somebody comes to it", "nobody did"] {
        assert!(said.contains(word), "{word} is not in\n{said}");
    }
}
