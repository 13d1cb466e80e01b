//! Captures that nothing gives a value.

use super::{Problem, told};
use crate::nearest::nearest;
use crate::verdict::names;
use crate::yaml::Node;

/// What a run captures by itself; beside these there is `jobs.N`.
const KNOWN: [&str; 14] = [
    "cli",
    "companion",
    "error",
    "home",
    "job",
    "log",
    "path",
    "plugin",
    "session",
    "state",
    "thread",
    "tmp",
    "turn",
    "workspace",
];

pub(super) fn lint(tree: &Node, found: &mut Vec<Problem>) {
    told(tree, &mut |_, node| {
        let Some(text) = node.text() else { return };
        for name in names(text).into_iter().filter(|name| !is_known(name)) {
            let remedy = match nearest(name, KNOWN) {
                Some(close) => format!("did you mean `${{{close}}}`?"),
                None => format!(
                    "there are {}, jobs.0, jobs.1 and so on; names in capitals are left to the shell",
                    KNOWN.join(", ")
                ),
            };
            found.push(Problem::new(
                node,
                format!("nothing captures `${{{name}}}`"),
                remedy,
            ));
        }
        if text.contains("${}") {
            let remedy = format!("name it; there are {}", KNOWN.join(", "));
            found.push(Problem::new(node, "`${}` names nothing".into(), remedy));
        }
        if let Some(name) = unclosed(text) {
            found.push(Problem::new(
                node,
                format!("`${{{name}` is not closed"),
                format!("write `${{{name}}}`"),
            ));
        }
    });
}

/// A capture that the text begins and never ends. What a shell means by `${name:-…}` is left to it.
fn unclosed(text: &str) -> Option<&str> {
    text.split("${").skip(1).find_map(|rest| {
        let end = rest
            .find(|letter: char| !letter.is_ascii_lowercase())
            .unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let ends_here = after.is_empty()
            || after.starts_with(|next: char| next.is_whitespace() || "\"')/,".contains(next));
        (KNOWN.contains(&name) && ends_here).then_some(name)
    })
}

fn is_known(name: &str) -> bool {
    let is_shell = name
        .chars()
        .all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_');
    let is_job = name
        .strip_prefix("jobs.")
        .is_some_and(|index| index.parse::<usize>().is_ok());
    is_shell || is_job || KNOWN.contains(&name)
}
