//! Gates: places where a process can be held, refused or killed.

use crate::error::Error;
use crate::layout::{AtomicByte, GATES, GateEntry, PATTERN, action, operation};
use crate::shared::Memory;
use std::sync::atomic::Ordering::{Relaxed, Release as Publish};

/// A place where processes of the world are watched, held, refused or killed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// What records and held processes call it.
    pub name: String,
    /// What the process is doing.
    pub operation: Operation,
    /// Before or after doing it.
    pub when: When,
    /// Pattern with `*` (any characters, `/` too) and `?` (one character). For file operations
    /// it is matched against the path as the program gave it and, if that is relative, also
    /// against the absolute path; for a rename against the new name; for [`Operation::Exec`]
    /// against the program's path and against its arguments joined by spaces; for
    /// [`Operation::Connect`] against the socket's path or `address:port`; for
    /// [`Operation::Message`] against the point's name; for [`Operation::Fork`], which has no
    /// object, against the arguments of the process that forks.
    pub path: String,
    /// Pattern for the process: its arguments joined by spaces. Every process when `None`.
    pub process: Option<String>,
    /// Act at the n-th match, counted over the whole world from 1; at every match when 0.
    pub nth: u32,
    /// What to do.
    pub action: Action,
}

/// The longest pattern, in bytes.
pub(crate) const LONGEST_PATTERN: usize = PATTERN - 1;

/// What a process does at a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Open a file for writing.
    OpenWrite,
    /// Write to a file, by `write` and its kin. The C library's streams (`printf`, `fwrite`) write
    /// in a way that no gate sees.
    Write,
    /// Rename or link a file; the pattern is for the new name.
    Rename,
    /// Remove a file.
    Unlink,
    /// Start a child process, before it has a program of its own.
    Fork,
    /// Start a program, in place of the process's own or in a new process.
    Exec,
    /// Connect a socket.
    Connect,
    /// Reach a point which the program itself announces: it opens `/simtime/point/NAME` (and gets
    /// "no such file", as it would without the library), or calls the exported C function
    /// `void simtime_point(const char *name)`.
    Message,
}

impl Operation {
    fn number(self) -> u32 {
        match self {
            Operation::OpenWrite => operation::OPEN_WRITE,
            Operation::Write => operation::WRITE,
            Operation::Rename => operation::RENAME,
            Operation::Unlink => operation::UNLINK,
            Operation::Fork => operation::FORK,
            Operation::Exec => operation::EXEC,
            Operation::Connect => operation::CONNECT,
            Operation::Message => operation::MESSAGE,
        }
    }
}

/// Before or after an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum When {
    /// Nothing has happened yet.
    Before,
    /// The operation is done, and the program does not know yet. After [`Operation::Exec`] is
    /// the start of the new program. A call that failed passes no such gate.
    After,
}

/// What a gate does to the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Only report that the point was passed.
    Pass,
    /// Stop the thread there until [`crate::Coordinator::release`].
    Hold,
    /// Let the operation fail with this error number; only [`When::Before`], and for
    /// [`Operation::Message`] without effect.
    Fail(i32),
    /// Kill the process with this signal.
    Kill(i32),
}

/// A thread that stands at a gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The name for [`crate::Coordinator::release`].
    pub id: HeldId,
    /// The name of the gate.
    pub gate: String,
    /// The gate's operation.
    pub operation: Operation,
    /// The path, arguments, address or point name that matched.
    pub text: String,
    /// Process id.
    pub pid: i32,
    /// The process's birth ordinal in this world.
    pub process: u32,
}

/// Names one stop of one thread at a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HeldId {
    pub(crate) slot: usize,
    pub(crate) stop: u64,
}

/// How a held thread goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Release {
    /// As if there had been no gate.
    Go,
    /// Its process is killed with this signal.
    Kill(i32),
    /// The operation fails with this error number; only [`When::Before`].
    Fail(i32),
}

impl Gate {
    fn check(&self) -> Result<(), Error> {
        let invalid =
            |problem: &str| Err(Error::Invalid(format!("gate {:?} {problem}", self.name)));
        let fits = |pattern: &str| pattern.len() <= LONGEST_PATTERN && !pattern.contains('\0');
        if !fits(&self.path) || !self.process.as_deref().is_none_or(fits) {
            return invalid("has a pattern of more than 255 bytes or with a zero byte");
        }
        match self.action {
            Action::Fail(_) if self.when == When::After => {
                invalid("cannot let an operation fail after it is done")
            }
            Action::Fail(number) if !(1..4096).contains(&number) => {
                invalid("names no error number")
            }
            Action::Kill(signal) if !(1..=64).contains(&signal) => invalid("names no signal"),
            _ => Ok(()),
        }
    }

    fn write(&self, to: &GateEntry) {
        let (number, argument) = match self.action {
            Action::Pass => (action::PASS, 0),
            Action::Hold => (action::HOLD, 0),
            Action::Fail(number) => (action::FAIL, number),
            Action::Kill(signal) => (action::KILL, signal),
        };
        to.operation.store(self.operation.number(), Relaxed);
        to.when.store(u32::from(self.when == When::After), Relaxed);
        to.action.store(number, Relaxed);
        to.argument.store(argument as u32, Relaxed);
        to.nth.store(self.nth, Relaxed);
        to.count.store(0, Relaxed);
        write_pattern(&self.path, &to.path);
        write_pattern(self.process.as_deref().unwrap_or("*"), &to.process);
    }
}

fn write_pattern(pattern: &str, to: &[AtomicByte; PATTERN]) {
    let bytes = pattern.bytes().chain(std::iter::repeat(0));
    for (to, from) in to.iter().zip(bytes) {
        to.store(from, Relaxed);
    }
}

/// Puts gates in place of all earlier ones.
pub(crate) fn install(memory: &Memory, gates: &[Gate]) -> Result<(), Error> {
    if gates.len() > GATES {
        return Err(Error::Invalid(format!(
            "there are {} gates; {GATES} fit",
            gates.len()
        )));
    }
    gates.iter().try_for_each(Gate::check)?;
    let header = memory.header();
    header.watched.store(0, Publish);
    for (gate, entry) in gates.iter().zip(memory.gates()) {
        gate.write(entry);
    }
    header.gates.store(gates.len() as u32, Publish);
    let watched = gates
        .iter()
        .fold(0, |bits, gate| bits | 1 << gate.operation.number());
    header.watched.store(watched, Publish);
    Ok(())
}
