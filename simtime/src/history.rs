//! Turns raw records into what happened, and remembers who is who.

use crate::gate::Gate;
use crate::layout::{Slot, report, state};
use crate::record::{Record, RecordKind};
use crate::ring::Raw;
use crate::shared::Memory;
use crate::tree::{Tracked, Tree};
use crate::world::{Exit, Process, Status};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering::{Acquire, Relaxed};
use std::time::Duration;

/// Records not yet taken, and the processes that are known.
#[derive(Debug, Default)]
pub struct History {
    records: Vec<Record>,
    known: BTreeMap<i32, Process>,
    /// The program of each process whose lack of the library has been reported.
    bare: BTreeMap<i32, String>,
    gates: Vec<Gate>,
    /// The birth ordinals of processes of which a record has told.
    born: BTreeSet<u32>,
    /// Records of processes that were quicker than the record of their birth.
    early: Vec<Raw>,
    /// Ends of processes of whose birth no record has told yet.
    early_ends: Vec<(Duration, i32, Option<Status>)>,
    /// What is known of points where a gate acted, by ordinal.
    acted: BTreeMap<u64, ActedAt>,
}

/// A point where a gate acted.
#[derive(Debug, Clone)]
pub struct ActedAt {
    /// The gate.
    pub gate: Gate,
    /// What matched.
    pub text: String,
}

/// Set in a point's count when the gate acts.
const ACTED: u32 = 1 << 31;

fn unknown(pid: i32) -> Process {
    Process {
        pid,
        parent: 0,
        process: 0,
        program: String::new(),
        arguments: String::new(),
        zombie: false,
    }
}

/// The path of a process's executable and its arguments joined by spaces, from the kernel.
fn from_kernel(pid: i32) -> (String, String) {
    let program = std::fs::read_link(format!("/proc/{pid}/exe"))
        .map(|path| path.to_string_lossy().into_owned())
        .unwrap_or_default();
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let words: Vec<_> = line
        .strip_suffix(b"\0")
        .unwrap_or(&line)
        .split(|byte| *byte == 0)
        .map(String::from_utf8_lossy)
        .collect();
    (program, words.join(" "))
}

impl History {
    /// What is known of a process.
    pub fn process(&self, pid: i32) -> Process {
        if let Some(known) = self.known.get(&pid) {
            return known.clone();
        }
        let (program, arguments) = from_kernel(pid);
        Process {
            program,
            arguments,
            ..unknown(pid)
        }
    }

    /// The records since the last call.
    pub fn drain(&mut self) -> Vec<Record> {
        std::mem::take(&mut self.records)
    }

    fn push(&mut self, at: Duration, pid: i32, process: u32, kind: RecordKind) {
        self.records.push(Record {
            at,
            pid,
            process,
            kind,
        });
    }

    /// Something that is worth knowing about the whole world.
    pub fn warn(&mut self, at: Duration, text: &str) {
        let text = text.into();
        self.push(at, 0, 0, RecordKind::Warning { text });
    }

    /// From now on, points belong to these gates.
    pub fn gates(&mut self, gates: &[Gate]) {
        self.gates = gates.to_vec();
    }

    /// The point of this ordinal, where a gate acted.
    pub fn acted(&self, ordinal: u64) -> Option<&ActedAt> {
        self.acted.get(&ordinal)
    }

    /// A thread that was held there goes on.
    pub fn forget_point(&mut self, ordinal: u64) {
        self.acted.remove(&ordinal);
    }

    /// The process that made this one, as far as it is known.
    pub fn parent(&self, pid: i32) -> Option<i32> {
        self.known.get(&pid).map(|known| known.parent)
    }

    /// Takes a record of a preload library. A child may be quicker than its parent's record of
    /// its birth; what it says is put behind that.
    pub fn take(&mut self, raw: Raw) {
        let head = raw.head;
        let root = head.kind == report::STARTED && head.first == std::process::id();
        if root {
            self.born.insert(head.process);
        }
        if !self.born.contains(&head.process) {
            self.early.push(raw);
            return;
        }
        self.tell(raw);
        if head.kind == report::FORKED {
            self.born.insert(head.second);
            let early = std::mem::take(&mut self.early);
            early.into_iter().for_each(|raw| self.take(raw));
            let ends = std::mem::take(&mut self.early_ends);
            ends.into_iter()
                .for_each(|(at, pid, status)| self.end(at, pid, status));
        }
    }

    /// Whoever has not been told of by now was made in a way that nobody reports.
    fn tell_early(&mut self) {
        for raw in std::mem::take(&mut self.early) {
            self.born.insert(raw.head.process);
            self.tell(raw);
        }
        for (at, pid, status) in std::mem::take(&mut self.early_ends) {
            self.tell_end(at, pid, status);
        }
    }

