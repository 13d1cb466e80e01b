//! The report for machines.

use schemars::JsonSchema;
use serde::Serialize;

use crate::run::{Outcome, Verdict};
use crate::verdict::Failure;

/// One document about one run.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Document<'a> {
    /// The version of this format; fields may be added to one version.
    version: u32,
    /// One entry a run of a scenario, in the order of their names.
    scenarios: Vec<Entry<'a>>,
}

/// What came of one scenario.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Entry<'a> {
    /// Its path without the ending, from the folder that was run.
    name: &'a str,
    /// What must be true.
    title: &'a str,
    /// Where the case comes from.
    source: &'a [String],
    /// The file, as it was named.
    file: &'a str,
    /// The subject with its revision, and the label of the run.
    subject: &'a str,
    /// The verdict.
    outcome: Verdict,
    /// Why this revision is known to be bad.
    known_bad: Option<&'a str>,
    /// What did not hold.
    failures: &'a [Failure],
    /// What broke the harness.
    broken: Option<&'a str>,
    /// How long it took in simulated time.
    virtual_seconds: f64,
    /// How long it took on the wall.
    wall_seconds: f64,
    /// How the clock worked when it was not exact.
    clock: Option<&'a str>,
}

/// The JSON Schema of the document.
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(Document<'_>)
}

/// One JSON document with one entry a scenario.
pub(super) fn render(outcomes: &[Outcome]) -> String {
    let scenarios = outcomes.iter().map(|outcome| Entry {
        name: &outcome.name,
        title: &outcome.title,
        source: &outcome.source,
        file: &outcome.file,
        subject: &outcome.subject,
        outcome: outcome.verdict,
        known_bad: outcome.known_bad.as_deref(),
        failures: &outcome.failures,
        broken: outcome.broken.as_deref(),
        virtual_seconds: outcome.virtual_seconds,
        wall_seconds: outcome.wall_seconds,
        clock: outcome.clock.as_deref(),
    });
    let document = Document {
        version: 1,
        scenarios: scenarios.collect(),
    };
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}
