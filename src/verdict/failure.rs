//! One thing that is not as it must be.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One thing that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// The line of the scenario file that asks for it; zero for what every run must hold.
    pub line: u64,
    /// Where in the story: `step 2 (agent)`, `the end`, `always`.
    pub place: String,
    /// What was compared: `context`, `told`, `jobs[0].status`, …
    pub subject: String,
    /// What it must be.
    pub expected: String,
    /// What it is.
    pub actual: String,
    /// What helps to understand the difference, when anything does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// What the file would have to say in this place so that it holds, when a file can say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<serde_json::Value>,
    /// Virtual time at which it was compared, in microseconds.
    pub at_us: u64,
}
