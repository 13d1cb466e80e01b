//! The program as it is installed: whether it starts at all, who is logged in, how it begins.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fault::{ExitStatus, Signal};
use crate::duration::SimDuration;

/// How the `codex` program is installed. The harness carries it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Install {
    /// It is there and starts.
    #[default]
    Ok,
    /// There is no `codex` on the PATH (ENOENT).
    Missing,
    /// The file is there but may not be executed (EACCES).
    NotExecutable,
    /// The file is executable but no program (ENOEXEC).
    Enoexec,
    /// The file is being written to (ETXTBSY).
    Etxtbsy,
}

/// Who is logged in, as `login status` and `account/read` tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Account {
    /// A ChatGPT account is logged in.
    #[default]
    In,
    /// Nobody is logged in, and the provider needs it.
    Out,
    /// An API key is configured.
    ApiKey,
    /// Nobody is logged in, and the provider does not need it.
    NotNeeded,
}

/// How the short commands of the program answer.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Probes {
    /// `codex --version`.
    pub version: Probe,
    /// `codex app-server --help`.
    pub app_server_help: Probe,
    /// `codex login status`.
    pub login_status: Probe,
}

/// How one short command answers. Every field left out keeps the real answer.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Probe {
    /// Time before it answers.
    pub delay: SimDuration,
    /// It never answers.
    pub hang: bool,
    /// What it writes to its standard output.
    pub stdout: Option<String>,
    /// What it writes to its standard error.
    pub stderr: Option<String>,
    /// Its exit code.
    pub exit: Option<u8>,
}

/// What the app-server does before it reads its first message.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Startup {
    /// Time before the first message is read.
    pub delay: SimDuration,
    /// What it writes to its standard error at once.
    pub stderr: Option<String>,
    /// Noise that it writes to its standard output, each text one line.
    pub stdout: Vec<String>,
    /// It never reads anything.
    pub hang: bool,
    /// It ends instead of serving.
    pub exit: Option<ExitStatus>,
}

/// How signals and the end of the input are taken.
///
/// What is not ignored does what that version of Codex does: 0.117 and 0.134 are killed by
/// SIGTERM, 0.169 exits with 0; all are killed by SIGINT and SIGHUP; all exit with 0 at the end
/// of their input.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Signals {
    /// Signals that have no effect.
    pub ignore: Vec<Signal>,
    /// The end of the input has no effect: the process stays alive.
    pub ignore_eof: bool,
    /// Time between a SIGTERM, or the end of the input, and the end of the process.
    pub exit_delay: SimDuration,
}
