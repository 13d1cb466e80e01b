//! Places as gates: patterns that hold in every run, and how often they were met before.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use super::survey::{Place, Survey};
use crate::engine::actor_of_command;

/// Patterns of the command lines of those who can be cut.
const PROCESSES: [(&str, &str); 11] = [
    ("worker", "*task-worker*"),
    ("spawner", "*spawn-worker*"),
    ("broker", "*app-server-broker*"),
    ("codex", "*codex app-server*"),
    ("watcher", "* status *--wait*"),
    ("launcher", "* task *"),
    ("status", "* status*"),
    ("result", "* result*"),
    ("cancel", "* cancel*"),
    ("hook", "*-hook*"),
    ("companion", "*codex-companion*"),
];

/// What differs from run to run: what is redacted, and numbers such as process ids.
static VARYING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\$\{\w+\}|<[\w-]+:\d+>|\d{3,}")
        .unwrap_or_else(|error| unreachable!("a constant pattern: {error}"))
});

/// Whether something can happen to somebody at a place. What the stand-in for Codex does to its own files is no part of
/// the story, and nobody minds what goes to /dev/null.
pub(super) fn counts(place: &Place) -> bool {
    let own = place.actor.split('#').next() == Some("codex");
    let told = matches!(place.operation.as_str(), "message" | "exec");
    (told || !own) && place.text != "/dev/null"
}

/// The pattern of the command lines of an actor; nothing for one that is never cut.
pub(super) fn process(actor: &str) -> Option<&'static str> {
    let part = actor.split('#').next().unwrap_or_default();
    let found = PROCESSES.iter().find(|(name, _)| *name == part)?;
    Some(found.1)
}

/// A pattern for what a place touches, as short as a reader likes it.
pub(super) fn touched(place: &Place) -> String {
    match place.operation.as_str() {
        "exec" => program(&place.text),
        "fork" => "*".into(),
        "message" => place
            .text
            .strip_prefix("codex/")
            .unwrap_or(&place.text)
            .to_owned(),
        _ => path(&place.text),
    }
}

fn program(command: &str) -> String {
    if let Some(pattern) = process(&actor_of_command(command)) {
        return pattern.into();
    }
    let mut words = command.split(' ');
    let name = words.next().and_then(|word| word.rsplit('/').next());
    let second = words.next().filter(|word| !VARYING.is_match(word));
    match second {
        Some(second) => format!("*{} {second}*", general(name.unwrap_or_default())),
        None => format!("*{}*", general(name.unwrap_or_default())),
    }
}

/// The last parts of a path, as many as it takes for one that can be told from others.
fn path(text: &str) -> String {
    let parts: Vec<&str> = text.split('/').filter(|part| !part.is_empty()).collect();
    let mut taken = Vec::new();
    let mut literal = 0;
    for part in parts.iter().rev() {
        let part = general(part);
        literal += part.chars().filter(|letter| *letter != '*').count();
        taken.push(part);
        if literal >= 6 || taken.len() == 3 {
            break;
        }
    }
    taken.reverse();
    let root = if text.contains('/') { "*/" } else { "" };
    format!("{root}{}", taken.join("/"))
}

fn general(text: &str) -> String {
    let mut text = VARYING.replace_all(text, "*").into_owned();
    while text.contains("**") {
        text = text.replace("**", "*");
    }
    text
}

/// The place as the fields of a gate.
pub(super) fn gate(place: &Place, after: bool, survey: &Survey) -> Map<String, Value> {
    let pattern = touched(place);
    let process = match place.operation.as_str() {
        "exec" | "message" => None,
        _ => process(&place.actor),
    };
    let met = |other: &&Place| {
        other.seq <= place.seq
            && other.operation == place.operation
            && other.after == place.after
            && simtime::fits(pattern.as_bytes(), seen(other).as_bytes())
            && process
                .is_none_or(|process| simtime::fits(process.as_bytes(), other.command.as_bytes()))
    };
    let nth = survey.places.iter().filter(met).count();
    let when = if after || place.after {
        "after"
    } else {
        "before"
    };
    let mut gate = Map::new();
    let mut operation = Map::new();
    operation.insert(place.operation.clone(), pattern.clone().into());
    gate.insert(when.into(), operation.into());
    if let Some(process) = process {
        gate.insert("process".into(), process.into());
    }
    if nth > 1 {
        gate.insert("nth".into(), nth.into());
    }
    gate
}

/// What the gate's pattern is compared with.
fn seen(place: &Place) -> &str {
    match place.operation.as_str() {
        "message" => place.text.strip_prefix("codex/").unwrap_or(&place.text),
        _ => &place.text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn place(actor: &str, operation: &str, text: &str, seq: u64) -> Place {
        Place {
            actor: actor.into(),
            ordinal: 1,
            operation: operation.into(),
            after: false,
            text: text.into(),
            command: "codex-companion task-worker --job-id <job:1>".into(),
            seq,
            is_last: false,
        }
    }

    #[rstest]
    #[case(
        "rename",
        "${CLAUDE_PLUGIN_DATA}/state/${WORKSPACE_KEY}/state.json",
        "*/state.json"
    )]
    #[case("open", "/d/state/${WORKSPACE_KEY}/jobs/<job:1>.json", "*/jobs/*.json")]
    #[case("open", "/d/.state.json.48213", "*/.state.json.*")]
    #[case("write", "pipe:[48213]", "pipe:[*]")]
    #[case(
        "exec",
        "codex-companion task-worker --cwd ${WORKSPACE} --job-id <job:1>",
        "*task-worker*"
    )]
    #[case("exec", "/usr/bin/git rev-parse --show-toplevel", "*git rev-parse*")]
    #[case("message", "codex/received/turn/start", "received/turn/start")]
    fn patterns_hold_in_every_run(
        #[case] operation: &str,
        #[case] text: &str,
        #[case] expected: &str,
    ) {
        assert_eq!(touched(&place("worker", operation, text, 1)), expected);
    }

    #[test]
    fn what_was_met_before_is_counted() {
        let survey = Survey {
            places: vec![
                place("worker", "rename", "/a/state.json", 1),
                place("worker", "rename", "/a/other.json", 2),
                place("worker", "rename", "/a/state.json", 3),
            ],
            ..Survey::default()
        };
        let gate = gate(&survey.places[2], false, &survey);
        let expected = serde_json::json!({"before": {"rename": "*/state.json"}, "process": "*task-worker*", "nth": 2});
        assert_eq!(Value::from(gate), expected);
    }
}
