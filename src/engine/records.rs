//! What the virtual clock reports of the processes, as events of the log.

use std::time::Duration;

use simtime::{Record, RecordKind, Status};

use super::World;
use super::world::describe;
use crate::event::{Phase, What};

impl World {
    /// Takes over what was reported since the last quiescent point.
    pub(super) fn take_records(&mut self) {
        let Some(coordinator) = self.clock.coordinator() else {
            return;
        };
        for record in coordinator.drain_records() {
            self.take_record(record);
        }
        let at = self.now();
        let World {
            gates, clock, log, ..
        } = self;
        if let Some(coordinator) = clock.coordinator() {
            gates.look(at, coordinator, log);
        }
    }

    fn take_record(&mut self, record: Record) {
        let Record {
            at,
            pid,
            process,
            kind,
        } = record;
        match kind {
            RecordKind::Started {
                parent, arguments, ..
            } => {
                self.cast.appear(pid, parent, process, &arguments);
                let what = What::Process {
                    pid,
                    parent: Some(parent),
                    command: arguments,
                };
                self.collect(at, pid, Phase::Begin, what);
            }
            RecordKind::ExecFailed {
                program,
                errno,
                refused,
            } => {
                let outcome = if refused { "refused" } else { "failed" };
                let detail = format!("exec {program}: error {errno}");
                let what = What::Gate {
                    outcome: outcome.into(),
                    gate: "exec".into(),
                    detail,
                };
                self.collect(at, pid, Phase::Life, what);
            }
            RecordKind::Exited { status } => self.end_of(pid, status, at),
            RecordKind::Point {
                gate, text, acted, ..
            } => {
                let actor = self.cast.name(pid);
                if let Some(point) = self.gates.surveyed(&gate, &actor, pid, &text) {
                    if let Some(point) = point {
                        self.collect(at, pid, Phase::Life, point);
                    }
                    return;
                }
                let outcome = if acted { "acted" } else { "passed" };
                if acted {
                    self.gates.acted(&gate);
                }
                let ordinal = self.gates.count_point(self.cast.name(pid));
                let detail = format!("point {ordinal}: {text}");
                self.collect(
                    at,
                    pid,
                    Phase::Life,
                    What::Gate {
                        outcome: outcome.into(),
                        gate,
                        detail,
                    },
                );
            }
            RecordKind::Unvirtualised { arguments, .. } => {
                let text = format!("runs without the virtual clock: {arguments}");
                self.collect(at, pid, Phase::Begin, What::Note { text });
            }
            RecordKind::Warning { text } => {
                self.collect(at, pid, Phase::Life, What::Note { text });
            }
            _ => {}
        }
    }

    pub(super) fn end_of(&mut self, pid: i32, status: Option<Status>, at: Duration) {
        // A parent that is killed in the moment in which it hears of the end takes the status with it.
        let signal = self.signalled.remove(&pid);
        let phase = match (status, signal) {
            (Some(Status::Signaled { .. }), _) | (None, Some(_)) => Phase::Killed,
            _ => Phase::End,
        };
        let rank = self.cast.rank(pid, phase);
        if let Some(name) = self.cast.leave(pid) {
            let status = match (status, signal) {
                (Some(status), _) => describe(status),
                (None, Some(signal)) => format!("signal {signal}"),
                (None, None) => "unknown".to_owned(),
            };
            self.log.collect(at, rank, name, What::Exit { pid, status });
        }
    }

    /// Collects an event of a process.
    pub(super) fn collect(&mut self, at: Duration, pid: i32, phase: Phase, what: What) {
        let (rank, name) = (self.cast.rank(pid, phase), self.cast.name(pid));
        self.log.collect(at, rank, name, what);
    }
}
