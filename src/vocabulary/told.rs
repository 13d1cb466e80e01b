//! What a reader believes about a delegated run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What the main thread believes about a run it delegated.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Told {
    /// The run ended well and its result is at hand.
    Done,
    /// The run ended without success.
    Failed,
    /// The run still goes on; its result is to come.
    Running,
    /// Nothing was said that settles it.
    #[default]
    Unknown,
}

impl fmt::Display for Told {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Told::Done => "done",
            Told::Failed => "failed",
            Told::Running => "running",
            Told::Unknown => "unknown",
        })
    }
}
