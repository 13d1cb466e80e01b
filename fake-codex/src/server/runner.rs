//! A turn that runs: what it still has to do, and what it waits for.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde_json::Value;

use super::decision::AfterAnswer;
use crate::message::item::Item;
use crate::message::notification::{Event, Notification, ThreadStatus};
use crate::message::request::ServerRequest;
use crate::message::turn::{Turn, TurnStatus};
use crate::script::{OnInterrupt, Step, Usage};

/// One thing that a turn does at once, or waits for.
#[derive(Debug, Clone)]
pub(super) enum Op {
    /// The turn begins with this input.
    Begin(Vec<Value>),
    /// The review begins: what is reviewed, and the prompt.
    BeginReview(String, String),
    /// The user's input is taken up.
    UserMessage(Vec<Value>),
    /// A step of the script.
    Step(Step),
    /// Something is told about the thread and the turn.
    Tell(Event),
    /// Any notification.
    Raw(Notification),
    /// The status of the thread changes.
    Status(ThreadStatus),
    /// Nothing happens for this long.
    Sleep(Duration),
    /// An item begins.
    Start(Item),
    /// An item ends.
    Finish(Item),
    /// An item ends so long after the turn.
    FinishLate(Item, Duration),
    /// Pieces of a message: the item, the pieces, how many were sent, and how many there are, as
    /// the pieces may come round again.
    Pieces {
        item: String,
        pieces: Vec<String>,
        sent: u64,
        total: u64,
    },
    /// A command is really run, and the item ends with it.
    Launch(Item, String),
    /// All changes of the turn so far are told.
    TellDiff,
    /// A file is really written.
    WriteFile(PathBuf, String),
    /// The client is asked, and the answer awaited.
    Ask(Box<ServerRequest>, Box<AfterAnswer>),
    /// A subagent is started; the call's id, its prompt, its steps, and whether it is awaited.
    Spawn {
        call: String,
        prompt: String,
        steps: Vec<Step>,
        wait: bool,
    },
    /// The turn of another runner is awaited.
    Await(u64),
    /// Tokens and rate limits are reported.
    Usage(Usage),
    /// The turn ends.
    End(Ending),
}

/// How a turn ends.
#[derive(Debug, Clone)]
pub(super) enum Ending {
    /// Well.
    Completed,
    /// As interrupted.
    Interrupted,
    /// As failed.
    Failed {
        /// The error as messages show it.
        error: Value,
        /// The `error` notification is left out.
        silent: bool,
        /// `turn/completed` carries no error.
        without_error: bool,
    },
}

/// What a turn waits for.
#[derive(Debug)]
pub(super) enum Wait {
    /// Nothing.
    Nothing,
    /// A point in time.
    Until(Instant),
    /// The answer to a request.
    Answer(u64, Box<AfterAnswer>),
    /// The end of a command that really runs: its item and process.
    Command(Box<Item>, u32),
    /// A message of the client with this method.
    Message(String),
    /// The end of another turn.
    Other(u64),
    /// Nothing that will ever be.
    Ever,
}

/// A turn that runs.
#[derive(Debug)]
pub(super) struct Runner {
    pub number: u64,
    pub thread: String,
    /// The turn's id in replies and most notifications.
    pub turn: String,
    /// The turn's id in `turn/started`, which differs in a review.
    pub inner: String,
    /// The turn that all began with: of a subagent's turn that of its caller.
    pub root: String,
    pub ops: VecDeque<Op>,
    pub wait: Wait,
    /// It has begun; before, it is only accepted.
    pub begun: bool,
    pub started: u64,
    pub on_interrupt: OnInterrupt,
    /// A late interrupt takes effect then.
    pub interrupt_at: Option<Instant>,
    /// 0.117 interrupts a turn as soon as it has begun, if it was asked to before.
    pub interrupt_when_begun: bool,
    pub review: bool,
    pub review_text: String,
    /// No `usage` step is in the script, so usage is reported as the real one does.
    pub auto_usage: bool,
    pub output_begun: bool,
    pub opened: HashMap<String, u64>,
    /// Items that end so long after the turn.
    pub outliving: Vec<(Item, Duration)>,
    pub last_message: Option<Item>,
    pub prompt: String,
    pub steers: VecDeque<(Vec<Value>, Vec<Step>)>,
    /// All changes so far, as a diff.
    pub diff: String,
    /// Methods that the client sent since the turn began and that no step awaited yet.
    pub seen: Vec<String>,
}

impl Runner {
    /// Whether it can go on now.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        if self.interrupt_at.is_some_and(|at| at <= now) {
            return true;
        }
        match self.wait {
            Wait::Nothing => true,
            Wait::Until(at) => at <= now,
            _ => false,
        }
    }

    /// When it can go on of itself.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let wait = match self.wait {
            Wait::Until(at) => Some(at),
            // It can go on at once, after a look at the input.
            Wait::Nothing => Some(Instant::now()),
            _ => None,
        };
        wait.into_iter().chain(self.interrupt_at).min()
    }

    /// The client sent a message, which the turn may be waiting for.
    pub(super) fn hear(&mut self, method: &str) {
        if !self.begun {
            return;
        }
        match &self.wait {
            Wait::Message(awaited) if awaited == method => self.wait = Wait::Nothing,
            _ => self.seen.push(method.to_owned()),
        }
    }

    /// Waits for a message of the client, unless it has come already.
    pub(super) fn await_message(&mut self, method: String) {
        match self.seen.iter().position(|seen| *seen == method) {
            Some(index) => drop(self.seen.remove(index)),
            None => self.wait = Wait::Message(method),
        }
    }

    /// Puts operations before those that are left.
    pub(super) fn first(&mut self, ops: Vec<Op>) {
        for op in ops.into_iter().rev() {
            self.ops.push_front(op);
        }
    }

    /// Ends the command that really runs, if any.
    pub(super) fn end_command(&mut self) {
        if let Wait::Command(_, pid) = &self.wait
            && let Ok(pid) = i32::try_from(*pid)
        {
            let _ = killpg(Pid::from_raw(pid), Signal::SIGKILL);
        }
    }

    /// The turn as `turn/started` and `turn/completed` show it.
    pub(super) fn view(&self, id: &str, status: TurnStatus) -> Turn {
        Turn {
            root: Some(self.root.clone()),
            status,
            started: Some(self.started),
            ..Turn::accepted(id)
        }
    }
}
