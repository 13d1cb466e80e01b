//! Faults: when they strike, and what they do.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;

use serde_json::json;

use super::{Server, die_by};
use crate::script::{Action, Direction, ExitStatus, Fault, Flood, Grandchild, Point, Target};

/// Before or after the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// Before it is handled or sent.
    Before,
    /// After it was handled or sent.
    After,
}

/// A message that passes a point of the protocol.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passage<'a> {
    /// Which way it goes.
    pub direction: Direction,
    /// Its method, or that of the request that it answers.
    pub method: &'a str,
    /// It is a reply or an answer.
    pub answer: bool,
    /// The type of the item that it carries.
    pub item: Option<&'a str>,
}

impl Passage<'_> {
    fn is_at(&self, point: &Point) -> bool {
        self.direction == point.direction
            && match &point.target {
                Target::Any => true,
                Target::Method(method) => !self.answer && method == self.method,
                Target::Item(method, item) => {
                    !self.answer && method == self.method && self.item == Some(item)
                }
                Target::Answer(method) => self.answer && method == self.method,
            }
    }
}

impl Server {
    /// What strikes at this passage, counted.
    pub(super) fn passing(&mut self, when: When, passage: &Passage<'_>) -> Vec<Action> {
        let point_of = |fault: &Fault| match when {
            When::Before => fault.before.clone(),
            When::After => fault.after.clone(),
        };
        let mut actions = Vec::new();
        for (index, fault) in self.script.faults.iter().enumerate() {
            if !point_of(fault).is_some_and(|point| passage.is_at(&point)) {
                continue;
            }
            let count = self.counted(self.ledger.pass_point(index));
            if count == fault.nth || (fault.every && count > fault.nth) {
                actions.push(fault.action.clone());
            }
        }
        actions
    }

    pub(super) fn record_fault(&self, action: &Action, method: &str) {
        self.events
            .record("fault", json!({ "action": action, "at": method }));
    }

    /// Carries out an action that needs no message.
    pub(super) fn act(&mut self, action: &Action) {
        match action {
            Action::Crash(status) => self.die(*status),
            Action::Quit => self.die(ExitStatus::Code(0)),
            Action::CloseStdout => self.wire.close(),
            Action::StopReading => self.stop_reading.store(true, Ordering::Release),
            Action::Freeze => {
                self.wire.flush();
                loop {
                    std::thread::park();
                }
            }
            Action::Sleep(time) => {
                self.wire.flush();
                std::thread::sleep(time.get());
            }
            Action::Garbage(text) => {
                self.wire.write(text.as_bytes());
                self.wire.write(b"\n");
            }
            Action::InvalidUtf8 => self.wire.write(b"\xff\xfe{\"method\":\"\xc3\x28\"}\n"),
            Action::LongLine(line) => self.write_long_line(line.bytes),
            Action::Stderr(flood) => self.flood(flood),
            Action::Grandchild(grandchild) => self.leave_behind(*grandchild),
            Action::HalfLine => {
                self.wire.write(b"{\"method\":\"item/agentMessage/del");
                self.wire.fall_silent();
            }
            // These work on a message and are taken where it passes.
            Action::Drop
            | Action::Duplicate
            | Action::Reorder
            | Action::UnknownId
            | Action::Error(_)
            | Action::Overload => {}
        }
    }

    /// Ends the process at once.
    pub(super) fn die(&mut self, status: ExitStatus) -> ! {
        self.wire.flush();
        match status {
            ExitStatus::Code(code) => {
                self.events
                    .record("exit", json!({ "code": code, "because": "script" }));
                std::process::exit(i32::from(code))
            }
            ExitStatus::Signal(signal) => {
                let name = signal.system().as_str();
                self.events
                    .record("exit", json!({ "signal": name, "because": "script" }));
                die_by(signal)
            }
        }
    }

    /// A notification of exactly so many bytes with its line end, or a little more if that is too
    /// few, in bounded memory.
    fn write_long_line(&mut self, bytes: u64) {
        const HEAD: &[u8] = b"{\"method\":\"fake/padding\",\"params\":{\"text\":\"";
        const TAIL: &[u8] = b"\"}}\n";
        const PIECE: [u8; 16 * 1024] = [b'x'; 16 * 1024];
        self.wire.write(HEAD);
        let mut left = bytes.saturating_sub((HEAD.len() + TAIL.len()) as u64);
        while left > 0 {
            let count = left.min(PIECE.len() as u64);
            self.wire
                .write(&PIECE[..usize::try_from(count).unwrap_or(PIECE.len())]);
            left -= count;
        }
        self.wire.write(TAIL);
    }

    pub(super) fn flood(&mut self, flood: &Flood) {
        self.wire.flush();
        let line = format!("{}\n", flood.text);
        let mut out = std::io::BufWriter::new(std::io::stderr().lock());
        for _ in 0..flood.times {
            if out.write_all(line.as_bytes()).is_err() {
                break;
            }
        }
        let _ = out.flush();
        drop(out);
        self.events.record(
            "stderr",
            json!({ "text": flood.text, "times": flood.times }),
        );
    }

    fn leave_behind(&mut self, grandchild: Grandchild) {
        self.wire.flush();
        let seconds = grandchild.lives.get().as_secs_f64().to_string();
        let mut command = if grandchild.own_session {
            let mut command = Command::new("setsid");
            command.arg("sleep");
            command
        } else {
            Command::new("sleep")
        };
        command.arg(seconds).stdin(Stdio::null());
        if !grandchild.holds_streams {
            command.stdout(Stdio::null()).stderr(Stdio::null());
        }
        // A group of its own keeps it from signals that are meant for this process's group.
        if !grandchild.own_session {
            command.process_group(0);
        }
        match command.spawn() {
            Ok(child) => self
                .events
                .record("grandchild", json!({ "pid": child.id() })),
            Err(error) => self.complain(&format!(
                "cannot leave a process behind: {error}; `sleep` and `setsid` must be on the PATH"
            )),
        }
    }
}
