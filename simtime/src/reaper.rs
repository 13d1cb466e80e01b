//! Waiting for children, as an init does.

use crate::history::History;
use crate::system;
use crate::tree::Tree;
use crate::world::{Exit, Status};
use std::collections::BTreeMap;
use std::time::Duration;

/// Reaps the children of this process: those it started at once, orphans after a delay.
#[derive(Debug)]
pub struct Reaper {
    delay: Duration,
    /// When each dead orphan is due.
    due: BTreeMap<i32, Duration>,
    exits: Vec<Exit>,
}

impl Reaper {
    /// One that leaves orphans so long.
    pub fn new(delay: Duration) -> Reaper {
        Reaper {
            delay,
            due: BTreeMap::new(),
            exits: Vec::new(),
        }
    }

    /// Reaps whatever has ended and is due. Children that do not belong to the world are left.
    pub fn reap_all(&mut self, now: Duration, tree: &Tree, history: &History) -> Vec<Exit> {
        if !self.delay.is_zero() || !tree.ignored.is_empty() {
            return self.reap_known(now, tree, history);
        }
        let mut reaped = Vec::new();
        while let Some((pid, word)) = system::reap(-1) {
            reaped.extend(self.note(pid, word, now, is_orphan(pid, tree, history)));
        }
        reaped
    }

    /// Reaps those processes of the world that are children of this one, have ended and are due.
    fn reap_known(&mut self, now: Duration, tree: &Tree, history: &History) -> Vec<Exit> {
        let mut reaped = Vec::new();
        for &pid in tree.processes.keys() {
            let orphan = is_orphan(pid, tree, history);
            if orphan && !self.delay.is_zero() {
                if !system::has_ended(pid) {
                    continue;
                }
                let due = *self.due.entry(pid).or_insert(now + self.delay);
                if due > now {
                    continue;
                }
            }
            if let Some((pid, word)) = system::reap(pid) {
                self.due.remove(&pid);
                reaped.extend(self.note(pid, word, now, orphan));
            }
        }
        reaped
    }

    fn note(&mut self, pid: i32, word: i32, now: Duration, orphan: bool) -> Option<Exit> {
        let exit = Exit {
            pid,
            status: Status::from_wait(word)?,
            at: now,
            orphan,
        };
        self.exits.push(exit);
        Some(exit)
    }

    /// The dead orphan that is due first.
    pub fn next(&self) -> Option<(Duration, i32)> {
        self.due.iter().map(|(pid, at)| (*at, *pid)).min()
    }

    /// The exits since the last call.
    pub fn take_exits(&mut self) -> Vec<Exit> {
        std::mem::take(&mut self.exits)
    }
}

/// It was not started by this process.
fn is_orphan(pid: i32, tree: &Tree, history: &History) -> bool {
    let parent = history
        .parent(pid)
        .or_else(|| tree.processes.get(&pid).map(|process| process.parent));
    parent.is_some_and(|parent| parent != std::process::id() as i32)
}
