//! Who goes on next, of those that want to go on at the same virtual time.

use crate::handover;
use crate::layout::{Call, Slot, state};
use crate::shared::Memory;
use crate::system;
use crate::tree::{Tracked, Tree};
use std::collections::HashMap;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};

/// Gives the turns.
///
/// A thread that waits for a file lock queues as well, for a turn to try again: the kernel gives a
/// lock to whoever is quickest. It gets one whenever something has happened since its last try,
/// and nobody else wants to go on.
#[derive(Debug, Default)]
pub struct Turns {
    /// Counts what may have set a file lock free.
    happened: u64,
    /// For each slot that waits for a file lock, its user and what had happened at its last try.
    tried: HashMap<usize, (u32, u64)>,
    /// The last try: the slot, its user and the number of its wait.
    last: Option<(usize, u32, u64)>,
}

/// The slot waits for a file lock rather than only for its turn.
fn for_lock(slot: &Slot) -> bool {
    slot.call.load(Relaxed) == Call::FileLock as u32
}

/// The slot's thread has let the other threads of its process go first.
fn for_helpers(slot: &Slot) -> bool {
    slot.call.load(Relaxed) == Call::Helpers as u32
}

fn queued(slot: &Slot) -> bool {
    slot.state.load(Acquire) == state::QUEUED
}

impl Turns {
    /// Something outside was done to the world, or the clock moved.
    pub fn something_happened(&mut self) {
        self.happened += 1;
    }

    /// Gives the turn to the thread that was born first among those that queue for it; false when
    /// nobody does. The world is asleep.
    pub fn give(&mut self, memory: &Memory, tree: &Tree) -> bool {
        let slots = memory.slots();
        self.judge(slots);
        loop {
            let Some((index, lock)) = self.first(slots) else {
                return false;
            };
            let slot = &slots[index];
            let pid = slot.pid.load(Relaxed) as i32;
            if tree.processes.get(&pid).is_none_or(Tracked::ended) {
                slot.state.store(state::FREE, Release);
                continue;
            }
            if lock {
                let generation = slot.generation.load(Relaxed);
                self.tried.insert(index, (generation, self.happened));
                self.last = Some((index, generation, slot.waits.load(Relaxed)));
            } else {
                self.happened += 1;
            }
            let header = memory.header();
            header.turn.store(slot.key(), Release);
            if handover::wake(&slot.state, state::QUEUED) {
                header.running.fetch_add(1, SeqCst);
                handover::give(&slot.word);
                system::futex_wake(&slot.word);
            }
            return true;
        }
    }

    /// The last try for a lock did more than wait again.
    fn judge(&mut self, slots: &[Slot]) {
        let Some((index, generation, waits)) = self.last.take() else {
            return;
        };
        let same = slots.get(index).is_some_and(|slot| {
            queued(slot)
                && for_lock(slot)
                && slot.generation.load(Relaxed) == generation
                && slot.waits.load(Relaxed) == waits + 1
        });
        if !same {
            self.happened += 1;
        }
    }

    /// Who is next, and whether it tries for a lock. A thread that queues in a signal handler and in
    /// what that has interrupted goes on in the handler. One that lets the other threads of its
    /// process go first comes right after them, before other processes: it had the turn.
    fn first(&self, slots: &[Slot]) -> Option<(usize, bool)> {
        let queue = || slots.iter().enumerate().filter(|(_, slot)| queued(slot));
        let process = |slot: &Slot| slot.process.load(Relaxed);
        let stands_back = queue().filter(|(_, slot)| for_helpers(slot));
        let inside = stands_back.map(|(_, slot)| process(slot)).min();
        queue()
            .filter(|(index, slot)| {
                let now = (slot.generation.load(Relaxed), self.happened);
                !for_lock(slot) || self.tried.get(index) != Some(&now)
            })
            .map(|(index, slot)| {
                let frame = slot.frame.load(Relaxed);
                let outside = inside.is_some_and(|inside| inside != process(slot));
                let order = (outside, for_helpers(slot), slot.key(), frame);
                (for_lock(slot), order, index)
            })
            .min()
            .map(|(lock, _, index)| (index, lock))
    }
}
