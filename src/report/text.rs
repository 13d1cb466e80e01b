//! Failures as plain text, for reports that know no more than text.

use super::describe::{clock, cut};
use crate::run::Outcome;
use crate::verdict::Failure;

/// What the runs were made on, each once, in the order of the runs.
pub(super) fn subjects(outcomes: &[Outcome]) -> Vec<&str> {
    let mut subjects: Vec<&str> = Vec::new();
    for outcome in outcomes {
        let subject = outcome.subject.as_str();
        if !subject.is_empty() && !subjects.contains(&subject) {
            subjects.push(subject);
        }
    }
    subjects
}

/// A failure in one line.
pub(super) fn headline(failure: &Failure) -> String {
    let line = |text: &str| cut(&text.split_whitespace().collect::<Vec<_>>().join(" "), 120);
    format!(
        "{}: expected {}, got {}",
        failure.subject,
        line(&failure.expected),
        line(&failure.actual)
    )
}

/// All failures of an outcome with their differences.
pub(super) fn failures(outcome: &Outcome) -> String {
    let mut text = String::new();
    for failure in &outcome.failures {
        text += &format!(
            "{} at {}, {} ({})\n",
            failure.subject,
            clock(failure.at_us),
            failure.place,
            place(outcome, failure)
        );
        text += &difference(failure);
        if let Some(hint) = &failure.hint {
            text += &format!("  {hint}\n");
        }
    }
    text + &outcome.broken.clone().unwrap_or_default()
}

/// The file and line that ask for what failed.
pub(super) fn place(outcome: &Outcome, failure: &Failure) -> String {
    if failure.line > 0 {
        format!("{}:{}", outcome.file, failure.line)
    } else {
        outcome.file.clone()
    }
}

/// Expected and actual, several lines as a diff.
pub(super) fn difference(failure: &Failure) -> String {
    if !(failure.expected.contains('\n') || failure.actual.contains('\n')) {
        return format!(
            "  expected  {}\n  actual    {}\n",
            failure.expected, failure.actual
        );
    }
    let diff = similar::TextDiff::from_lines(&failure.expected, &failure.actual);
    diff.iter_all_changes()
        .fold("  - expected, + actual\n".to_owned(), |text, change| {
            text + &format!(
                "  {} {}\n",
                change.tag(),
                change.value().trim_end_matches('\n')
            )
        })
}
