//! What the process that runs one scenario is asked to do.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::engine::TimeMode;

/// Which subject a scenario runs on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubjectChoice {
    /// The Rust companion that the harness carries.
    Builtin,
    /// A plugin folder.
    Plugin {
        /// The folder.
        path: PathBuf,
        /// Its revision, when the user says so.
        revision: Option<String>,
    },
}

/// One scenario to run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Request {
    /// The scenario's name.
    pub name: String,
    /// Its file, as the user knows it.
    pub file: String,
    /// The file's text.
    pub text: String,
    /// The subject.
    pub subject: SubjectChoice,
    /// How time passes.
    pub mode: TimeMode,
    /// Let short polls fire this much late, whatever the scenario says.
    pub coalesce: Option<Duration>,
    /// The sandbox's folder.
    pub root: PathBuf,
    /// The folder for the clock's shared memory.
    pub clock: PathBuf,
    /// The marker of its processes.
    pub marker: String,
    /// The CPU it runs on.
    pub cpu: Option<usize>,
    /// Leave the sandbox there.
    pub keep: bool,
    /// Give the event log back.
    pub events: bool,
    /// Tell every place where a gate could hold somebody.
    #[serde(default)]
    pub survey: bool,
    /// Stop at this step or event until the user lets it go on.
    #[serde(default)]
    pub pause_at: Option<String>,
    /// Tell events on standard error as they happen.
    #[serde(default)]
    pub follow: bool,
}
