//! The growing log, with an order that does not depend on the machine's scheduling.

use std::time::Duration;

use super::causes::Causes;
use super::{Event, What};

/// A position in the log to read from later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(usize);

/// The events of a run.
///
/// What several processes do in the same instant between two quiescent points has no order in
/// virtual time: it is collected first and put in order by the birth of the processes when the world
/// is quiescent, so that the same scenario gives the same log on a loaded machine.
#[derive(Debug, Default)]
pub struct Log {
    events: Vec<Event>,
    pending: Vec<Pending>,
    causes: Causes,
}

#[derive(Debug)]
struct Pending {
    at: Duration,
    rank: Rank,
    actor: String,
    what: What,
}

/// The place of a process's event among those of the same instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    /// The ordinal of the process's birth in this run.
    pub birth: u32,
    /// Its begin comes before what it does, and its end after.
    pub phase: Phase,
}

/// The parts of a process's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// It starts.
    Begin,
    /// It does something.
    Life,
    /// It has ended.
    End,
}

impl Log {
    /// Appends an event of the harness itself, in the order of the calls.
    pub fn push(&mut self, at: Duration, actor: impl Into<String>, what: What) -> u64 {
        self.flush();
        self.append(at, actor.into(), what)
    }

    /// Collects an event that a process reported; its place is decided at the next [`Log::flush`].
    pub fn collect(&mut self, at: Duration, rank: Rank, actor: impl Into<String>, what: What) {
        self.pending.push(Pending {
            at,
            rank,
            actor: actor.into(),
            what,
        });
    }

    /// Puts the collected events in order by time and rank, keeping each process's own order.
    pub fn flush(&mut self) {
        let mut pending = std::mem::take(&mut self.pending);
        pending.sort_by_key(|event| (event.at, event.rank));
        for Pending {
            at, actor, what, ..
        } in pending
        {
            self.append(at, actor, what);
        }
    }

    fn append(&mut self, at: Duration, actor: String, what: What) -> u64 {
        let seq = self.events.len() as u64;
        let at_us = u64::try_from(at.as_micros()).unwrap_or(u64::MAX);
        let cause = self.causes.of(seq, &what);
        self.events.push(Event {
            seq,
            at_us,
            actor,
            what,
            cause,
        });
        seq
    }

    /// The position after the newest event.
    pub fn mark(&self) -> Mark {
        Mark(self.events.len())
    }

    /// The events since `mark`.
    pub fn since(&self, mark: Mark) -> &[Event] {
        self.events.get(mark.0..).unwrap_or_default()
    }

    /// All events.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Gives the events away.
    pub fn into_events(mut self) -> Vec<Event> {
        self.flush();
        self.events
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(text: &str) -> What {
        What::Note { text: text.into() }
    }

    #[test]
    fn collected_events_are_ordered_by_time_and_birth_but_keep_each_process_in_order() {
        let mut log = Log::default();
        let second = Duration::from_secs(1);
        let rank = |birth, phase| Rank { birth, phase };
        log.collect(second, rank(2, Phase::End), "worker", note("worker ends"));
        log.collect(second, rank(2, Phase::Life), "worker", note("worker works"));
        log.collect(
            second,
            rank(1, Phase::Life),
            "launcher",
            note("launcher works"),
        );
        log.collect(
            second,
            rank(2, Phase::Life),
            "worker",
            note("worker works on"),
        );
        log.collect(
            Duration::ZERO,
            rank(2, Phase::Begin),
            "worker",
            note("worker starts"),
        );
        log.push(second, "claude", note("last"));
        let texts: Vec<_> = log
            .into_events()
            .into_iter()
            .map(|event| match event.what {
                What::Note { text } => text,
                other => panic!("{other:?}"),
            })
            .collect();
        let expected = [
            "worker starts",
            "launcher works",
            "worker works",
            "worker works on",
            "worker ends",
            "last",
        ];
        assert_eq!(texts, expected);
    }
}
