//! Redaction that keeps identity: the same id gives the same placeholder everywhere in a run.

use std::collections::HashMap;
use std::path::Path;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::Value;

static RANDOM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?P<uuid>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})",
        r"|(?P<job>\b(?:task|review)-[0-9a-z]{8}-[0-9a-z]{1,6}\b)",
        r"|(?P<item>\b[a-z]+_[0-9a-f]{32}\b)",
        r"|(?P<temporary>\bcxc-[A-Za-z0-9]{6}\b)",
    ))
    .unwrap_or_else(|error| unreachable!("a constant pattern: {error}"))
});

/// Replaces what differs from run to run: ids, process ids, paths of the sandbox.
///
/// An id becomes `<job:1>`, `<uuid:2>`, `<pid:3>`, numbered by first appearance, so that two logs
/// are equal exactly when they tell the same story.
#[derive(Debug, Default)]
pub struct Redaction {
    seen: HashMap<String, String>,
    counts: HashMap<&'static str, usize>,
    paths: Vec<(String, String)>,
}

impl Redaction {
    /// Replaces `path` by `name` wherever it stands, from now on.
    pub fn path(&mut self, path: &Path, name: &str) {
        self.paths
            .push((path.display().to_string(), name.to_owned()));
        self.paths
            .sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
    }

    fn name(&mut self, kind: &'static str, value: &str) -> String {
        if let Some(name) = self.seen.get(value) {
            return name.clone();
        }
        let count = self.counts.entry(kind).or_insert(0);
        *count += 1;
        let name = format!("<{kind}:{count}>");
        self.seen.insert(value.to_owned(), name.clone());
        name
    }

    /// The text with every varying part replaced.
    pub fn text(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        for (path, name) in &self.paths {
            if text.contains(path.as_str()) {
                text = text.replace(path.as_str(), name);
            }
        }
        RANDOM
            .replace_all(&text, |captures: &Captures<'_>| {
                let kind = ["uuid", "job", "item", "temporary"]
                    .into_iter()
                    .find(|kind| captures.name(kind).is_some())
                    .unwrap_or("id");
                self.name(kind, &captures[0])
            })
            .into_owned()
    }

    /// The JSON value with every varying part replaced; numbers under a key that ends in `pid` are process ids.
    pub fn value(&mut self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            Value::Object(fields) => Value::Object(
                fields
                    .iter()
                    .map(|(key, value)| {
                        let value = match value {
                            Value::Number(number) if is_process_id(key) => {
                                Value::String(self.name("pid", &format!("pid {number}")))
                            }
                            Value::Number(_) if is_machine_dependent(key) => {
                                Value::String(format!("<{key}>"))
                            }
                            // A digest of a text with ids and paths in it.
                            Value::String(digest) if key == "harnessSectionHash" => {
                                Value::String(self.name("digest", digest))
                            }
                            other => self.value(other),
                        };
                        (self.text(key), value)
                    })
                    .collect(),
            ),
            other => other.clone(),
        }
    }
}

fn is_process_id(key: &str) -> bool {
    matches!(key, "pid" | "parent" | "ppid" | "launcherPid")
}

/// Fields whose numbers come from the machine and not from the story.
fn is_machine_dependent(key: &str) -> bool {
    matches!(key, "pidStartTime" | "launcherStartTime")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_same_id_keeps_its_placeholder_and_another_gets_another() {
        let mut redaction = Redaction::default();
        assert_eq!(
            redaction.text("task-mws0ezo0-3vgpgw then task-mws0ezo0-aaaaaa"),
            "<job:1> then <job:2>"
        );
        assert_eq!(
            redaction.text("status task-mws0ezo0-aaaaaa"),
            "status <job:2>"
        );
    }

    #[test]
    fn process_ids_are_replaced_by_key_and_longer_paths_first() {
        let mut redaction = Redaction::default();
        redaction.path(Path::new("/box"), "${SANDBOX}");
        redaction.path(Path::new("/box/inner"), "${WORKSPACE}");
        let value = redaction
            .value(&json!({"pid": 7, "count": 7, "path": "/box/inner/a", "other": "/box/b"}));
        assert_eq!(
            value,
            json!({"pid": "<pid:1>", "count": 7, "path": "${WORKSPACE}/a", "other": "${SANDBOX}/b"})
        );
    }

    #[test]
    fn a_seeded_name_that_only_looks_like_a_job_stays_readable() {
        assert_eq!(
            Redaction::default().text("task-current-session"),
            "task-current-session"
        );
    }
}
