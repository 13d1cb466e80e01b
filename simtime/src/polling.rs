//! Letting short, repeated polls fire late.
//!
//! A poll that finds nothing new can be left out. It keeps its rhythm: it only fires at a time
//! at which it would have fired anyway, had it not been left out in between. It is never left
//! out before it has fired once since anything else happened, so whatever happens is noticed at
//! the same time as without coalescing, if the poll itself is all that notices it.

use crate::history::History;
use crate::layout::{NEVER, Slot, state};
use crate::options::Coalesce;
use crate::pattern::fits;
use crate::shared::Memory;
use std::collections::HashMap;
use std::sync::atomic::Ordering::{Acquire, Relaxed};

/// So many waits of one length make a poll.
const REPEATS: u32 = 2;

/// What is known of the waits of one slot.
#[derive(Debug)]
struct Rhythm {
    generation: u32,
    length: u64,
    /// Times that it fired with this length in a row.
    repeats: u32,
    /// What had happened when it fired last.
    seen: u64,
    exact: bool,
}

/// Chooses the time at which a poll fires.
#[derive(Debug)]
pub struct Polling {
    options: Coalesce,
    rhythms: HashMap<usize, Rhythm>,
    /// Counts what may change what a poll finds.
    happened: u64,
    fired: Option<usize>,
}

fn waits(slot: &Slot) -> bool {
    slot.state.load(Acquire) == state::BLOCKED && slot.deadline.load(Relaxed) != NEVER
}

impl Polling {
    /// Nothing is known yet.
    pub fn new(options: Coalesce) -> Polling {
        Polling {
            options,
            rhythms: HashMap::new(),
            happened: 0,
            fired: None,
        }
    }

    /// Something happened that a poll may notice.
    pub fn something_happened(&mut self) {
        self.happened += 1;
    }

    /// The slot is a poll that has fired since anything happened.
    fn idle(&self, index: usize, slot: &Slot) -> bool {
        self.rhythms.get(&index).is_some_and(|rhythm| {
            rhythm.generation == slot.generation.load(Relaxed)
                && rhythm.length == slot.length.load(Relaxed)
                && rhythm.repeats >= REPEATS
                && rhythm.seen == self.happened
                && !rhythm.exact
        })
    }

    /// When the waiter in this slot, whose deadline is the earliest, is to fire.
    pub fn target(
        &mut self,
        memory: &Memory,
        history: &History,
        index: usize,
        limit: Option<u64>,
    ) -> u64 {
        let slots = memory.slots();
        self.notice_change(slots);
        let slot = &slots[index];
        let deadline = slot.deadline.load(Relaxed);
        let to = if self.idle(index, slot) {
            self.latest(slots, index, deadline, limit.unwrap_or(NEVER))
        } else {
            deadline
        };
        self.note(slots, history, index);
        to
    }

    /// The last poll did more than look, if it did not go back to waiting as before.
    fn notice_change(&mut self, slots: &[Slot]) {
        let Some(index) = self.fired.take() else {
            return;
        };
        let (Some(slot), Some(rhythm)) = (slots.get(index), self.rhythms.get(&index)) else {
            return;
        };
        let same = waits(slot)
            && slot.generation.load(Relaxed) == rhythm.generation
            && slot.length.load(Relaxed) == rhythm.length;
        if !same {
            self.happened += 1;
        }
    }

    /// The last beat of the poll that is not later than anything that matters, and on which no
    /// other poll comes out of step.
    fn latest(&self, slots: &[Slot], index: usize, deadline: u64, limit: u64) -> u64 {
        let length = slots[index].length.load(Relaxed).max(1);
        let quantum = u64::try_from(self.options.quantum.as_nanos()).unwrap_or(NEVER);
        let mut bound = limit.min(deadline.saturating_add(quantum));
        let mut others = Vec::new();
        for (other, slot) in slots.iter().enumerate() {
            let at = slot.deadline.load(Relaxed);
            let timer = slot.state.load(Acquire) == state::TIMER && at != NEVER;
            if other == index || !(waits(slot) || timer) {
                continue;
            }
            if self.idle(other, slot) {
                others.push((at, slot.length.load(Relaxed).max(1)));
            } else {
                bound = bound.min(at);
            }
        }
        let mut to = deadline + bound.saturating_sub(deadline) / length * length;
        let in_step = |to: u64| {
            others
                .iter()
                .all(|(at, every)| *at >= to || (to - at).is_multiple_of(*every))
        };
        while to > deadline && !in_step(to) {
            to -= length;
        }
        to
    }

    /// The slot fires.
    fn note(&mut self, slots: &[Slot], history: &History, index: usize) {
        let slot = &slots[index];
        let (generation, length) = (slot.generation.load(Relaxed), slot.length.load(Relaxed));
        let poll = slot.state.load(Acquire) == state::BLOCKED
            && u128::from(length) <= self.options.poll.as_nanos();
        let known = self
            .rhythms
            .get_mut(&index)
            .filter(|rhythm| rhythm.generation == generation && rhythm.length == length);
        let exact = match known {
            Some(rhythm) => {
                rhythm.repeats = rhythm.repeats.saturating_add(1);
                rhythm.exact
            }
            None => {
                let process = history.process(slot.pid.load(Relaxed) as i32);
                let arguments = process.arguments.as_bytes();
                let exact = self
                    .options
                    .exact
                    .iter()
                    .any(|name| fits(name.as_bytes(), arguments));
                let rhythm = Rhythm {
                    generation,
                    length,
                    repeats: 1,
                    seen: 0,
                    exact,
                };
                self.rhythms.insert(index, rhythm);
                exact
            }
        };
        if poll && !exact {
            self.fired = Some(index);
        } else {
            self.happened += 1;
        }
        if let Some(rhythm) = self.rhythms.get_mut(&index) {
            rhythm.seen = self.happened;
            if !poll {
                rhythm.repeats = 0;
            }
        }
    }
}
