//! What happens in a scenario, step by step.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::Located;
use super::expect::Expect;
use super::text::Expected;
use crate::claude::belief::Told;
use crate::claude::relay::Relay;
use fake_codex::duration::SimDuration;

/// One step: a map with exactly one key.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Claude's main thread calls the codex-rescue subagent, which calls the companion once and relays what it said.
    Agent(Box<AgentStep>),
    /// Somebody runs the companion directly, as a slash command or a person does.
    Companion(Box<CommandStep>),
    /// Somebody runs a shell command in the workspace.
    Shell(Box<CommandStep>),
    /// The completion hook gets this input; the rest of the payload is filled in.
    Hook(Box<HookStep>),
    /// The main thread arms the watcher exactly as the last context told it to.
    Watch(WatchStep),
    /// Time passes.
    Advance(SimDuration),
    /// Time passes until something is so.
    Until(Until),
    /// A process gets a signal.
    Kill(Kill),
    /// A file is written.
    Write(WriteStep),
    /// A file is removed.
    Remove(String),
    /// What must be true now.
    Expect(Box<Expect>),
    /// The session ends as Claude Code ends it.
    SessionEnd(SessionEnd),
    /// Another session begins in the same workspace and is the current one from here on.
    SessionStart(SessionStart),
}

impl Step {
    /// The step's key in the file.
    pub fn kind(&self) -> &'static str {
        match self {
            Step::Agent(_) => "agent",
            Step::Companion(_) => "companion",
            Step::Shell(_) => "shell",
            Step::Hook(_) => "hook",
            Step::Watch(_) => "watch",
            Step::Advance(_) => "advance",
            Step::Until(_) => "until",
            Step::Kill(_) => "kill",
            Step::Write(_) => "write",
            Step::Remove(_) => "remove",
            Step::Expect(_) => "expect",
            Step::SessionEnd(_) => "session-end",
            Step::SessionStart(_) => "session-start",
        }
    }
}

/// A call of the codex-rescue subagent.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct AgentStep {
    /// What follows `task` on the companion's command line.
    pub task: String,
    /// A whole shell command in place of the companion's.
    pub command: Option<String>,
    /// What the subagent makes of the command's result.
    pub relay: Relay,
    /// How the subagent calls Bash.
    pub bash: BashCall,
    /// Whether the Agent call itself runs in the background; without it, as the version's default says for a call
    /// that asks for the foreground.
    pub background: bool,
    /// A `status` for the tool response in place of the one that this version of Claude Code gives.
    pub status: Option<String>,
    /// The Agent call itself fails with this error, before the subagent does anything.
    pub error: Option<String>,
    /// Steps that happen while the call is under way.
    pub during: Vec<Located<Step>>,
    /// What must be true when the call has returned.
    pub expect: Option<Expect>,
}

/// How Bash is called.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct BashCall {
    /// The limit that the caller asks for; without it the longest that Claude Code allows.
    pub timeout: Option<SimDuration>,
    /// Whether the caller asks for the background at once.
    pub run_in_background: bool,
}

/// A command with its expectations: a text, or a map.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct CommandStep {
    /// The arguments of the companion, or the shell command.
    pub run: String,
    /// What the command reads from its standard input.
    pub stdin: Option<String>,
    /// Variables of its environment, beside those of the run; `null` removes one.
    pub env: BTreeMap<String, Option<String>>,
    /// The folder it runs in, relative to the workspace.
    pub cwd: Option<String>,
    /// Do not wait for its end: later steps happen while it runs.
    pub background: bool,
    /// Steps that happen while it runs.
    pub during: Vec<Located<Step>>,
    /// How long it may take; without it a day.
    pub within: Option<SimDuration>,
    /// What must be true when it has ended.
    pub expect: Option<Expect>,
}

/// An input of the completion hook.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct HookStep {
    /// The hook event; `PostToolUse` when left out.
    pub event: Option<String>,
    /// `tool_response.status`; left out, there is none.
    pub status: Option<String>,
    /// The text of `tool_response.content`; left out, there is none.
    pub text: Option<String>,
    /// A whole `tool_response` in place of the one made of status and text.
    pub response: Option<Value>,
    /// The error of a PostToolUseFailure.
    pub error: Option<String>,
    /// Fields of the payload that replace the usual ones; `null` removes one.
    pub input: BTreeMap<String, Value>,
    /// Exactly these bytes on standard input in place of a payload.
    pub raw: Option<String>,
    /// What must be true when the hook has answered.
    pub expect: Option<Expect>,
}

/// The watcher that a context asks for.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct WatchStep {
    /// What must be true when the watcher has ended and the main thread was notified.
    pub expect: Option<Expect>,
    /// How long to wait for it; without it a day.
    pub within: Option<SimDuration>,
}

/// A condition to wait for; exactly one.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Until {
    /// The newest job's record has these fields.
    pub job: Option<BTreeMap<String, Expected>>,
    /// fake-codex received or sent a message with this method since the run began.
    pub codex: Option<String>,
    /// No process of this actor is left.
    pub gone: Option<String>,
    /// A process of this actor is there.
    pub started: Option<String>,
    /// The main thread believes this.
    pub told: Option<Told>,
    /// How long to wait at most; without it an hour.
    pub within: Option<SimDuration>,
}

/// A signal to a process.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Kill {
    /// The actor: `worker`, `launcher`, `codex`, `broker`, `watcher`, `hook`, or a part of the command line.
    pub process: String,
    /// The signal's name; SIGKILL when left out.
    #[serde(default = "default_signal")]
    pub signal: String,
}

fn default_signal() -> String {
    "SIGKILL".into()
}

/// A file with its text.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WriteStep {
    /// Where, relative to the workspace; `${state}/…` is the state folder.
    pub path: String,
    /// The whole text.
    pub text: String,
}

/// The end of a session.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct SessionEnd {
    /// The reason as Claude Code gives it; `prompt_input_exit` when left out.
    pub reason: Option<String>,
}

/// The begin of a session.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SessionStart {
    /// The new session's id.
    pub session: String,
}

/// A place where a process is stopped, refused or killed.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Gate {
    /// Stop just before the process does this.
    #[serde(default)]
    pub before: Option<Operation>,
    /// Stop just after it did this.
    #[serde(default)]
    pub after: Option<Operation>,
    /// Only in a process whose command line matches this pattern (`*` stands for anything).
    #[serde(default)]
    pub process: Option<String>,
    /// Only the n-th time, from one.
    #[serde(default = "first")]
    pub nth: u32,
    /// What happens while the process is held.
    #[serde(default, rename = "do")]
    pub steps: Vec<Located<Step>>,
    /// What becomes of it then.
    #[serde(default)]
    pub then: Then,
}

fn first() -> u32 {
    1
}

/// What a process does at a gate: a map with exactly one key, whose value is a pattern of what it touches.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// Opens a file for writing.
    Open(String),
    /// Writes to a file.
    Write(String),
    /// Gives a file this name.
    Rename(String),
    /// Puts new content in place of a file's, by writing to it or by renaming another file onto it; only `after`.
    Save(String),
    /// Removes a file.
    Unlink(String),
    /// Makes a child process; the pattern is that of its own command line.
    Fork(String),
    /// Starts a program with this command line.
    Exec(String),
    /// Connects to a socket.
    Connect(String),
    /// fake-codex receives (`received/METHOD`) or sends (`sent/METHOD`) a message.
    Message(String),
}

/// What becomes of a process at a gate.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Then {
    /// It goes on.
    #[default]
    Go,
    /// It is killed with this signal.
    Kill(String),
    /// What it does fails with this error, for example `EAGAIN`.
    Fail(String),
}
