//! Every order of the steps by which threads are woken, as a model checker tries them: the code is
//! that of the preload library and of the coordinator, the futex is made of a lock.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use atomic::{AtomicI32, AtomicU32};
use handover::{begin, end, give, landed, launch, take, wake};
use layout::state::{BLOCKED, RUNNING, WOKEN};
use loom::sync::{Arc, Condvar, Mutex};
use loom::thread::spawn;
use std::sync::atomic::Ordering::{Acquire, SeqCst};

use loom::sync::atomic;

#[path = "../layout/handover.rs"]
mod handover;
#[allow(dead_code, reason = "the programs use the rest")]
#[path = "../layout/layout.rs"]
mod layout;

/// A word with those who sleep on it.
struct Futex {
    word: AtomicU32,
    /// A signal has come for the sleeper.
    signal: Mutex<bool>,
    changed: Condvar,
}

impl Futex {
    fn new(word: u32) -> Futex {
        Futex {
            word: AtomicU32::new(word),
            signal: Mutex::new(false),
            changed: Condvar::new(),
        }
    }

    /// Sleeps while the word has this value; with `by_signal` a signal ends it as well.
    fn wait(&self, value: u32, by_signal: bool) {
        let mut signal = self.signal.lock().unwrap();
        while self.word.load(Acquire) == value && !(by_signal && *signal) {
            signal = self.changed.wait(signal).unwrap();
        }
    }

    fn wake(&self) {
        drop(self.signal.lock().unwrap());
        self.changed.notify_all();
    }

    fn signal(&self) {
        *self.signal.lock().unwrap() = true;
        self.changed.notify_all();
    }
}

struct Slot {
    state: AtomicU32,
    futex: Futex,
}

/// A thread whose first wait ends by a signal or by the coordinator, and that begins a second one.
/// Its state and its word in the end.
fn second_wait(taking: bool) -> (u32, u32) {
    let slot = Arc::new(Slot {
        state: AtomicU32::new(RUNNING),
        futex: Futex::new(0),
    });
    begin(&slot.state, &slot.futex.word, BLOCKED);
    let thread = {
        let slot = Arc::clone(&slot);
        spawn(move || {
            slot.futex.wait(0, true);
            if end(&slot.state) && taking {
                take(&slot.futex.word, || slot.futex.wait(0, false));
            }
            begin(&slot.state, &slot.futex.word, BLOCKED);
        })
    };
    let signal = {
        let slot = Arc::clone(&slot);
        spawn(move || slot.futex.signal())
    };
    if wake(&slot.state, BLOCKED) {
        give(&slot.futex.word);
        slot.futex.wake();
    }
    thread.join().unwrap();
    signal.join().unwrap();
    (slot.state.load(Acquire), slot.futex.word.load(Acquire))
}

#[test]
fn what_woke_one_wait_does_not_end_the_next() {
    loom::model(|| {
        let end = second_wait(true);
        assert!(matches!(end, (BLOCKED, 0) | (WOKEN, 1)), "{end:?}");
    });
}

/// The model does find what goes wrong without taking the word.
#[test]
#[should_panic(expected = "(3, 1)")]
fn a_word_that_is_not_taken_ends_the_next_wait() {
    loom::model(|| {
        let end = second_wait(false);
        assert!(matches!(end, (BLOCKED, 0) | (WOKEN, 1)), "{end:?}");
    });
}

#[test]
fn a_thread_on_its_way_to_sleep_is_woken() {
    loom::model(|| {
        let slot = Arc::new(Slot {
            state: AtomicU32::new(RUNNING),
            futex: Futex::new(0),
        });
        let thread = {
            let slot = Arc::clone(&slot);
            spawn(move || {
                begin(&slot.state, &slot.futex.word, BLOCKED);
                slot.futex.wait(0, false);
                assert!(end(&slot.state), "it is woken by the coordinator alone");
            })
        };
        while !wake(&slot.state, BLOCKED) {
            loom::thread::yield_now();
        }
        give(&slot.futex.word);
        slot.futex.wake();
        thread.join().unwrap();
    });
}

/// Threads that wait for a condition, one that wakes them, and a coordinator that looks on.
struct Condition {
    queue: Mutex<Queue>,
    changed: Condvar,
    in_flight: AtomicI32,
    /// How many were woken and do not say yet that they run.
    on_their_way: AtomicI32,
}

struct Queue {
    asleep: i32,
    signalled: bool,
}

/// Whether "none in flight" is true whenever it is read.
fn in_flight(launch: impl Fn(&AtomicI32, &dyn Fn() -> i32)) {
    let condition = Arc::new(Condition {
        queue: Mutex::new(Queue {
            asleep: 0,
            signalled: false,
        }),
        changed: Condvar::new(),
        in_flight: AtomicI32::new(0),
        on_their_way: AtomicI32::new(0),
    });
    let waiter = |condition: Arc<Condition>| {
        let mut queue = condition.queue.lock().unwrap();
        if queue.signalled {
            return;
        }
        queue.asleep += 1;
        while !queue.signalled {
            queue = condition.changed.wait(queue).unwrap();
        }
        drop(queue);
        condition.on_their_way.fetch_sub(1, SeqCst);
        landed(&condition.in_flight);
    };
    let looker = |condition: Arc<Condition>| {
        let before = condition.on_their_way.load(SeqCst);
        let none = condition.in_flight.load(SeqCst) == 0;
        let after = condition.on_their_way.load(SeqCst);
        assert!(
            !(none && before > 0 && before == after),
            "{before} threads run and none is in flight"
        );
    };
    let threads = [
        spawn({
            let condition = Arc::clone(&condition);
            move || waiter(condition)
        }),
        spawn({
            let condition = Arc::clone(&condition);
            move || waiter(condition)
        }),
        spawn({
            let condition = Arc::clone(&condition);
            move || looker(condition)
        }),
    ];
    launch(&condition.in_flight, &|| {
        let mut queue = condition.queue.lock().unwrap();
        queue.signalled = true;
        condition.on_their_way.fetch_add(queue.asleep, SeqCst);
        condition.changed.notify_all();
        queue.asleep
    });
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(condition.in_flight.load(SeqCst), 0, "all have landed");
}

fn bounded(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(model);
}

#[test]
fn no_thread_is_on_its_way_while_none_is_in_flight() {
    bounded(|| in_flight(|count, wake| launch(count, wake)));
}

/// The model does find what goes wrong when threads are counted after they were woken.
#[test]
#[should_panic(expected = "none is in flight")]
fn threads_counted_after_they_were_woken_are_missed() {
    bounded(|| {
        in_flight(|count, wake| {
            let woken = wake();
            count.fetch_add(woken, SeqCst);
        });
    });
}
