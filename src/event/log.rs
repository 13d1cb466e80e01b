//! The growing log, with an order that does not depend on the machine's scheduling.

use std::cmp::Reverse;
use std::collections::BTreeSet;
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
/// is quiescent, so that the same scenario gives the same log on a loaded machine. A process that was
/// there before and ends by itself in such an instant mostly ends because of what the younger ones
/// did (a launcher waits for its worker, a worker for Codex): its end is told last, youngest first.
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
    /// Its begin comes before what it does, and its end after it.
    pub phase: Phase,
}

/// The parts of a process's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// It starts.
    Begin,
    /// It does something.
    Life,
    /// A signal has ended it, which others then notice.
    Killed,
    /// It has ended by itself.
    End,
}

impl Log {
    /// Appends an event of the harness itself, in the order of the calls.
    pub fn push(&mut self, at: Duration, actor: impl Into<String>, what: What) -> u64 {
        self.flush();
        self.append(at, actor.into(), what)
    }

    /// Appends what is seen at a quiescent point, before the ends that [`Log::flush_lives`] holds back.
    pub fn observe(&mut self, at: Duration, actor: impl Into<String>, what: What) {
        self.append(at, actor.into(), what);
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
        self.flush_lives();
        let mut ends = std::mem::take(&mut self.pending);
        ends.sort_by_key(|event| (event.at, Reverse(event.rank.birth)));
        self.append_all(ends);
    }

    /// Like [`Log::flush`], but holds back the ends that may be effects of what follows in the same instant.
    pub fn flush_lives(&mut self) {
        let begun: BTreeSet<u32> = self
            .pending
            .iter()
            .filter(|event| event.rank.phase == Phase::Begin)
            .map(|event| event.rank.birth)
            .collect();
        let (ends, mut lives): (Vec<_>, Vec<_>) = std::mem::take(&mut self.pending)
            .into_iter()
            .partition(|Pending { rank, .. }| {
                rank.phase == Phase::End && !begun.contains(&rank.birth)
            });
        lives.sort_by_key(|event| (event.at, event.rank));
        self.append_all(lives);
        self.pending = ends;
    }

    fn append_all(&mut self, events: Vec<Pending>) {
        for Pending {
            at, actor, what, ..
        } in events
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

    const SECOND: Duration = Duration::from_secs(1);

    fn collect(log: &mut Log, at: Duration, birth: u32, phase: Phase, text: &str) {
        let what = What::Note { text: text.into() };
        log.collect(at, Rank { birth, phase }, "process", what);
    }

    fn texts(log: Log) -> Vec<String> {
        log.into_events()
            .into_iter()
            .map(|event| match event.what {
                What::Note { text } => text,
                other => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn collected_events_are_ordered_by_time_and_birth_but_keep_each_process_in_order() {
        let mut log = Log::default();
        collect(&mut log, SECOND, 2, Phase::Life, "worker works");
        collect(&mut log, SECOND, 1, Phase::Life, "launcher works");
        collect(&mut log, SECOND, 2, Phase::Life, "worker works on");
        collect(&mut log, Duration::ZERO, 2, Phase::Begin, "worker starts");
        let last = What::Note {
            text: "last".into(),
        };
        log.push(SECOND, "claude", last);
        let expected = [
            "worker starts",
            "launcher works",
            "worker works",
            "worker works on",
            "last",
        ];
        assert_eq!(texts(log), expected);
    }

    #[test]
    fn who_was_there_before_ends_after_what_ended_it() {
        let mut log = Log::default();
        collect(&mut log, SECOND, 1, Phase::End, "launcher ends");
        collect(&mut log, SECOND, 2, Phase::Life, "worker writes");
        collect(&mut log, SECOND, 2, Phase::End, "worker ends");
        collect(&mut log, SECOND, 3, Phase::Life, "codex sends");
        log.flush_lives();
        let changed = What::Note {
            text: "the record has changed".into(),
        };
        log.observe(SECOND, "state", changed);
        let expected = [
            "worker writes",
            "codex sends",
            "the record has changed",
            "worker ends",
            "launcher ends",
        ];
        assert_eq!(texts(log), expected);
    }

    #[test]
    fn a_kill_and_a_life_within_one_instant_are_told_where_they_happen() {
        let mut log = Log::default();
        collect(&mut log, SECOND, 1, Phase::Killed, "worker is killed");
        collect(&mut log, SECOND, 2, Phase::Life, "codex notices");
        collect(&mut log, SECOND, 3, Phase::End, "probe ends");
        collect(&mut log, SECOND, 3, Phase::Begin, "probe starts");
        collect(&mut log, SECOND, 4, Phase::Begin, "next starts");
        let expected = [
            "worker is killed",
            "codex notices",
            "probe starts",
            "probe ends",
            "next starts",
        ];
        assert_eq!(texts(log), expected);
    }
}
