//! The report for machines.

use serde_json::{Value, json};

use crate::run::Outcome;

/// One JSON document with one entry a scenario.
pub(super) fn render(outcomes: &[Outcome]) -> String {
    let entries: Vec<Value> = outcomes
        .iter()
        .map(|outcome| {
            json!({
                "name": outcome.name,
                "title": outcome.title,
                "source": outcome.source,
                "file": outcome.file,
                "subject": outcome.subject,
                "outcome": outcome.verdict,
                "knownBad": outcome.known_bad,
                "failures": outcome.failures,
                "broken": outcome.broken,
                "virtualSeconds": outcome.virtual_seconds,
                "wallSeconds": outcome.wall_seconds,
                "clock": outcome.clock,
            })
        })
        .collect();
    let document = json!({"version": 1, "scenarios": entries});
    format!("{document:#}\n")
}
