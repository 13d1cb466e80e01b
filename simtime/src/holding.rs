//! Holding threads at gates, and letting them go.

use crate::coordinator::Coordinator;
use crate::error::Error;
use crate::layout::{answer, state};
use crate::{Gate, Held, HeldId, Release, When, gate, system};
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release as Publish};

impl Coordinator {
    /// Puts these gates in place of all earlier ones; their counts begin anew. Threads that are
    /// held stay held. Only while the world is settled or before its first process.
    ///
    /// # Errors
    /// A gate makes no sense, a pattern is too long, or there are more than 64.
    pub fn set_gates(&mut self, gates: &[Gate]) -> Result<(), Error> {
        self.read_records();
        gate::install(&self.memory, gates)?;
        self.history.gates(gates);
        Ok(())
    }

    /// The threads that stand at a gate, in the order in which they came.
    pub fn held(&self) -> Vec<Held> {
        let mut held = Vec::new();
        for (slot, entry) in self.memory.slots().iter().enumerate() {
            let stop = entry.value.load(Relaxed);
            if entry.state.load(Acquire) != state::HELD {
                continue;
            }
            if let Some(at) = self.history.acted(stop) {
                held.push(Held {
                    id: HeldId { slot, stop },
                    gate: at.gate.name.clone(),
                    operation: at.gate.operation,
                    text: at.text.clone(),
                    pid: entry.pid.load(Relaxed) as i32,
                    process: entry.process.load(Relaxed),
                });
            }
        }
        held.sort_by_key(|held| held.id.stop);
        held
    }

    /// Lets a held thread go on. It runs in the next [`Coordinator::settle`].
    ///
    /// # Errors
    /// It is not held any more.
    pub fn release(&mut self, held: HeldId, how: Release) -> Result<(), Error> {
        let Some(found) = self.held().into_iter().find(|found| found.id == held) else {
            return Err(Error::Invalid("this thread is not held at a gate".into()));
        };
        let after = self
            .history
            .acted(held.stop)
            .is_some_and(|at| at.gate.when == When::After);
        let error = match how {
            Release::Fail(number) if after || !(1..4096).contains(&number) => {
                let problem = format!("gate {:?} cannot fail with {number} here", found.gate);
                return Err(Error::Invalid(problem));
            }
            Release::Fail(number) => number as u32,
            Release::Kill(signal) => {
                self.signal(found.pid, signal)?;
                0
            }
            Release::Go => 0,
        };
        self.settled = false;
        self.something_happened();
        self.history.forget_point(held.stop);
        let slot = &self.memory.slots()[held.slot];
        slot.word.store(answer::GO | error, Publish);
        if how != Release::Kill(libc::SIGKILL) {
            system::futex_wake(&slot.word);
        }
        Ok(())
    }
}
