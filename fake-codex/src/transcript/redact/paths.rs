//! Paths, in whatever way they are written, and the names of people in them.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// A separator of a path: plain, escaped for JSON once or several times, or for an address.
const SEPARATOR: &str = r"(?:\\*/|\\+u002[fF]|\\+|%2[fF]|%5[cC])";

/// Names that are no people's: they say nothing, and stand in many texts.
const COMMON: [&str; 22] = [
    "admin",
    "ci",
    "codespace",
    "codex",
    "debian",
    "dev",
    "ec2-user",
    "git",
    "guest",
    "home",
    "host",
    "linux",
    "local",
    "localhost",
    "main",
    "node",
    "nobody",
    "root",
    "runner",
    "test",
    "ubuntu",
    "user",
];

/// A pattern for a path, with each separator in any way of writing it.
pub(super) fn pattern(path: &str) -> Option<Regex> {
    let parts: Vec<String> = path.split(['/', '\\']).map(regex::escape).collect();
    Regex::new(&parts.join(SEPARATOR)).ok()
}

/// The places where a path stands as a whole, and not as the beginning of a longer name.
pub(super) fn whole(regex: &Regex, text: &str) -> impl Iterator<Item = Range<usize>> {
    regex
        .find_iter(text)
        .map(|found| found.range())
        .filter(|range| {
            let next = text[range.end..].chars().next();
            !next.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '-')
        })
}

/// A pattern for a name of a person or machine as a word of its own; none for common words.
pub(super) fn word(name: &str) -> Option<Regex> {
    let common = COMMON.contains(&name.to_lowercase().as_str());
    if name.chars().count() < 3 || common {
        return None;
    }
    Regex::new(&format!(r"(?i)\b{}\b", regex::escape(name))).ok()
}

/// A folder of a person, whose name may hold spaces if the path goes on after it.
static PEOPLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let name = r#"[^\s/\\"'`<>|:;,%*?$(){}\[\]]+"#;
    Regex::new(&format!(
        "{SEPARATOR}(?i:home|users){SEPARATOR}(?:({name}(?: {name}){{1,2}}){SEPARATOR}|({name}))"
    ))
    .ok()
});

/// The names of people in paths such as `/home/jo` and `C:\Users\jo`.
pub(super) fn users(text: &str) -> impl Iterator<Item = Range<usize>> {
    PEOPLE
        .as_ref()
        .into_iter()
        .flat_map(|regex| regex.captures_iter(text))
        .filter_map(|found| found.get(1).or_else(|| found.get(2)))
        .map(|found| found.range())
}
