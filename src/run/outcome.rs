//! What came of one scenario.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::verdict::Failure;

/// What came of one scenario on one subject.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// The scenario's name: its path without the ending.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Its sources.
    pub source: Vec<String>,
    /// The file, as it was given.
    pub file: String,
    /// The subject with its revision.
    pub subject: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Why the subject is known to be bad here, when the file says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_bad: Option<String>,
    /// What is not as it must be.
    pub failures: Vec<Failure>,
    /// What broke the harness, when it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broken: Option<String>,
    /// Virtual time that the run took, in seconds.
    pub virtual_seconds: f64,
    /// Real time that it took, in seconds.
    pub wall_seconds: f64,
    /// How the clock worked, when it was not exact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<String>,
    /// Where the sandbox was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
    /// The event log, redacted, so that equal stories are equal texts; see [`crate::event::Event`] for its shape.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<serde_json::Value>,
}

/// The verdict on one scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Everything is as it must be.
    Passed,
    /// Something is not.
    Failed,
    /// Something is not, as the file says of this revision.
    KnownBad,
    /// Everything is as it must be although the file says otherwise of this revision.
    Mended,
    /// The harness itself broke; this says nothing about the subject.
    Broken,
}

impl Verdict {
    /// The verdict for a red or green run where red was declared or not.
    pub fn of(red: bool, declared_red: bool) -> Verdict {
        match (red, declared_red) {
            (false, false) => Verdict::Passed,
            (true, false) => Verdict::Failed,
            (true, true) => Verdict::KnownBad,
            (false, true) => Verdict::Mended,
        }
    }

    /// A word for a table.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Passed => "passed",
            Verdict::Failed => "FAILED",
            Verdict::KnownBad => "known bad",
            Verdict::Mended => "MENDED",
            Verdict::Broken => "BROKEN",
        }
    }
}
