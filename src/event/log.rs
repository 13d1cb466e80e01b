//! The growing log, with an order that does not depend on the machine's scheduling.

use std::time::Duration;

use super::{Event, What};

/// A position in the log to read from later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(usize);

/// The events of a run.
///
/// What several processes do in the same instant between two quiescent points has no order in
/// virtual time: it is collected first and put in order by actor when the world is quiescent, so
/// that the same scenario gives the same log on a loaded machine.
#[derive(Debug, Default)]
pub struct Log {
    events: Vec<Event>,
    pending: Vec<(Duration, String, What)>,
}

impl Log {
    /// Appends an event of the harness itself, in the order of the calls.
    pub fn push(&mut self, at: Duration, actor: impl Into<String>, what: What) -> u64 {
        self.flush();
        self.append(at, actor.into(), what)
    }

    /// Collects an event that a process reported; its place is decided at the next [`Log::flush`].
    pub fn collect(&mut self, at: Duration, actor: impl Into<String>, what: What) {
        self.pending.push((at, actor.into(), what));
    }

    /// Puts the collected events in order by (time, actor), keeping each actor's own order.
    pub fn flush(&mut self) {
        let mut pending = std::mem::take(&mut self.pending);
        pending.sort_by(|left, right| (left.0, &left.1).cmp(&(right.0, &right.1)));
        for (at, actor, what) in pending {
            self.append(at, actor, what);
        }
    }

    fn append(&mut self, at: Duration, actor: String, what: What) -> u64 {
        let seq = self.events.len() as u64;
        let at_us = u64::try_from(at.as_micros()).unwrap_or(u64::MAX);
        self.events.push(Event { seq, at_us, actor, what, cause: None });
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
    fn collected_events_are_ordered_by_time_and_actor_but_keep_each_actors_order() {
        let mut log = Log::default();
        let second = Duration::from_secs(1);
        log.collect(second, "worker", note("w1"));
        log.collect(second, "codex", note("c1"));
        log.collect(second, "worker", note("w2"));
        log.collect(Duration::ZERO, "worker", note("w0"));
        log.push(second, "claude", note("last"));
        let texts: Vec<_> = log
            .into_events()
            .into_iter()
            .map(|event| match event.what {
                What::Note { text } => text,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(texts, ["w0", "c1", "w1", "w2", "last"]);
    }
}
