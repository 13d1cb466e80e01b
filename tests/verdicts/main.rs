//! What the harness says of runs that are not as they must be: each case must be red, and for its own reason.

#![allow(clippy::unwrap_used)] // a test says what went wrong by panicking

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// A scenario, the verdict it must get, and what must stand in its report.
struct Case {
    name: &'static str,
    text: &'static str,
    outcome: &'static str,
    says: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        name: "wrong-exit",
        text: "title: t\nsteps: [{shell: {run: exit 3, expect: {exit: 0}}}]\n",
        outcome: "failed",
        says: &[
            "\"subject\":\"exit\"",
            "\"expected\":\"0\"",
            "\"actual\":\"3\"",
        ],
    },
    Case {
        name: "wrong-word",
        text: "title: t\nsteps: [{hook: {status: failed, text: x, expect: {context: neutral}}}]\n",
        outcome: "failed",
        says: &[
            "\"subject\":\"context\"",
            "this is what the vocabulary calls `failure`",
        ],
    },
    Case {
        name: "left-process",
        text: "title: t\nsteps: [{shell: {run: 'setsid sleep 400d >/dev/null 2>&1 &'}}]\n",
        outcome: "failed",
        says: &["no process is left when the session has ended", "sleeper"],
    },
    Case {
        name: "left-process-that-is-named",
        text: "title: t\nsteps: [{shell: {run: 'setsid sleep 400d >/dev/null 2>&1 &'}}]\nexpect: {leftovers: [sleeper]}\n",
        outcome: "passed",
        says: &[],
    },
    Case {
        name: "gate-nobody-reaches",
        text: "title: t\ngates: [{before: {unlink: '*never*'}}]\nsteps: [{shell: {run: 'true'}}]\n",
        outcome: "failed",
        says: &["somebody comes to it", "nobody did"],
    },
    Case {
        name: "until-in-vain",
        text: "title: t\nsteps: [{until: {started: worker, within: 5m}}]\n",
        outcome: "failed",
        says: &[
            "\"subject\":\"until\"",
            "not after 300s",
            "\"at_us\":300000000",
        ],
    },
    Case {
        name: "endless-command",
        text: "title: t\nsteps: [{shell: {run: sleep 400d & wait, within: 1h}}]\nexpect: {leftovers: [shell, sleeper]}\n",
        outcome: "failed",
        says: &["the command ends", "it still runs after 3600s"],
    },
    Case {
        name: "capture-without-value",
        text: "title: t\nsteps: [{shell: {run: 'echo ${job}'}}]\n",
        outcome: "failed",
        says: &["`${job}` has no value here"],
    },
    Case {
        name: "stale-job",
        text: "title: t\nsteps: [{companion: {run: 'task --background fix'}}, {expect: {jobs: []}}]\n",
        outcome: "failed",
        says: &["\"expected\":\"0 jobs\""],
    },
    Case {
        name: "mended",
        text: "title: t\nsteps: [{advance: 1h}]\nhistory: {builtin: {known-bad: it was so}}\n",
        outcome: "mended",
        says: &["it was so"],
    },
    Case {
        name: "known-bad",
        text: "title: t\nsteps: [{shell: {run: 'false', expect: {exit: 0}}}]\nhistory: {builtin: {known-bad: it is so}}\n",
        outcome: "known-bad",
        says: &["it is so"],
    },
];

#[test]
fn each_case_gets_its_verdict_for_its_own_reason() {
    let folder = tempfile::tempdir().unwrap();
    for case in CASES {
        std::fs::write(folder.path().join(format!("{}.yaml", case.name)), case.text).unwrap();
    }
    let (code, report) = run(folder.path(), &[]);
    assert_eq!(code, Some(1));
    for case in CASES {
        let entry = report["scenarios"]
            .as_array()
            .unwrap()
            .iter()
            .find(|entry| entry["name"] == case.name)
            .unwrap();
        let text = entry.to_string();
        assert_eq!(entry["outcome"], case.outcome, "{}: {text}", case.name);
        for part in case.says {
            assert!(
                text.contains(part),
                "{}: {part} is not in {text}",
                case.name
            );
        }
    }
}

#[test]
fn simulated_time_costs_nothing_and_is_exact() {
    let folder = tempfile::tempdir().unwrap();
    let text = "title: t\nsteps:\n  - shell: {run: 'date +%s; sleep 86400; date +%s', expect: {stdout: \"1780304400\\n1780390800\\n\"}}\n";
    std::fs::write(folder.path().join("day.yaml"), text).unwrap();
    let (code, report) = run(folder.path(), &[]);
    assert_eq!(code, Some(0), "{report}");
    assert_eq!(report["scenarios"][0]["virtualSeconds"], 86400.0);
}

/// Not in the library: it takes the Node plugin most of a minute, in which no time is simulated.
#[test]
fn a_line_of_64_mib_does_not_stop_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let text = "title: t
codex: {turns: [[do: {long-line: {bytes: 67108864}}, sleep: 1s, say: The answer.]]}
steps: [{companion: {run: task fix, expect: {exit: 0, stdout: {contains: The answer.}}}}]
expect: {jobs: [{status: completed}]}
";
    std::fs::write(folder.path().join("line.yaml"), text).unwrap();
    let (code, report) = run(folder.path(), &[]);
    assert_eq!(code, Some(0), "{report}");
}

#[test]
fn the_same_scenario_gives_the_same_log() {
    let folder = tempfile::tempdir().unwrap();
    let text = "title: t\nsteps: [{agent: {task: '--background fix'}}, {watch: {}}]\n";
    std::fs::write(folder.path().join("same.yaml"), text).unwrap();
    let events = folder.path().join("events");
    run(
        folder.path(),
        &["--repeat", "4", "--events", &events.display().to_string()],
    );
    let log = |name: &str| std::fs::read_to_string(events.join(name)).unwrap();
    let first = log("same.jsonl");
    assert!(first.contains("turn/completed"), "{first}");
    for name in ["same.2.jsonl", "same.3.jsonl", "same.4.jsonl"] {
        assert_eq!(log(name), first, "{name}");
    }
}

fn run(folder: &Path, more: &[&str]) -> (Option<i32>, Value) {
    let report = folder.join("report.json");
    let output = Command::new(env!("CARGO_BIN_EXE_rescue-harness"))
        .arg("run")
        .arg(folder)
        .arg(format!("--report=json={}", report.display()))
        .args(more)
        .output()
        .unwrap();
    let text =
        std::fs::read_to_string(&report).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    (output.status.code(), serde_json::from_str(&text).unwrap())
}