    fn tell(&mut self, raw: Raw) {
        let head = raw.head;
        let (pid, process) = (head.pid as i32, head.process);
        let at = Duration::from_nanos(head.now);
        let kind = match head.kind {
            report::STARTED => {
                let (program, arguments) = raw.two_texts();
                let parent = self
                    .known
                    .get(&pid)
                    .map_or(head.first as i32, |known| known.parent);
                let (name, line) = (program.clone(), arguments.clone());
                let known = Process {
                    pid,
                    parent,
                    process,
                    program: name,
                    arguments: line,
                    zombie: false,
                };
                self.known.insert(pid, known);
                RecordKind::Started {
                    parent,
                    program,
                    arguments,
                }
            }
            report::FORKED => {
                let child = head.first as i32;
                let parent = self.process(pid);
                self.known.entry(child).or_insert(Process {
                    pid: child,
                    parent: pid,
                    process: head.second,
                    zombie: false,
                    ..parent
                });
                RecordKind::Forked {
                    child,
                    child_process: head.second,
                }
            }
            report::EXEC => {
                let (program, arguments) = raw.two_texts();
                RecordKind::Exec { program, arguments }
            }
            report::EXEC_FAILED => RecordKind::ExecFailed {
                program: raw.two_texts().0,
                errno: head.first as i32,
                refused: head.second != 0,
            },
            report::REAPED => {
                self.end(at, head.first as i32, Status::from_wait(head.second as i32));
                return;
            }
            report::POINT => {
                let Some(gate) = self.gates.get(head.first as usize) else {
                    return;
                };
                let acted = head.second & ACTED != 0;
                let text = raw.two_texts().0;
                if acted {
                    let at = ActedAt {
                        gate: gate.clone(),
                        text: text.clone(),
                    };
                    self.acted.insert(head.number, at);
                }
                RecordKind::Point {
                    ordinal: head.number,
                    gate: gate.name.clone(),
                    nth: head.second & !ACTED,
                    operation: gate.operation,
                    when: gate.when,
                    text,
                    acted,
                }
            }
            report::WARNING => RecordKind::Warning {
                text: raw.two_texts().0,
            },
            _ => return,
        };
        self.push(at, pid, process, kind);
    }

    /// The coordinator has reaped a process.
    pub fn ended(&mut self, exit: Exit) {
        self.end(exit.at, exit.pid, Some(exit.status));
    }

    /// A process may also end, and be reaped, before its parent's record of its birth.
    fn end(&mut self, at: Duration, pid: i32, status: Option<Status>) {
        let early = self.early.iter().any(|raw| raw.head.pid as i32 == pid);
        if early || !self.known.contains_key(&pid) {
            self.early_ends.push((at, pid, status));
        } else {
            self.tell_end(at, pid, status);
        }
    }

    fn tell_end(&mut self, at: Duration, pid: i32, status: Option<Status>) {
        let process = self.known.remove(&pid).map_or(0, |known| known.process);
        self.bare.remove(&pid);
        self.push(at, pid, process, RecordKind::Exited { status });
    }

    /// Compares with the world at rest: who has vanished, and who runs without the library.
    pub fn observe(&mut self, tree: &Tree, memory: &Memory, now: Duration) {
        self.tell_early();
        let vanished: Vec<i32> = self
            .known
            .keys()
            .copied()
            .filter(|pid| !tree.processes.contains_key(pid))
            .collect();
        for pid in vanished {
            self.end(now, pid, None);
        }
        let virtualised = |slot: &Slot, pid: i32| {
            slot.pid.load(Relaxed) as i32 == pid
                && !matches!(slot.state.load(Acquire), state::FREE | state::STARTING)
        };
        for (&pid, tracked) in &tree.processes {
            if memory.slots().iter().any(|slot| virtualised(slot, pid)) {
                continue;
            }
            let (program, arguments) = from_kernel(pid);
            if program.is_empty() || self.bare.get(&pid) == Some(&program) {
                continue;
            }
            self.bare.insert(pid, program.clone());
            let known = self.known.entry(pid).or_insert_with(|| unknown(pid));
            if known.parent == 0 {
                known.parent = tracked.parent;
            }
            known.process = 0;
            known.program.clone_from(&program);
            known.arguments.clone_from(&arguments);
            self.push(
                now,
                pid,
                0,
                RecordKind::Unvirtualised { program, arguments },
            );
        }
    }

    /// The processes of the tree, in order of birth.
    pub fn alive(&self, tree: &Tree) -> Vec<Process> {
        let process = |(pid, tracked): (&i32, &Tracked)| Process {
            zombie: tracked.ended(),
            ..self.process(*pid)
        };
        let mut all: Vec<Process> = tree.processes.iter().map(process).collect();
        all.sort_by_key(|process| (process.process.wrapping_sub(1), process.pid));
        all
    }
}
