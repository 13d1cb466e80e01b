//! The one event log of a run: everything that happens becomes one typed event, in one order.
//!
//! Reports, expectations, invariants and replay read this log and nothing else.

mod causes;
mod log;
mod redact;

pub use log::{Log, Mark, Phase, Rank};
pub use redact::Redaction;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One thing that happened, with its virtual time and its actor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Position in the log, from zero.
    pub seq: u64,
    /// Virtual time since the start of the run, in microseconds.
    pub at_us: u64,
    /// Who did it: `claude`, `launcher`, `worker`, `codex`, `hook`, `state`, `clock`, `scenario`, …
    pub actor: String,
    /// What it was.
    pub what: What,
    /// The sequence number of the event that caused this one, where the harness knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<u64>,
}

impl Event {
    /// Virtual time since the start of the run.
    pub fn at(&self) -> Duration {
        Duration::from_micros(self.at_us)
    }
}

/// The kinds of events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// The scenario began a step; the text is the step's kind and its ordinal.
    Step {
        /// Ordinal of the step in its scenario, from one, with the ordinals of enclosing steps before it.
        ordinal: String,
        /// The step's key in the file, for example `agent`.
        kind: String,
    },
    /// A process began or replaced its program.
    Process {
        /// Process id on this machine.
        pid: i32,
        /// The parent's process id, where it is known.
        parent: Option<i32>,
        /// The command line.
        command: String,
    },
    /// A process ended.
    Exit {
        /// Process id on this machine.
        pid: i32,
        /// `exit 0`, `signal 15` and so on.
        status: String,
    },
    /// The harness sent a signal, as Claude Code or a scenario would.
    Signal {
        /// The receiver.
        pid: i32,
        /// The signal's name, for example `SIGTERM`.
        signal: String,
    },
    /// fake-codex reported what it was asked, what it sent, or what befell it.
    Codex(Value),
    /// A job record on disk changed.
    Job {
        /// The job's id.
        id: String,
        /// `row` of state.json or `file` in jobs/.
        place: String,
        /// The fields that changed, with their new values; `null` also for a field that is gone.
        changed: Value,
    },
    /// A state file on disk that cannot be read as JSON.
    Unreadable {
        /// The file, relative to the state folder.
        path: String,
    },
    /// Claude Code called a hook.
    HookInput {
        /// The hook event, for example `PostToolUse`.
        event: String,
        /// The payload on the hook's standard input.
        input: Value,
    },
    /// A hook answered.
    HookOutput {
        /// The hook event.
        event: String,
        /// How it ended and what it said, as Claude Code understands it.
        output: Value,
    },
    /// A tool call of the simulated Claude Code returned.
    Tool {
        /// `Bash` or `Agent`.
        tool: String,
        /// The result in short.
        result: Value,
    },
    /// The main thread was told something.
    Told {
        /// In which form: `tool-result`, `hook-context`, `task-notification`.
        form: String,
        /// The text.
        text: String,
        /// What the main thread believes after it.
        belief: String,
    },
    /// The virtual clock moved.
    Clock {
        /// Who was woken, or the deadline of the harness that was reached.
        woke: String,
    },
    /// A gate was passed or held somebody.
    Gate {
        /// `held`, `released`, `passed`, `refused`, …
        outcome: String,
        /// The gate's name in the scenario, or the place that was passed.
        gate: String,
        /// What was touched.
        detail: String,
    },
    /// A process came to a place where a gate can hold it; told only in runs that look for such places.
    Point {
        /// Counts the places that this actor came to, from 1.
        ordinal: u64,
        /// Process id on this machine.
        pid: i32,
        /// What it does, as the key of a gate: `open`, `write`, `rename`, `exec`, `message` and so on.
        operation: String,
        /// `before` or `after`.
        when: String,
        /// What it touches.
        text: String,
    },
    /// Anything worth knowing that has no type of its own.
    Note {
        /// The text.
        text: String,
    },
}
