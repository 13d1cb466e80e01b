//! Where in a scenario file it stands what a failure speaks of.

use super::Failure;
use crate::yaml::{self, Node};

/// The place of the expectations at the end of a file.
pub const AT_THE_END: &str = "at the end";

/// Gives failures the line of the very expectation that did not hold, and tells once what the row and the file of a
/// job have in common.
pub fn locate(text: &str, failures: &mut Vec<Failure>) {
    join(failures);
    let Some(tree) = yaml::read(text) else { return };
    for failure in failures {
        let found = place(&tree, failure).or_else(|| {
            let list = failure.subject.split(['.', '[']).next()?;
            expect_of(&tree, &failure.place)?.get(list)
        });
        let found = found.or_else(|| expect_of(&tree, &failure.place));
        if let Some(node) = found {
            failure.line = node.line;
        }
    }
}

/// A row and a file that differ from what was expected in the same way are one failure.
fn join(failures: &mut Vec<Failure>) {
    let mut joined: Vec<Failure> = Vec::new();
    for failure in failures.drain(..) {
        let twin = failure.subject.replacen("].file.", "].row.", 1);
        let known = joined.iter_mut().find(|known| {
            failure.subject != twin
                && known.subject == twin
                && (
                    &known.place,
                    &known.expected,
                    &known.actual,
                    &known.suggestion,
                ) == (
                    &failure.place,
                    &failure.expected,
                    &failure.actual,
                    &failure.suggestion,
                )
        });
        match known {
            Some(known) => known.subject = twin.replacen("].row.", "].", 1),
            None => joined.push(failure),
        }
    }
    *failures = joined;
}

/// The value in the file that a failure speaks of.
pub fn place<'a>(tree: &'a Node, failure: &Failure) -> Option<&'a Node> {
    let expect = expect_of(tree, &failure.place)?;
    let subject = failure.subject.as_str();
    if let Some(path) = subject.strip_prefix("files.") {
        return expect.get("files")?.get(path);
    }
    if let Some(method) = subject.strip_prefix("codex.") {
        return expect.get("codex")?.get(method);
    }
    let Some((index, field)) = subject
        .strip_prefix("jobs[")
        .and_then(|rest| rest.split_once("]."))
    else {
        return expect.get(subject);
    };
    let job = expect
        .get("jobs")?
        .items()
        .get(index.parse::<usize>().ok()?)?;
    match field.split_once('.') {
        Some((place @ ("row" | "file"), name)) => job
            .get(place)
            .and_then(|fields| fields.get(name))
            .or_else(|| job.get(name)),
        _ => job.get(field),
    }
}

/// The `expect` of the step that a place such as `step 2.1 (agent)`, `gate 1: 2 (expect)` or `at the end` names.
fn expect_of<'a>(tree: &'a Node, place: &str) -> Option<&'a Node> {
    if place == AT_THE_END {
        return tree.get("expect");
    }
    let ordinals = place.split(" (").next()?;
    let (mut list, path) = match ordinals.strip_prefix("gate ") {
        Some(rest) => {
            let (gate, path) = rest.split_once(": ")?;
            (
                tree.get("gates")?
                    .items()
                    .get(gate.parse::<usize>().ok()?.checked_sub(1)?)?
                    .get("do")?,
                path,
            )
        }
        None => (tree.get("steps")?, ordinals.strip_prefix("step ")?),
    };
    let mut step = None;
    for ordinal in path.split('.') {
        if let Some(outer) = step {
            list = Node::get(outer, "during")?;
        }
        let item = list
            .items()
            .get(ordinal.parse::<usize>().ok()?.checked_sub(1)?)?;
        let (kind, body) = item.entries().first()?;
        if kind.text() == Some("expect") {
            return Some(body);
        }
        step = Some(body);
    }
    step?.get("expect")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "title: t\nsteps:\n  - agent:\n      task: fix\n      expect:\n        exit: 0\n        told: done\nexpect:\n  jobs:\n    - status: failed\n      row: {phase: done}\n";

    fn failure(place: &str, subject: &str, actual: &str) -> Failure {
        Failure {
            line: 0,
            place: place.into(),
            subject: subject.into(),
            expected: "x".into(),
            actual: actual.into(),
            hint: None,
            suggestion: None,
            at_us: 0,
        }
    }

    #[test]
    fn a_failure_has_the_line_of_what_was_expected() {
        let mut failures = vec![
            failure("step 1 (agent)", "told", "y"),
            failure(AT_THE_END, "jobs[0].row.phase", "y"),
            failure(AT_THE_END, "jobs", "y"),
            failure(AT_THE_END, "jobs[3].status", "y"),
            failure("in every run", "soundness", "y"),
        ];
        locate(TEXT, &mut failures);
        let lines: Vec<u64> = failures.iter().map(|failure| failure.line).collect();
        assert_eq!(lines, [7, 11, 10, 10, 0]);
    }

    #[test]
    fn what_row_and_file_have_in_common_is_told_once() {
        let mut failures = vec![
            failure(AT_THE_END, "jobs[0].row.status", "y"),
            failure(AT_THE_END, "jobs[0].file.status", "y"),
            failure(AT_THE_END, "jobs[0].row.pid", "y"),
            failure(AT_THE_END, "jobs[0].file.pid", "z"),
        ];
        locate(TEXT, &mut failures);
        let subjects: Vec<&str> = failures
            .iter()
            .map(|failure| failure.subject.as_str())
            .collect();
        assert_eq!(
            subjects,
            ["jobs[0].status", "jobs[0].row.pid", "jobs[0].file.pid"]
        );
    }
}
