//! Every recorded case is run, with real processes in the simulated world, and compared with its
//! recording event for event: the order of the hooks, their inputs, and what the main thread is told.
//! What may differ stands in `tests/recordings/differences.yaml` with its reason.

#![allow(clippy::unwrap_used)]

mod compare;
mod differences;
mod run;

use compare::{comparable, compare, told};
use differences::Differences;
use rescue_harness::claude::recording::{Recording, lines};
use run::Run;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings")
}

/// The recordings of a version that are run, in order.
fn cases(version: &str, differences: &Differences) -> Vec<Recording> {
    let mut cases: Vec<Recording> = ["claude-code", "claude-code-calls"]
        .iter()
        .flat_map(|kind| std::fs::read_dir(folder().join(kind).join(version)).unwrap())
        .map(|file| Recording::load(&file.unwrap().path()).unwrap())
        .filter(|recording| !differences.leaves_out(&recording.case))
        .collect();
    cases.sort_by(|left, right| left.case.cmp(&right.case));
    cases
}

fn hooks_are_the_same(version: &str, runs: &[Run]) {
    let differences = Differences::load(&folder().join("differences.yaml"));
    let cases = cases(version, &differences);
    let mut found: Vec<String> = Vec::new();
    for recording in cases {
        let case = recording.case.as_str();
        let run = runs
            .iter()
            .find(|run| run.case == case)
            .unwrap_or_else(|| panic!("no scenario for {case}"));
        let sessions = recording.sessions();
        let recorded = comparable(
            sessions.last().unwrap(),
            case,
            version,
            &differences,
            run::replacements(),
        );
        let simulated = comparable(&run.hooks, case, version, &differences, run::replacements());
        let names = |events: &[(String, Value)]| -> Vec<String> {
            events.iter().map(|(name, _)| name.clone()).collect()
        };
        let (ours, theirs) = (names(&simulated).join("\n"), names(&recorded).join("\n"));
        if ours == theirs {
            for ((name, simulated), (_, recorded)) in simulated.iter().zip(&recorded) {
                compare(
                    &format!("{case}, input of {name}"),
                    &lines(simulated),
                    &lines(recorded),
                    &mut found,
                );
            }
        } else {
            compare(
                &format!("{case}, order of hooks"),
                &ours,
                &theirs,
                &mut found,
            );
        }
        if differences.allows_event(case, version, "told") {
            continue;
        }
        let told = told(&recording.main_thread_messages, run::replacements()).join("\n---\n");
        compare(
            &format!("{case}, what is told"),
            &run.told().join("\n---\n"),
            &told,
            &mut found,
        );
    }
    assert!(
        found.is_empty(),
        "{version} differs (- simulated, + recorded)\n{}",
        found.join("\n")
    );
}

/// The recorded `signals` of `reap`, in the words of a run: when SIGTERM came relative to hooks, and
/// how long after it SIGKILL. 2.1.197 kills this command at its timeout already.
fn signals_are_the_same(version: &str, runs: &[Run]) {
    let run = runs.iter().find(|run| run.case == "reap").unwrap();
    assert!(
        run.signals_of("tick.sh double").is_empty(),
        "{version}: what init has is spared"
    );
    for role in ["fg", "child", "setsid"] {
        let signals = run.signals_of(&format!("tick.sh {role}"));
        let killed: Vec<u64> = signals[1..]
            .iter()
            .filter(|signal| signal.name == "SIGKILL")
            .map(|signal| (signal.at - signals[0].at) / 1000)
            .collect();
        assert_eq!(signals[0].name, "SIGTERM", "{version} {role}");
        let (at, stopped) = (signals[0].at, run.last("SubagentStop"));
        let expected: &[u64] = match (version, role) {
            ("2.1.197", "setsid") => &[],
            ("2.1.197", _) => &[1300],
            _ => &[1100],
        };
        assert_eq!(killed, expected, "{version} {role}");
        if version == "2.1.197" {
            assert!(at <= stopped, "{role}: at the timeout");
        } else {
            assert!(at > stopped, "{role}: after the subagent has stopped");
            assert!(at <= run.last("PostToolUse"), "{role}: before the return");
        }
    }
}

/// A command that was moved to the background ends after the SubagentStop hooks, in both versions.
fn a_moved_command_ends_after_the_subagent(version: &str, runs: &[Run]) {
    let run = runs.iter().find(|run| run.case == "autobg").unwrap();
    let signals = run.signals_of("sleep 9");
    assert_eq!(signals[0].name, "SIGTERM", "{version}");
    assert!(signals[0].at > run.last("SubagentStop"), "{version}");
    assert!(signals[0].at <= run.last("PostToolUse"), "{version}");
}

fn parity(version: &str) {
    let runs = Run::all(version, &folder());
    hooks_are_the_same(version, &runs);
    signals_are_the_same(version, &runs);
    a_moved_command_ends_after_the_subagent(version, &runs);
}

#[test]
fn version_2_1_197() {
    parity("2.1.197");
}

#[test]
fn version_2_1_330() {
    parity("2.1.330");
}
