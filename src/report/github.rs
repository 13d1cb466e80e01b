//! What GitHub shows: annotations on the lines of scenario files, and a summary of the job.

use super::describe::cut;
use super::text::{failures, headline, subjects};
use crate::run::{Outcome, Verdict};

/// Workflow commands that put an annotation on the line of each failure.
pub(super) fn annotations(outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    for outcome in outcomes {
        let title = property(&cut(&outcome.title, 100));
        let mut annotate = |level: &str, line: u64, message: &str| {
            let file = property(&outcome.file);
            text += &format!(
                "::{level} file={file},line={},title={title}::{}\n",
                line.max(1),
                data(message)
            );
        };
        match outcome.verdict {
            Verdict::Failed => outcome
                .failures
                .iter()
                .for_each(|failure| annotate("error", failure.line, &headline(failure))),
            Verdict::Broken => annotate(
                "error",
                1,
                &format!(
                    "the harness broke: {}",
                    outcome.broken.as_deref().unwrap_or_default()
                ),
            ),
            Verdict::Mended => annotate(
                "error",
                1,
                "recorded as bad, now good: update `history` in the file",
            ),
            Verdict::KnownBad => annotate(
                "notice",
                1,
                &format!(
                    "known bad: {}",
                    outcome.known_bad.as_deref().unwrap_or_default()
                ),
            ),
            Verdict::Passed => {}
        }
    }
    text
}

/// The summary in Markdown.
pub(super) fn summary(outcomes: &[Outcome]) -> String {
    let count = |verdict: Verdict| {
        outcomes
            .iter()
            .filter(|outcome| outcome.verdict == verdict)
            .count()
    };
    let all = subjects(outcomes);
    let subject = match all[..] {
        [] => "nothing".to_owned(),
        ref all => all.join(", "),
    };
    let mut text = format!(
        "### rescue-harness on {subject}\n\n| passed | failed | known bad | mended | broken |\n|--:|--:|--:|--:|--:|\n"
    );
    let verdicts = [
        Verdict::Passed,
        Verdict::Failed,
        Verdict::KnownBad,
        Verdict::Mended,
        Verdict::Broken,
    ];
    text += &format!(
        "| {} |\n",
        verdicts
            .map(|verdict| count(verdict).to_string())
            .join(" | ")
    );
    for outcome in outcomes.iter().filter(|outcome| {
        matches!(
            outcome.verdict,
            Verdict::Failed | Verdict::Mended | Verdict::Broken
        )
    }) {
        let body = failures(outcome).replace("```", "'''");
        let on = if all.len() > 1 {
            format!(" on {}", html(&outcome.subject))
        } else {
            String::new()
        };
        text += &format!(
            "\n<details><summary>{}: {}{on} (<code>{}</code>)</summary>\n\n```diff\n{}\n```\n\n</details>\n",
            outcome.verdict.word(),
            html(&outcome.title),
            html(&outcome.file),
            cut(body.trim_end(), 4000),
        );
    }
    text
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// A text after the `::` of a workflow command.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A text as a property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_of_workflow_commands_are_escaped() {
        assert_eq!(property("a: b, 100%\n"), "a%3A b%2C 100%25%0A");
    }
}
