//! What happens in a scenario, step by step.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::Located;
use super::call::{
    ApiError, BashCall, BashStep, InBackground, Interrupt, MessageStep, Stdin, StopStep, TaskCall,
    TaskStop,
};
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
    /// The main thread sends a message to the subagent that it called last: it goes on in the background.
    SendMessage(Box<MessageStep>),
    /// The main thread calls Bash itself.
    Bash(Box<BashStep>),
    /// The main thread stops a background task with the TaskStop tool.
    TaskStop(Box<TaskStop>),
    /// The user interrupts (Esc): the call that the main thread waits for is cut off, without any hook; what it runs
    /// gets SIGTERM with its whole tree, and subagents in the background are stopped too.
    Interrupt(Interrupt),
    /// The main thread ends its turn.
    Stop(Box<StopStep>),
    /// Somebody runs the companion directly, as a slash command or a person does.
    Companion(Box<CommandStep>),
    /// Somebody runs a shell command in the workspace.
    Shell(Box<CommandStep>),
    /// The completion hook gets this input; the rest of the payload is filled in.
    Hook(Box<HookStep>),
    /// The main thread arms the watcher exactly as the last context told it to.
    Watch(Box<WatchStep>),
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
    /// Another session that is open is the current one from here on: its main thread acts, and `told:` is what it
    /// believes.
    Session(String),
}

impl Step {
    /// The step's key in the file.
    pub fn kind(&self) -> &'static str {
        match self {
            Step::Agent(_) => "agent",
            Step::SendMessage(_) => "send-message",
            Step::Interrupt(_) => "interrupt",
            Step::Bash(_) => "bash",
            Step::TaskStop(_) => "task-stop",
            Step::Stop(_) => "stop",
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
            Step::Session(_) => "session",
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
    /// How the subagent calls Bash.
    pub bash: BashCall,
    /// Further Bash calls of the same subagent, one after the other; `exit`, `stdout` and `stderr` are those of the
    /// last one.
    pub then: Vec<TaskCall>,
    /// What the subagent makes of the last command's result.
    pub relay: Relay,
    /// What it makes of it each time a SubagentStop hook does not let it end; the last one stands for all that follow,
    /// and without any it says the same again.
    pub when_blocked: Vec<Relay>,
    /// The user moves the subagent to the background after this long, if it still works then: the call returns at
    /// once, and the end is told by a notification.
    pub user_moves_after: Option<SimDuration>,
    /// What the Agent call itself asks: `true` for the background, `false` for the foreground, `default` for nothing,
    /// so that the version decides (the background since 2.1.198). Left out, it asks for the foreground.
    pub background: Option<InBackground>,
    /// A `status` for the tool response in place of the one that this version of Claude Code gives.
    pub status: Option<String>,
    /// The Agent call itself fails with this error, before the subagent does anything.
    pub error: Option<String>,
    /// The model's API fails in place of the subagent's first answer, so that it runs nothing. Up to 2.1.197 the call
    /// still completes, with the failure as its text; in 2.1.330 it fails.
    pub api_error: Option<ApiError>,
    /// Steps that happen while the call is under way.
    pub during: Vec<Located<Step>>,
    /// What must be true when the call has returned.
    pub expect: Option<Expect>,
}

/// A command with its expectations.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct CommandStep {
    /// The arguments of the companion, or the shell command.
    pub run: String,
    /// What the command reads from its standard input.
    pub stdin: Option<String>,
    /// Variables of its environment, beside those of the run; `null` removes one.
    pub env: BTreeMap<String, Option<String>>,
    /// The folder it runs in, relative to the workspace; `${tmp}` and the like stand for folders of the run.
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
    /// How standard input goes on after that: it is `closed`, stays `open`, or is `{closed-after: 3s}`.
    pub stdin: Stdin,
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

/// The end of the current session. Its SessionEnd hooks have 1.5 s together, and what it has in the background ends.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct SessionEnd {
    /// The reason as Claude Code gives it: `clear`, `resume`, `logout`, `prompt_input_exit` or `other`. Left out,
    /// `prompt_input_exit`, in print mode `other`.
    pub reason: Option<String>,
    /// The session was in print mode (`-p`): before it ends, subagents in the background are awaited for at most ten
    /// minutes, and commands have five seconds more (not before 2.1.163).
    pub print: bool,
    /// Claude Code gets this signal, SIGTERM or SIGINT, and does what its version does then: the call that is under way
    /// is cut off, and up to 2.1.197 no SessionEnd hook runs.
    pub signal: Option<String>,
}

/// The begin of a session. Others that are open stay open beside it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SessionStart {
    /// The new session's id; one that was there before goes on with what it believed.
    pub session: String,
    /// How it begins: `startup`, `resume`, `clear` or `compact`; `startup` when left out.
    #[serde(default = "startup")]
    pub source: String,
}

fn startup() -> String {
    "startup".into()
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
    /// Nobody need come to it: a place that only some subjects or revisions have. Without it, a gate that nobody
    /// comes to is a failure, since the case then shows nothing.
    #[serde(default)]
    pub optional: bool,
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
    /// Writes to a file, other than through the C library's buffered streams.
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
    /// Connects to a socket, known by its path or as `address:port`.
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
