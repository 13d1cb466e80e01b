//! Taking out of a transcript what nobody else may see.
//!
//! What is taken out is replaced by a name that keeps its identity: the same secret is
//! `<secret:1>` wherever it stands, another one `<secret:2>`. It is better to take out a harmless
//! word than to leave a key in: who needs the words keeps them with [`Redaction::none`].

mod fields;
mod paths;
mod patterns;
mod stream;

use std::collections::HashMap;
use std::ops::Range;

use regex::Regex;
use serde_json::{Map, Value};

pub(super) use stream::Streams;

/// What is taken out, by what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// A key, a token, a password.
    Secret,
    /// The name of an account of a machine.
    User,
    /// The name of a machine.
    Host,
    /// An address of electronic mail.
    Email,
    /// The id of an account or of an installation.
    Account,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::User => "user",
            Self::Host => "host",
            Self::Email => "email",
            Self::Account => "account",
        }
    }
}

/// A part of a text that must not stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// Where it is, in bytes.
    pub range: Range<usize>,
    /// What stands for it.
    pub name: String,
}

/// Replaces paths by names, and secrets, people and machines by marks.
#[derive(Debug, Clone, Default)]
pub struct Redaction {
    /// Paths and what stands for them, the longest path first.
    paths: Vec<(usize, Regex, String)>,
    /// Texts that are secret because of where they were found.
    known: Vec<(String, Kind)>,
    /// Names of people and machines.
    words: Vec<(Regex, Kind)>,
    /// What was taken out so far, and its number.
    seen: HashMap<Kind, HashMap<String, usize>>,
    keep_all: bool,
}

impl Redaction {
    /// Nothing is taken out.
    pub fn none() -> Self {
        Self {
            keep_all: true,
            ..Self::default()
        }
    }

    /// Secrets, people and machines are taken out, and the paths and secrets of this process:
    /// `CODEX_HOME`, `TMPDIR`, `HOME`, the working directory, the user's and the host's name, and
    /// the values of variables whose names say that they are secret.
    pub fn from_environment() -> Self {
        let mut redaction = Self::default();
        for name in ["CODEX_HOME", "TMPDIR", "HOME"] {
            if let Ok(path) = std::env::var(name) {
                redaction.replace(&path, &format!("${{{name}}}"));
            }
        }
        if let Ok(path) = std::env::current_dir() {
            redaction.replace(&path.display().to_string(), "${CWD}");
        }
        for name in ["USER", "LOGNAME", "USERNAME"] {
            if let Ok(user) = std::env::var(name) {
                redaction.hide_word(&user, Kind::User);
            }
        }
        if let Ok(host) = nix::unistd::gethostname() {
            redaction.hide_word(&host.to_string_lossy(), Kind::Host);
        }
        for (name, value) in std::env::vars_os() {
            if fields::kind_of(&name.to_string_lossy()).is_some() {
                redaction.hide(&value.to_string_lossy());
            }
        }
        redaction
    }

    /// This path is replaced too, in whatever way it is written. The root is left alone.
    pub fn replace(&mut self, path: &str, name: &str) {
        let path = path.trim_end_matches('/');
        if path.len() > 1
            && let Some(regex) = paths::pattern(path)
        {
            self.paths.push((path.len(), regex, name.to_owned()));
            self.paths
                .sort_by_key(|(length, ..)| std::cmp::Reverse(*length));
        }
    }

    /// This text is a secret wherever it stands. Texts too short to be one are left alone.
    pub fn hide(&mut self, secret: &str) {
        if secret.len() >= fields::SHORTEST_KNOWN {
            self.known.push((secret.to_owned(), Kind::Secret));
            self.known
                .sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        }
    }

    fn hide_word(&mut self, word: &str, kind: Kind) {
        if let Some(regex) = paths::word(word) {
            self.words.push((regex, kind));
        }
    }

    /// Takes out of a message what nobody else may see, the names of its fields included.
    pub fn apply(&mut self, value: &mut Value) {
        if !self.keep_all {
            self.apply_inside(value);
        }
    }

