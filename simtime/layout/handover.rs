//! Waking: what a waiting thread and those that wake it write at the same time.
//!
//! Both crates include this file, and so does the test that lets a model checker try every order of
//! its steps; `atomic` is the real kind for the first two, and the model's for the test.

use crate::atomic::{AtomicI32, AtomicU32};
use crate::layout::state;
use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};

/// Added to the threads in flight while some are being woken.
const WAKING: i32 = 1 << 16;

/// The thread is about to wait, in a state of waiting. What else its slot says is written before.
#[inline]
pub fn begin(slot_state: &AtomicU32, word: &AtomicU32, waiting: u32) {
    word.store(0, Relaxed);
    slot_state.store(waiting, Release);
}

/// The coordinator takes a thread out of this state of waiting; false when the thread has left it.
/// What wakes it has to follow.
#[inline]
pub fn wake(slot_state: &AtomicU32, waiting: u32) -> bool {
    slot_state
        .compare_exchange(waiting, state::WOKEN, AcqRel, Relaxed)
        .is_ok()
}

/// What wakes a thread that waits for its word.
#[inline]
pub fn give(word: &AtomicU32) {
    word.store(1, Release);
}

/// The thread leaves its wait; true when the coordinator has woken it.
#[inline]
pub fn end(slot_state: &AtomicU32) -> bool {
    slot_state.swap(state::RUNNING, AcqRel) == state::WOKEN
}

/// A thread that was woken by its word takes it. It may have left the wait for another reason, and
/// what is on its way to the word would end its next wait. `sleep` waits while the word is 0.
#[inline]
pub fn take(word: &AtomicU32, mut sleep: impl FnMut()) {
    while word.load(Acquire) == 0 {
        sleep();
    }
}

/// Wakes threads by `wake`, which says how many: they are in flight until they have [`landed`].
pub fn launch(in_flight: &AtomicI32, wake: impl FnOnce() -> i32) {
    in_flight.fetch_add(WAKING, SeqCst);
    let woken = wake();
    in_flight.fetch_add(woken.max(0) - WAKING, SeqCst);
}

/// A woken thread says that it runs.
pub fn landed(in_flight: &AtomicI32) {
    in_flight.fetch_sub(1, SeqCst);
}
