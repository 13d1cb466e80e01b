//! Letting short, repeated polls fire late.
//!
//! A poll that finds nothing new can be left out. It keeps its rhythm: it only fires at a time
//! at which it would have fired anyway, had it not been left out in between. It is never left
//! out before it has fired once since anything else happened, so whatever happens is noticed at
//! the same time as without coalescing, if the poll itself is all that notices it. Several polls
//! are put off together, however their beats lie to each other.

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
    /// The number of the wait in which it was put off.
    put_off: Option<u64>,
}

/// When idle polls fire, each given by a number, its next beat and its length, if nothing is to
/// be passed over that comes after `bound`: the new beats of those that are put off. The first one
/// fires as late as it can. What it finds, the others find at their first beats after that, as if
/// none had been left out.
fn beats(polls: &[(usize, u64, u64)], bound: u64) -> Vec<(usize, u64)> {
    let last = |(_, at, length): &(usize, u64, u64)| {
        bound
            .checked_sub(*at)
            .map(|span| at + span / length * length)
    };
    let Some(first) = polls.iter().filter_map(last).min() else {
        return Vec::new();
    };
    let late = polls.iter().filter(|(_, at, _)| *at < first);
    late.map(|(index, at, length)| (*index, at + (first - at).div_ceil(*length) * length))
        .collect()
}

/// Chooses the times at which polls fire.
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

    /// It was put off in the wait that it is in, and fires at the time that it has now.
    fn is_put_off(&self, index: usize, slot: &Slot) -> bool {
        let put_off = self.rhythms.get(&index).and_then(|rhythm| rhythm.put_off);
        put_off == Some(slot.waits.load(Relaxed))
    }

    /// Puts polls off if the waiter in this slot, whose deadline is the earliest, is one that may
    /// be left out: as many as were put off. Nothing but a time after `limit` may be passed over.
    pub fn put_off(&mut self, memory: &Memory, index: usize, limit: Option<u64>) -> u64 {
        let slots = memory.slots();
        self.notice_change(slots);
        let may_wait =
            |index: usize, slot: &Slot| self.idle(index, slot) && !self.is_put_off(index, slot);
        if !may_wait(index, &slots[index]) {
            return 0;
        }
        let earliest = slots[index].deadline.load(Relaxed);
        let quantum = u64::try_from(self.options.quantum.as_nanos()).unwrap_or(NEVER);
        let mut bound = limit.unwrap_or(NEVER).min(earliest.saturating_add(quantum));
        let mut polls = Vec::new();
        for (other, slot) in slots.iter().enumerate() {
            let at = slot.deadline.load(Relaxed);
            let timer = slot.state.load(Acquire) == state::TIMER && at != NEVER;
            if !(waits(slot) || timer) {
                continue;
            }
            if may_wait(other, slot) {
                polls.push((other, at, slot.length.load(Relaxed).max(1)));
            } else {
                bound = bound.min(at);
            }
        }
        let put_off = beats(&polls, bound);
        for (index, at) in &put_off {
            slots[*index].deadline.store(*at, Relaxed);
            if let Some(rhythm) = self.rhythms.get_mut(index) {
                rhythm.put_off = Some(slots[*index].waits.load(Relaxed));
            }
        }
        put_off.len() as u64
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

    /// The slot fires.
    pub fn fires(&mut self, memory: &Memory, history: &History, index: usize) {
        let slots = memory.slots();
        self.notice_change(slots);
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
                    put_off: None,
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
            rhythm.put_off = None;
            if !poll {
                rhythm.repeats = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::beats;

    #[test]
    fn one_poll_fires_at_its_last_beat() {
        assert_eq!(beats(&[(7, 100, 100)], 1_050), [(7, 1_000)]);
        assert_eq!(beats(&[(7, 100, 100)], 1_000), [(7, 1_000)]);
        assert_eq!(beats(&[(7, 100, 100)], 199), []);
        assert_eq!(beats(&[(7, 100, 100)], 99), []);
    }

    #[test]
    fn the_others_fire_at_their_first_beats_after_the_first_one() {
        let polls = [(0, 100, 100), (1, 160, 100), (2, 500, 2_000)];
        assert_eq!(beats(&polls, 1_050), [(0, 500), (1, 560)]);
        let polls = [(0, 100, 100), (1, 160, 100), (2, 2_000, 2_000)];
        assert_eq!(beats(&polls, 1_050), [(0, 1_000), (1, 960)]);
    }

    #[test]
    fn beats_that_meet_stay_together() {
        let polls = [(0, 100, 100), (1, 200, 100), (2, 300, 50)];
        assert_eq!(beats(&polls, 1_000), [(0, 1_000), (1, 1_000), (2, 1_000)]);
    }
}