    fn apply_inside(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(text),
            Value::Array(list) => {
                let mut secret_follows = false;
                for value in list.iter_mut() {
                    let option = value.as_str().is_some_and(fields::announces_secret);
                    if secret_follows && value.is_string() {
                        self.mark(value, Kind::Secret);
                    } else {
                        self.apply_inside(value);
                    }
                    secret_follows = option;
                }
            }
            Value::Object(map) => {
                let fields = std::mem::take(map);
                let mut redacted = Map::with_capacity(fields.len());
                for (name, mut value) in fields {
                    match fields::kind_of(&name) {
                        Some(kind) => self.mark(&mut value, kind),
                        None => self.apply_inside(&mut value),
                    }
                    redacted.insert(self.text(&name), value);
                }
                *map = redacted;
            }
            _ => {}
        }
    }

    /// Every text in a value is of this kind, whatever it looks like.
    fn mark(&mut self, value: &mut Value, kind: Kind) {
        match value {
            Value::String(text) if !text.is_empty() => *text = self.numbered(kind, text),
            Value::Array(list) => list.iter_mut().for_each(|value| self.mark(value, kind)),
            Value::Object(_) => self.apply_inside(value),
            _ => {}
        }
    }

    /// The text without what nobody else may see.
    pub fn text(&mut self, text: &str) -> String {
        self.text_until(text, false)
    }

    /// The text without what nobody else may see; one that is `cut` may end in the middle of it.
    pub(super) fn text_until(&mut self, text: &str, cut: bool) -> String {
        let mut out = String::with_capacity(text.len());
        let mut end = 0;
        for finding in self.findings_until(text, cut) {
            out.push_str(&text[end..finding.range.start]);
            out.push_str(&finding.name);
            end = finding.range.end;
        }
        out.push_str(&text[end..]);
        out
    }

    /// What must not stay in the text, from its beginning to its end, without overlaps.
    pub(super) fn findings(&mut self, text: &str) -> Vec<Finding> {
        if self.keep_all || text.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<(Range<usize>, Found)> = Vec::new();
        for (secret, kind) in &self.known {
            let places = text.match_indices(secret.as_str());
            found.extend(places.map(|(at, _)| (at..at + secret.len(), Found::Kind(*kind))));
        }
        found.extend(patterns::secrets(text).map(|range| (range, Found::Kind(Kind::Secret))));
        for (index, (_, regex, _)) in self.paths.iter().enumerate() {
            found.extend(paths::whole(regex, text).map(|range| (range, Found::Path(index))));
        }
        found.extend(paths::users(text).map(|range| (range, Found::Kind(Kind::User))));
        found.extend(patterns::emails(text).map(|range| (range, Found::Kind(Kind::Email))));
        for (regex, kind) in &self.words {
            found.extend(
                regex
                    .find_iter(text)
                    .map(|m| (m.range(), Found::Kind(*kind))),
            );
        }
        let kept = apart(found);
        let mut findings = Vec::with_capacity(kept.len());
        for (range, what) in kept {
            let name = match what {
                Found::Path(index) => self.paths[index].2.clone(),
                Found::Kind(kind) => self.numbered(kind, &text[range.clone()]),
            };
            findings.push(Finding { range, name });
        }
        findings
    }

    /// What must not stay in a text. In one that is `cut` what looks like the beginning of a secret
    /// at its end is taken for one.
    pub(super) fn findings_until(&mut self, text: &str, cut: bool) -> Vec<Finding> {
        let mut findings = self.findings(text);
        if cut
            && !self.keep_all
            && let Some(range) = patterns::begun(text)
            && findings.iter().all(|known| known.range.end <= range.start)
        {
            let name = self.numbered(Kind::Secret, &text[range.clone()]);
            findings.push(Finding { range, name });
        }
        findings
    }

    /// The mark for a text of this kind; the same text has the same mark.
    pub(super) fn numbered(&mut self, kind: Kind, text: &str) -> String {
        let known = self.seen.entry(kind).or_default();
        let next = known.len() + 1;
        let number = *known.entry(text.to_owned()).or_insert(next);
        format!("<{}:{number}>", kind.name())
    }
}

/// What was found at a place of a text.
#[derive(Debug, Clone, Copy)]
enum Found {
    Kind(Kind),
    /// One of the paths, by its index.
    Path(usize),
}

/// The places in order, and none over another: a secret takes in what it overlaps, otherwise what
/// was found first counts.
fn apart(mut found: Vec<(Range<usize>, Found)>) -> Vec<(Range<usize>, Found)> {
    // Stable, so that of two places with one beginning the one that was found first is first.
    found.sort_by_key(|(range, _)| range.start);
    let mut kept: Vec<(Range<usize>, Found)> = Vec::with_capacity(found.len());
    for (range, what) in found {
        let secret = |found: &Found| matches!(found, Found::Kind(Kind::Secret));
        match kept.last_mut() {
            Some((last, before)) if range.start < last.end => {
                if secret(before) || secret(&what) {
                    last.end = last.end.max(range.end);
                    *before = Found::Kind(Kind::Secret);
                }
            }
            _ => kept.push((range, what)),
        }
    }
    kept
}

#[cfg(test)]
mod tests;
