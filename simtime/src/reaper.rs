//! Waiting for children, as an init does.

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
    pub fn reap_all(&mut self, now: Duration, tree: &Tree) -> Vec<Exit> {
        if !self.delay.is_zero() || !tree.ignored.is_empty() {
            let children: Vec<i32> = tree.processes.keys().copied().collect();
            return self.reap_these(&children, now, tree);
        }
        let mut reaped = Vec::new();
        while let Some((pid, word)) = system::reap(-1) {
            self.note(pid, word, now, tree, &mut reaped);
        }
        reaped
    }

    /// Reaps those of these processes that are children of this one, have ended and are due.
    pub fn reap_these(&mut self, pids: &[i32], now: Duration, tree: &Tree) -> Vec<Exit> {
        let mut reaped = Vec::new();
        for &pid in pids {
            if self.is_orphan(pid, tree) && !self.delay.is_zero() {
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
                self.note(pid, word, now, tree, &mut reaped);
            }
        }
        reaped
    }

    fn is_orphan(&self, pid: i32, tree: &Tree) -> bool {
        let own = std::process::id() as i32;
        tree.processes
            .get(&pid)
            .is_some_and(|process| process.parent != own)
    }

    fn note(&mut self, pid: i32, word: i32, now: Duration, tree: &Tree, to: &mut Vec<Exit>) {
        if let Some(status) = Status::from_wait(word) {
            let exit = Exit {
                pid,
                status,
                at: now,
                orphan: self.is_orphan(pid, tree),
            };
            self.exits.push(exit);
            to.push(exit);
        }
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
