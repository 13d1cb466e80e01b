//! One thread at a time.
//!
//! Two threads that want to go on at the same virtual time would race, and the machine's scheduler
//! would decide. Instead one thread has the turn. Another one that comes back from a wait, or has
//! just been born, queues. When the whole world is asleep the coordinator gives the turn to the
//! thread that was born first among those that queue, by its process and then in its process; only
//! when nobody queues is the world at rest. So nobody is ever passed over for good, and a thread
//! that waits for another in a way that nobody sees gives up its turn all the same.
//!
//! An event loop that wakes itself over and over does not wait at all. Node's does, while it asks
//! after garbage that its helpers look for; on a machine with one free CPU more it finds it done
//! after a few rounds, and where nobody helps it goes on for thousands. So every so many rounds
//! the other threads of its process go first.

use crate::layout::{Call, Header, state, wake};
use crate::sleeps::sleep_for_ever;
use crate::slot::{Plan, Wait, own, sleep_on_word};
use crate::sys::is;
use core::cell::Cell;
use core::sync::atomic::Ordering::{Acquire, Relaxed};

/// So often the same thing ends an event loop's wait before it has begun, and then the other
/// threads of its process go first.
const ROUNDS: u32 = 32;

/// How an event loop was woken without having waited.
#[derive(Clone, Copy)]
struct Rounds {
    by: u64,
    /// The number of the thread's last true wait.
    waits: u64,
    count: u32,
}

thread_local! {
    static LOOP: Cell<Rounds> = const { Cell::new(Rounds { by: 0, waits: 0, count: 0 }) };
}

/// Goes on when it is the calling thread's turn.
#[inline]
pub fn take(header: &'static Header) {
    if !wanted(header) {
        return;
    }
    let Some(slot) = own(header) else {
        sleep_for_ever()
    };
    let key = slot.key();
    if header.turn.load(Acquire) != key {
        queue(header, key);
    }
}

/// Queues for a turn in which to try again for a file lock; false when a signal came first.
pub fn retry(header: &'static Header) -> bool {
    let plan = Plan {
        wake: wake::WORD,
        state: state::QUEUED,
        ..Plan::endless(Call::FileLock)
    };
    let Some(wait) = Wait::begin(header, plan) else {
        sleep_for_ever()
    };
    let word = wait.word();
    let mut result = 0;
    while word.load(Acquire) == 0 && !is(result, libc::EINTR) {
        result = sleep_on_word(word, 0);
    }
    wait.end() || !is(result, libc::EINTR)
}

/// Threads take turns.
pub fn wanted(header: &Header) -> bool {
    header.turns.load(Relaxed) != 0
}

/// An event loop found that this one thing had happened when it was about to wait.
pub fn woken_at_once(header: &'static Header, by: u64) {
    if !wanted(header) {
        return;
    }
    let Some(slot) = own(header) else {
        sleep_for_ever()
    };
    let waits = slot.waits.load(Relaxed);
    let before = LOOP.get();
    let same = before.by == by && before.waits == waits;
    let count = if same { before.count + 1 } else { 1 };
    LOOP.set(Rounds { by, waits, count });
    if count == ROUNDS {
        wait_in_queue(header, Call::Helpers);
        queue(header, slot.key());
    }
}

#[cold]
fn queue(header: &'static Header, key: u64) {
    while header.turn.load(Acquire) != key {
        wait_in_queue(header, Call::Turn);
    }
}

/// Waits until the coordinator gives the turn to this thread.
fn wait_in_queue(header: &'static Header, call: Call) {
    let plan = Plan {
        wake: wake::WORD,
        state: state::QUEUED,
        ..Plan::endless(call)
    };
    let Some(wait) = Wait::begin(header, plan) else {
        sleep_for_ever()
    };
    let word = wait.word();
    while word.load(Acquire) == 0 {
        sleep_on_word(word, 0);
    }
    wait.end_without_turn();
}
