//! The script language: what the fake Codex does, and where it departs from a good run.
//!
//! A [`Script`] is the `codex:` block of a scenario. Everything has a default, so a script
//! names only what differs from a working, logged-in Codex whose every turn succeeds.

mod fault;
mod install;
mod load;
mod point;
mod say;
mod short;
mod step;
mod tool;
mod write;

pub use fault::{Action, ExitStatus, Fault, Flood, Grandchild, LongLine, RpcError, Signal};
pub use install::{Account, Install, Probe, Probes, Signals, Startup};
pub use load::{LoadError, load_file, parse};
pub use point::{Direction, ParsePointError, Point, Target};
pub use say::{AgentMessage, Echo, Phase, Reason, Usage};
pub use short::Short;
pub use step::{Ask, Failure, Message, OnInterrupt, Retry, Step, Turn};
pub use tool::{
    Approve, Change, ChangeKind, Elicit, Patch, Reaction, Run, Subagent, ToolStatus, Write,
};
pub use write::WriteError;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::duration::SimDuration;

/// What the fake Codex does in one run.
///
/// Turns are counted over all Codex processes of a run that share one `CODEX_HOME`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Script {
    /// The Codex version whose protocol and behaviour is spoken.
    pub version: Version,
    /// How the program is installed; carried out by the harness, before anything runs.
    pub install: Install,
    /// Who is logged in.
    pub login: Account,
    /// The model name that threads report. Left out: the default of the version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The provider name that threads report.
    pub model_provider: String,
    /// Texts of `configWarning` notifications sent after `initialize`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub config_warnings: Vec<String>,
    /// Texts of `warning` notifications sent when a thread starts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub thread_warnings: Vec<String>,
    /// How `--version`, `app-server --help` and `login status` answer.
    pub probes: Probes,
    /// What happens before the app-server reads its first message.
    pub startup: Startup,
    /// How signals and the end of its input are taken.
    pub signals: Signals,
    /// Time between the reply to `turn/start` and the turn's first notification.
    ///
    /// The real one takes some 10 ms; an interrupt that arrives within it finds no active turn.
    pub latency: SimDuration,
    /// Who says when token usage is reported.
    pub usage_reports: UsageReports,
    /// What the n-th turn of the run does; a turn beyond the list is a good one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub turns: Vec<Turn>,
    /// What the n-th review of the run does; a review beyond the list is a good one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reviews: Vec<Turn>,
    /// What goes wrong at which point of the protocol.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            version: Version::default(),
            install: Install::default(),
            login: Account::default(),
            model: None,
            model_provider: "openai".to_owned(),
            config_warnings: Vec::new(),
            thread_warnings: Vec::new(),
            probes: Probes::default(),
            startup: Startup::default(),
            signals: Signals::default(),
            latency: SimDuration::from_millis(10),
            usage_reports: UsageReports::default(),
            turns: Vec::new(),
            reviews: Vec::new(),
            faults: Vec::new(),
        }
    }
}

impl Script {
    /// The model of threads for which the client names none.
    pub fn model(&self) -> &str {
        self.model
            .as_deref()
            .unwrap_or_else(|| self.version.default_model())
    }
}

/// Who says when token usage is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UsageReports {
    /// A turn without a `usage` step reports as the real one does, at its good end.
    #[default]
    Automatic,
    /// Only `usage` steps report.
    Scripted,
}

/// A version of Codex that was recorded and is followed.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    JsonSchema,
)]
pub enum Version {
    /// Codex 0.117.0.
    #[serde(rename = "0.117.0")]
    V0_117,
    /// Codex 0.134.0.
    #[default]
    #[serde(rename = "0.134.0")]
    V0_134,
    /// Codex 0.169.0.
    #[serde(rename = "0.169.0")]
    V0_169,
}

impl Version {
    /// Every version, oldest first.
    pub const ALL: [Self; 3] = [Self::V0_117, Self::V0_134, Self::V0_169];

    /// The version number as Codex prints it.
    pub const fn number(self) -> &'static str {
        match self {
            Self::V0_117 => "0.117.0",
            Self::V0_134 => "0.134.0",
            Self::V0_169 => "0.169.0",
        }
    }

    /// The version with this number.
    pub fn from_number(number: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|version| version.number() == number)
    }
}
