//! File changes: how they are shown, and how files are really written.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::Server;
use super::runner::Runner;
use crate::message::notification::Event;
use crate::script::ChangeKind;

/// What a write does to the file, and the change as the protocol writes it: the content of a new
/// file, otherwise hunks.
pub(super) fn kind_and_diff(path: &Path, content: &str) -> (ChangeKind, String) {
    match fs::read_to_string(path) {
        Ok(before) => (ChangeKind::Update, hunk(&before, content)),
        Err(_) => (ChangeKind::Add, content.to_owned()),
    }
}

/// One change as the protocol writes it.
pub(super) fn change_value(path: &Path, kind: ChangeKind, diff: &str) -> Value {
    let kind = match kind {
        ChangeKind::Add => json!({ "type": "add" }),
        ChangeKind::Delete => json!({ "type": "delete" }),
        ChangeKind::Update => json!({ "type": "update", "move_path": null }),
    };
    json!({ "path": path.display().to_string(), "kind": kind, "diff": diff })
}

/// One hunk that replaces the lines between the common beginning and the common end.
fn hunk(before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let common = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let left = old.len().min(new.len()) - common;
    let tail = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take(left)
        .take_while(|(a, b)| a == b)
        .count();
    let from = common.saturating_sub(3);
    let until = |lines: &[&str]| (lines.len() - tail + 3).min(lines.len());
    let mut text = format!(
        "@@ -{},{} +{},{} @@\n",
        from + 1,
        until(&old) - from,
        from + 1,
        until(&new) - from
    );
    let mut add = |sign: char, lines: &[&str]| {
        for line in lines {
            let _ = writeln!(text, "{sign}{line}");
        }
    };
    add(' ', &old[from..common]);
    add('-', &old[common..old.len() - tail]);
    add('+', &new[common..new.len() - tail]);
    add(' ', &old[old.len() - tail..until(&old)]);
    text
}

impl Server {
    /// Really writes a file, and keeps the change for the diff of the turn.
    pub(super) fn write_file(&mut self, runner: &mut Runner, path: &Path, content: &str) {
        let before = fs::read_to_string(path).ok();
        let written = path
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(path, content));
        if let Err(error) = written {
            self.complain(&format!("cannot write {}: {error}", path.display()));
            return;
        }
        let root = self
            .threads
            .get(&runner.thread)
            .map(|thread| thread.meta.cwd.clone());
        let shown = path
            .strip_prefix(root.unwrap_or_default())
            .unwrap_or(path)
            .display();
        let head = match &before {
            None => format!(
                "diff --git a/{shown} b/{shown}\nnew file mode 100644\n--- /dev/null\n+++ b/{shown}\n"
            ),
            Some(_) => format!("diff --git a/{shown} b/{shown}\n--- a/{shown}\n+++ b/{shown}\n"),
        };
        runner.diff.push_str(&head);
        match before {
            None => {
                let _ = writeln!(runner.diff, "@@ -0,0 +1,{} @@", content.lines().count());
                for line in content.lines() {
                    let _ = writeln!(runner.diff, "+{line}");
                }
            }
            Some(before) => runner.diff.push_str(&hunk(&before, content)),
        }
        self.events
            .record("wrote", json!({ "path": path.display().to_string() }));
    }

    /// Tells all changes of the turn so far.
    pub(super) fn tell_diff(&mut self, runner: &Runner) {
        self.tell(runner, Event::Diff(runner.diff.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hunks_show_what_changed() {
        assert_eq!(
            hunk("one\ntwo\n", "one\nTWO\n"),
            "@@ -1,2 +1,2 @@\n one\n-two\n+TWO\n"
        );
        assert_eq!(hunk("", "a\n"), "@@ -1,0 +1,1 @@\n+a\n");
        assert_eq!(hunk("a\n", ""), "@@ -1,1 +1,0 @@\n-a\n");
        assert_eq!(hunk("a\nb\nc\n", "b\nc\n"), "@@ -1,3 +1,2 @@\n-a\n b\n c\n");
    }
}
