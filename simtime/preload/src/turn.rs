//! One thread at a time.
//!
//! Two threads that want to go on at the same virtual time would race, and the machine's scheduler
//! would decide. Instead one thread has the turn. Another one that comes back from a wait, or has
//! just been born, queues. When the whole world is asleep the coordinator gives the turn to the
//! thread that was born first among those that queue, by its process and then in its process; only
//! when nobody queues is the world at rest. So nobody is ever passed over for good, and a thread
//! that waits for another in a way that nobody sees gives up its turn all the same.

use crate::layout::{Call, Header, state, wake};
use crate::sleeps::sleep_for_ever;
use crate::slot::{Plan, Wait, own, sleep_on_word};
use crate::sys::is;
use core::sync::atomic::Ordering::{Acquire, Relaxed};

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

#[cold]
fn queue(header: &'static Header, key: u64) {
    let plan = Plan {
        wake: wake::WORD,
        state: state::QUEUED,
        ..Plan::endless(Call::Turn)
    };
    while header.turn.load(Acquire) != key {
        let Some(wait) = Wait::begin(header, plan) else {
            sleep_for_ever()
        };
        let word = wait.word();
        while word.load(Acquire) == 0 {
            sleep_on_word(word, 0);
        }
        wait.end_without_turn();
    }
}
