//! Commands that go on after their turn has ended, as those of the real Codex do.

use std::time::{Duration, Instant};

use super::Server;
use super::runner::Runner;
use crate::clock::unix_millis;
use crate::message::item::Item;
use crate::message::notification::Event;
use crate::store::Record;

/// An item whose end comes after that of its turn.
#[derive(Debug)]
pub(super) struct Late {
    /// When it ends.
    pub at: Instant,
    thread: String,
    turn: String,
    item: Item,
}

impl Server {
    /// The turn is over; what outlives it ends so much later.
    pub(super) fn leave_running(&mut self, runner: &mut Runner) {
        for (item, after) in std::mem::take(&mut runner.outliving) {
            self.late.push(Late {
                at: Instant::now() + after,
                thread: runner.thread.clone(),
                turn: runner.turn.clone(),
                item,
            });
        }
    }

    /// Ends the items whose time has come.
    pub(super) fn finish_late_items(&mut self) {
        let now = Instant::now();
        while let Some(index) = self.late.iter().position(|late| late.at <= now) {
            let late = self.late.remove(index);
            let mut item = late.item;
            item.completed = Some(unix_millis());
            let value = item.to_value(self.version);
            self.notify_about(&late.thread, Some(&late.turn), Event::ItemCompleted(item));
            let turn = late.turn;
            self.store(&late.thread, &[Record::Item { turn, item: value }]);
        }
    }
}

impl Runner {
    /// The item ends so long after the turn.
    pub(super) fn outlived_by(&mut self, mut item: Item, after: Duration) {
        item.started = self.opened.remove(&item.id).or(item.started);
        self.outliving.push((item, after));
    }
}
