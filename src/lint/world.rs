//! The world of a scenario: the version of Claude Code, fake-codex's script, hook events, revisions.

use super::{Problem, offer, told};
use crate::claude::profile::Profile;
use crate::nearest::nearest;
use crate::scenario::Scenario;
use crate::vocabulary::Vocabulary;
use crate::yaml::Node;

/// Hook events of Claude Code that plugins listen to.
const EVENTS: [&str; 9] = [
    "SessionStart",
    "SessionEnd",
    "PostToolUse",
    "PostToolUseFailure",
    "PreToolUse",
    "Stop",
    "SubagentStop",
    "UserPromptSubmit",
    "Notification",
];

pub(super) fn lint(tree: &Node, scenario: &Scenario, found: &mut Vec<Problem>) {
    if let Some(version) = tree.get("claude").and_then(|claude| claude.get("version")) {
        let versions = Profile::versions();
        let named = match version.items() {
            [] => std::slice::from_ref(version),
            listed => listed,
        };
        let mut seen = Vec::new();
        for version in named {
            let text = version.text().unwrap_or_default();
            if !versions.contains(&text) {
                let remedy = format!("there are {}", versions.join(", "));
                let message = format!("no Claude Code {text} is simulated");
                found.push(Problem::new(version, message, remedy));
            } else if seen.contains(&text) {
                let message = format!("Claude Code {text} is named twice");
                found.push(Problem::new(version, message, "name it once".into()));
            }
            seen.push(text);
        }
    }
    if let (Err((place, message)), Some(codex)) = (scenario.codex.check(), tree.get("codex")) {
        let (message, remedy) = message.split_once("; ").unwrap_or((&message, "correct it"));
        found.push(Problem::new(
            codex.at(&place),
            message.to_owned(),
            remedy.to_owned(),
        ));
    }
    tree.walk(None, &mut |_, node| {
        if node.text().is_some_and(|text| text.contains('\0')) {
            let remedy = "remove it: no program and no file takes it".to_owned();
            found.push(Problem::new(node, "a text has a NUL in it".into(), remedy));
        }
    });
    let files = tree.get("files").map(Node::entries).unwrap_or_default();
    let path = |node: &Node| node.text().unwrap_or_default().trim_matches('/').to_owned();
    for (name, _) in files {
        let inner = format!("{}/", path(name));
        if let Some((other, _)) = files
            .iter()
            .find(|(other, _)| path(other).starts_with(&inner))
        {
            let message = format!(
                "`{}` is a file here and a folder in `{}`",
                path(name),
                path(other)
            );
            found.push(Problem::new(name, message, "rename one of them".into()));
        }
    }
    told(tree, &mut |key, node| {
        if let (Some("event"), Some(event)) = (key, node.text())
            && !EVENTS.contains(&event)
            && let Some(close) = nearest(event, EVENTS)
        {
            let message = format!("Claude Code has no hook event `{event}`");
            found.push(Problem::new(
                node,
                message,
                format!("did you mean `{close}`?"),
            ));
        }
    });
    histories(tree, scenario, super::vocabularies(), found);
}

fn histories(
    tree: &Node,
    scenario: &Scenario,
    vocabularies: &[Vocabulary],
    found: &mut Vec<Problem>,
) {
    for (key, node) in tree.get("history").map(Node::entries).unwrap_or_default() {
        let name = key.text().unwrap_or_default();
        let Some(vocabulary) = vocabularies
            .iter()
            .find(|vocabulary| vocabulary.subject() == name)
        else {
            let remedy = offer(name, vocabularies.iter().map(Vocabulary::subject));
            found.push(Problem::new(
                key,
                format!("there is no subject `{name}`"),
                remedy,
            ));
            continue;
        };
        let order: Vec<String> = vocabulary
            .revisions()
            .iter()
            .map(|revision| revision.name.clone())
            .collect();
        let Some(history) = scenario.history.get(name) else {
            continue;
        };
        for range in node.get("red").map(Node::items).unwrap_or_default() {
            let ends = range.text().and_then(|text| text.split_once(".."));
            let at = |name: &str| order.iter().position(|known| known == name);
            if let Some((from, to)) = ends
                && matches!((at(from), at(to)), (Some(from), Some(to)) if from > to)
            {
                let message =
                    format!("no revision lies from `{from}` to `{to}`: it is the older one");
                found.push(Problem::new(
                    range,
                    message,
                    format!("write `{to}..{from}`"),
                ));
            }
        }
        for unknown in history.unknown_revisions(&order) {
            let mut place = node;
            node.walk(None, &mut |_, inner| {
                if inner.text().is_some_and(|text| text.contains(&unknown)) {
                    place = inner;
                }
            });
            let remedy = offer(&unknown, order.iter().map(String::as_str));
            found.push(Problem::new(
                place,
                format!("{name} has no revision `{unknown}`"),
                remedy,
            ));
        }
    }
}
