//! Every recorded case is run, with real processes in the simulated world, and compared with its
//! recording event for event: the order of the hooks, their inputs, and what the main thread is told.
//! What may differ stands in `tests/recordings/differences.yaml` with its reason.

#![allow(clippy::unwrap_used)]

mod differences;
mod run;

use differences::Differences;
use rescue_harness::claude::recording::{Normaliser, Recording};
use run::Run;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings")
}

/// The recordings of a version that are run, in order.
fn cases(version: &str, differences: &Differences) -> Vec<Recording> {
    let mut cases: Vec<Recording> = std::fs::read_dir(folder().join("claude-code").join(version))
        .unwrap()
        .map(|file| Recording::load(&file.unwrap().path()).unwrap())
        .filter(|recording| !differences.leaves_out(&recording.case))
        .collect();
    cases.sort_by(|left, right| left.case.cmp(&right.case));
    cases
}

/// The name of an event with what its matcher is compared with, and where it happens.
fn name(event: &Value) -> String {
    let kind = event["hook_event_name"].as_str().unwrap();
    match event["tool_name"].as_str() {
        Some("Bash") if event.get("agent_id").is_none() => format!("{kind} Bash (main thread)"),
        Some(tool) => format!("{kind} {tool}"),
        None => kind.to_owned(),
    }
}

/// The texts of a scenario and of a recording that mean the same.
const SAME: [(&str, &str); 4] = [
    ("Hand the task to Codex", "rescue"),
    ("Run Codex", "x"),
    ("codex-rescue-nope\"", "codex-rescue\""),
    ("T='sh tick.sh'", "T=${TICK}"),
];

/// Events in comparable form, with their names.
fn comparable(
    events: &[Value],
    case: &str,
    version: &str,
    differences: &Differences,
) -> Vec<(String, Value)> {
    let mut normaliser = Normaliser::new(run::replacements());
    let mut compared = Vec::new();
    for event in events {
        let name = name(event);
        let mut text = event.to_string();
        for (ours, recorded) in SAME {
            text = text.replace(ours, recorded);
        }
        let value = normaliser.value(&serde_json::from_str(&text).unwrap());
        if differences.allows_event(case, version, &name) {
            continue;
        }
        compared.push((
            name.clone(),
            without_words(differences.without_fields(case, version, &name, value)),
        ));
    }
    compared
}

/// What a scenario does not say: the words of the prompt.
fn without_words(mut value: Value) -> Value {
    for fields in ["tool_input", "tool_response"] {
        if let Some(prompt) = value
            .get_mut(fields)
            .and_then(|fields| fields.get_mut("prompt"))
        {
            *prompt = "<prompt>".into();
        }
    }
    value
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut names: Vec<&String> = fields.keys().collect();
            names.sort();
            Value::Object(
                names
                    .into_iter()
                    .map(|name| (name.clone(), sorted(&fields[name])))
                    .collect::<Map<_, _>>(),
            )
        }
        Value::Array(values) => values.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

fn text(value: &Value) -> String {
    serde_json::to_string_pretty(&sorted(value)).unwrap()
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
        let recorded = comparable(sessions.last().unwrap(), case, version, &differences);
        let simulated = comparable(&run.hooks, case, version, &differences);
        let names = |events: &[(String, Value)]| -> Vec<String> {
            events.iter().map(|(name, _)| name.clone()).collect()
        };
        let (ours, theirs) = (names(&simulated).join("\n"), names(&recorded).join("\n"));
        if ours == theirs {
            for ((name, simulated), (_, recorded)) in simulated.iter().zip(&recorded) {
                compare(
                    &format!("{case}, input of {name}"),
                    &text(simulated),
                    &text(recorded),
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
        let told = told(&recording).join("\n---\n");
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

fn compare(what: &str, simulated: &str, recorded: &str, found: &mut Vec<String>) {
    if simulated != recorded {
        let difference = similar::TextDiff::from_lines(simulated, recorded);
        let shown = difference.unified_diff().context_radius(1).to_string();
        found.push(format!("== {what}\n{shown}"));
    }
}

/// The results of the calls of a recording, the contexts that followed them and the notifications.
fn told(recording: &Recording) -> Vec<String> {
    let mut normaliser = Normaliser::new(run::replacements());
    let mut told = Vec::new();
    for message in &recording.main_thread_messages {
        for block in message["content"].as_array().into_iter().flatten() {
            if block["type"] == "tool_result" {
                let texts = block["content"].as_array().map_or_else(
                    || block["content"].as_str().unwrap().to_owned(),
                    |blocks| joined(blocks),
                );
                told.push(normaliser.text(&texts));
            }
        }
        let whole = message["content"].as_array().map(|blocks| joined(blocks));
        let whole = whole
            .or_else(|| message["content"].as_str().map(str::to_owned))
            .unwrap_or_default();
        if let Some((_, mark)) = whole.split_once(" hook additional context: ") {
            told.push(mark.split('\n').next().unwrap().to_owned());
        }
        if whole.contains("<task-notification>") {
            told.push(normaliser.text(&whole));
        }
    }
    told
}

fn joined(blocks: &[Value]) -> String {
    blocks
        .iter()
        .filter_map(|block| block["text"].as_str())
        .collect::<Vec<_>>()
        .join("\n")
}

/// The recorded `signals` of `reap`, in the words of a run: when SIGTERM came relative to hooks, and
/// how long after it SIGKILL.
fn signals_are_the_same(version: &str, runs: &[Run]) {
    let run = runs.iter().find(|run| run.case == "reap").unwrap();
    assert!(
        run.signals_of("tick.sh double").is_empty(),
        "{version}: what init has is spared"
    );
    for role in ["fg", "child", "setsid"] {
        let signals = run.signals_of(&format!("tick.sh {role}"));
        assert_eq!(signals[0].name, "SIGTERM", "{version} {role}");
        assert!(
            signals[0].at <= run.last("PostToolUse"),
            "{version} {role}: before the call has returned"
        );
        if version == "2.1.197" {
            assert!(
                signals[0].at <= run.last("SubagentStop"),
                "{role}: before the subagent has stopped"
            );
            let killed: Vec<u64> = signals[1..]
                .iter()
                .filter(|signal| signal.name == "SIGKILL")
                .map(|signal| (signal.at - signals[0].at) / 1000)
                .collect();
            let expected: &[u64] = if role == "setsid" { &[] } else { &[1300] };
            assert_eq!(killed, expected, "{role}: in its own session it is spared");
        } else {
            assert!(
                signals[0].at > run.last("SubagentStop"),
                "{role}: after the subagent has stopped"
            );
            let milliseconds = (signals[1].at - signals[0].at) / 1000;
            assert_eq!(
                (signals[1].name.as_str(), milliseconds),
                ("SIGKILL", 1100),
                "{role}"
            );
        }
    }
}

fn parity(version: &str) {
    let runs = Run::all(version, &folder());
    hooks_are_the_same(version, &runs);
    signals_are_the_same(version, &runs);
}

#[test]
fn version_2_1_197() {
    parity("2.1.197");
}

#[test]
fn version_2_1_330() {
    parity("2.1.330");
}
