//! Names of the subject's vocabulary, of protocol messages, and patterns.

use std::collections::BTreeSet;

use super::{Problem, offer, told};
use crate::verdict::names;
use crate::vocabulary::Vocabulary;
use crate::yaml::Node;

pub(super) fn lint(tree: &Node, found: &mut Vec<Problem>) {
    let vocabularies = super::vocabularies();
    told(tree, &mut |key, node| {
        match (key, node.text()) {
            (Some("context"), Some(name)) if name != "none" => {
                entry(vocabularies, node, name, found)
            }
            (Some("says"), Some(name)) => entry(vocabularies, node, name, found),
            (Some("matches"), Some(pattern)) => self::pattern(node, pattern, found),
            _ => {}
        }
        if let Some(name) = node.get("says").and_then(Node::text) {
            placeholders(vocabularies, node, name, found);
        }
        if key == Some("expect")
            && let Some(methods) = node.get("codex")
        {
            methods
                .entries()
                .iter()
                .for_each(|(name, _)| method(name, found));
        }
        if key == Some("until")
            && let Some(name) = node.get("codex")
        {
            any_method(name, found);
        }
    });
}

fn entry(vocabularies: &[Vocabulary], node: &Node, name: &str, found: &mut Vec<Problem>) {
    let names = vocabularies.iter().flat_map(|vocabulary| {
        vocabulary
            .entries()
            .keys()
            .chain(vocabulary.situations().keys())
    });
    let known: BTreeSet<&str> = names.map(String::as_str).collect();
    if !known.contains(name) {
        let remedy = match crate::nearest::nearest(name, known.iter().copied()) {
            Some(close) => format!("did you mean `{close}`?"),
            None => "name an entry of vocabulary/*.yaml; `rescue-harness words` lists them".into(),
        };
        found.push(Problem::new(
            node,
            format!("no vocabulary has an entry `{name}`"),
            remedy,
        ));
    }
}

/// Values for placeholders that the text does not have.
fn placeholders(vocabularies: &[Vocabulary], node: &Node, name: &str, found: &mut Vec<Problem>) {
    let entry = |vocabulary: &'_ Vocabulary| {
        let meant = vocabulary
            .situations()
            .get(name)
            .map_or(name, String::as_str);
        vocabulary.entries().get(meant).cloned()
    };
    let entries: Vec<_> = vocabularies.iter().filter_map(entry).collect();
    let variants = entries.iter().flat_map(|entry| &entry.variants);
    let known: BTreeSet<&str> = variants
        .flat_map(|variant| variant.text.placeholders())
        .collect();
    if entries.is_empty() {
        return;
    }
    for (key, _) in node.entries() {
        let Some(text) = key
            .text()
            .filter(|text| *text != "says" && !known.contains(text))
        else {
            continue;
        };
        let remedy = if known.is_empty() {
            format!("`{name}` has no placeholders")
        } else {
            offer(text, known.iter().copied())
        };
        found.push(Problem::new(
            key,
            format!("`{text}` is no placeholder of `{name}`"),
            remedy,
        ));
    }
}

fn pattern(node: &Node, pattern: &str, found: &mut Vec<Problem>) {
    let filled = names(pattern)
        .iter()
        .fold(pattern.to_owned(), |text, name| {
            text.replace(&format!("${{{name}}}"), "x")
        });
    if let Err(error) = regex::Regex::new(&filled) {
        let reason = error.to_string();
        let reason = reason
            .lines()
            .last()
            .unwrap_or_default()
            .trim_start_matches("error: ");
        let remedy =
            "write a regular expression; to compare a text as it is, use `contains:`".to_owned();
        found.push(Problem::new(
            node,
            format!("not a regular expression: {reason}"),
            remedy,
        ));
    }
}

fn method(name: &Node, found: &mut Vec<Problem>) {
    let text = name.text().unwrap_or_default();
    if !fake_codex::methods::is_client(text) {
        found.push(Problem::new(
            name,
            format!("the client has no message `{text}`"),
            near_method(text),
        ));
    }
}

fn any_method(name: &Node, found: &mut Vec<Problem>) {
    let text = name.text().unwrap_or_default();
    if !is_method(text) {
        found.push(Problem::new(
            name,
            format!("the protocol has no message `{text}`"),
            near_method(text),
        ));
    }
}

/// Whether either side of the protocol has a message of this name.
pub(super) fn is_method(name: &str) -> bool {
    use fake_codex::methods::{is_client, is_server_notification, is_server_request};
    is_client(name) || is_server_request(name) || is_server_notification(name)
}

pub(super) fn near_method(name: &str) -> String {
    match fake_codex::methods::nearest(name) {
        Some(close) => format!("did you mean `{close}`?"),
        None => "use a method of the app-server protocol, for example `turn/start`".into(),
    }
}
