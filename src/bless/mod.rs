//! Writes what came out into the `expect` of a scenario file, and leaves everything else as it stands.

mod render;

pub(crate) use render::flow;

use crate::verdict::{Failure, place};
use crate::yaml;

/// A file's text with what came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blessed {
    /// The text.
    pub text: String,
    /// What no file can say, or stands in no place of it.
    pub left: Vec<String>,
}

/// The text of a scenario file with the suggestions of `failures` in place of what did not hold.
pub fn bless(text: &str, failures: &[Failure]) -> Blessed {
    let mut left = Vec::new();
    let mut edits: Vec<(std::ops::Range<usize>, String)> = Vec::new();
    let tree = yaml::read(text);
    for failure in failures {
        let place = tree.as_ref().and_then(|tree| place(tree, failure));
        let (Some(suggestion), Some(node)) = (&failure.suggestion, place) else {
            left.push(format!(
                "{}: expected {}, got {}",
                failure.subject, failure.expected, failure.actual
            ));
            continue;
        };
        let new = render::value(text, node, suggestion);
        match edits.iter().find(|(range, _)| *range == node.range) {
            None => edits.push((node.range.clone(), new)),
            Some((_, same)) if *same == new => {}
            Some(_) => left.push(format!(
                "{}: the row and the file differ; write `row:` and `file:`",
                failure.subject
            )),
        }
    }
    edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    let mut text = text.to_owned();
    for (range, new) in edits {
        text.replace_range(range, &new);
    }
    Blessed { text, left }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const TEXT: &str = "title: t   # a title\nsteps:\n  # the call\n  - agent:\n      task: fix\n      expect: {exit: 0, told: done}   # now\n  - companion:\n      run: status\n      expect:\n        stdout: |\n          old\n          text\n        exit: 1   # why\nexpect:\n  context: complete\n  jobs:\n    - {status: failed, pid: {is: dead}}\n";

    fn failure(line: u64, place: &str, subject: &str, suggestion: Value) -> Failure {
        Failure {
            line,
            place: place.into(),
            subject: subject.into(),
            expected: "x".into(),
            actual: "y".into(),
            hint: None,
            suggestion: Some(suggestion),
            at_us: 0,
        }
    }

    fn changed(failure: &Failure) -> (String, String) {
        let blessed = bless(TEXT, std::slice::from_ref(failure));
        assert_eq!(blessed.left, Vec::<String>::new());
        crate::scenario::parse("t.yaml", &blessed.text)
            .unwrap_or_else(|error| panic!("{error}\n{}", blessed.text));
        let diff = similar::TextDiff::from_lines(TEXT, &blessed.text);
        let side = |tag| {
            diff.iter_all_changes()
                .filter(|change| change.tag() == tag)
                .map(|change| change.value())
                .collect::<String>()
        };
        (
            side(similar::ChangeTag::Delete),
            side(similar::ChangeTag::Insert),
        )
    }

    #[test]
    fn what_no_file_can_say_is_left() {
        let mut always = failure(0, "in every run", "soundness", Value::Null);
        always.suggestion = None;
        assert_eq!(
            bless(TEXT, &[always]),
            Blessed {
                text: TEXT.into(),
                left: vec!["soundness: expected x, got y".into()]
            }
        );
    }

    #[test]
    fn a_scalar_is_replaced_and_its_comment_stays() {
        let (old, new) = changed(&failure(7, "step 2 (companion)", "exit", json!(0)));
        assert_eq!(
            (old.as_str(), new.as_str()),
            ("        exit: 1   # why\n", "        exit: 0   # why\n")
        );
        let (_, new) = changed(&failure(4, "step 1 (agent)", "told", json!("failed")));
        assert_eq!(new, "      expect: {exit: 0, told: failed}   # now\n");
    }

    #[test]
    fn a_block_of_text_stays_a_block() {
        let (_, new) = changed(&failure(
            7,
            "step 2 (companion)",
            "stdout",
            json!("new ${job}\n\nlines\n"),
        ));
        assert_eq!(new, "          new ${job}\n\n          lines\n");
    }

    #[test]
    fn a_field_of_a_record_is_changed_where_it_stands() {
        let (_, new) = changed(&failure(
            0,
            "at the end",
            "jobs[0].row.status",
            json!("cancelled"),
        ));
        assert_eq!(new, "    - {status: cancelled, pid: {is: dead}}\n");
        let (_, new) = changed(&failure(
            0,
            "at the end",
            "jobs[0].file.pid",
            json!({"is": "alive"}),
        ));
        assert_eq!(new, "    - {status: failed, pid: {is: alive}}\n");
    }

    #[test]
    fn a_whole_list_is_replaced() {
        let (_, new) = changed(&failure(
            0,
            "at the end",
            "jobs",
            json!([{"status": "failed", "phase": null}, {"status": "a b"}]),
        ));
        assert_eq!(
            new,
            "    [{status: failed, phase: null}, {status: \"a b\"}]\n"
        );
    }
}
