//! The report that continuous integration systems read: JUnit XML.

use std::collections::BTreeMap;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use crate::run::{Outcome, Verdict};

/// One document; a folder is a suite, a scenario a case.
pub(super) fn render(outcomes: &[Outcome]) -> String {
    let mut suites: BTreeMap<&str, Vec<&Outcome>> = BTreeMap::new();
    for outcome in outcomes {
        let folder = outcome
            .name
            .rsplit_once('/')
            .map_or("scenarios", |(folder, _)| folder);
        suites.entry(folder).or_default().push(outcome);
    }
    let mut report = Report::new("rescue-harness");
    for (name, outcomes) in suites {
        let mut suite = TestSuite::new(name);
        suite.add_test_cases(outcomes.into_iter().map(case));
        report.add_test_suite(suite);
    }
    report.to_string().unwrap_or_default()
}

fn case(outcome: &Outcome) -> TestCase {
    let mut case = TestCase::new(outcome.name.clone(), status(outcome));
    case.set_classname(outcome.name.replace('/', "."));
    case.set_time(Duration::from_secs_f64(outcome.wall_seconds.max(0.0)));
    case.extra
        .insert("file".into(), outcome.file.clone().into());
    let properties = [
        ("title", outcome.title.clone()),
        ("source", outcome.source.join(" ")),
        ("subject", outcome.subject.clone()),
        ("virtual-seconds", outcome.virtual_seconds.to_string()),
    ];
    properties
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .for_each(|(name, value)| {
            case.add_property(Property::new(name, value));
        });
    case
}

fn status(outcome: &Outcome) -> TestCaseStatus {
    let text = super::text::failures(outcome);
    let first = |fallback: &str| {
        outcome
            .failures
            .first()
            .map_or(fallback.to_owned(), super::text::headline)
    };
    match outcome.verdict {
        Verdict::Passed => TestCaseStatus::success(),
        Verdict::KnownBad => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(format!(
                "known bad: {}",
                outcome.known_bad.as_deref().unwrap_or_default()
            ));
            status
        }
        Verdict::Failed => non_success(NonSuccessKind::Failure, first("failed"), text),
        Verdict::Mended => {
            let message = "recorded as bad, now good: update `history` in the file".to_owned();
            non_success(NonSuccessKind::Failure, message, text)
        }
        Verdict::Broken => {
            let message =
                "the harness itself broke; this says nothing about the subject".to_owned();
            non_success(
                NonSuccessKind::Error,
                message,
                outcome.broken.clone().unwrap_or_default(),
            )
        }
    }
}

fn non_success(kind: NonSuccessKind, message: String, text: String) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(message).set_description(text);
    status
}
