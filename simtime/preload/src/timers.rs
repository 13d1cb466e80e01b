//! Timers: `alarm`, `setitimer`, `timer_create`, `timerfd_create`.
//!
//! A timer is a slot of its own; when it is due, the coordinator sends the signal, or adds one to
//! the counter behind the descriptor. That descriptor is an `eventfd`, which reads and polls just
//! as a `timerfd` does.

use crate::clocks::{base, nanoseconds, since_zero, timespec_of, valid};
use crate::layout::{ALARM, Call, Header, NEVER, Slot, state, wake};
use crate::paths::is_counter;
use crate::shared::{self, header};
use crate::slot::{now, pid};
use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use libc::{clockid_t, itimerspec, timespec};

/// What a timer does when it is due.
#[derive(Clone, Copy)]
pub struct Target {
    /// See [`wake`].
    pub wake: u32,
    /// Signal or descriptor.
    pub number: u32,
    /// The thread that gets the signal; 0 for the process.
    pub thread: u32,
    /// The value in the signal.
    pub value: u64,
    /// The clock that absolute times refer to.
    pub clock: clockid_t,
}

/// A timer of this process.
#[derive(Clone, Copy)]
pub struct Timer {
    header: &'static Header,
    slot: &'static Slot,
}

impl Timer {
    /// A new one, which is not set; its id is [`ALARM`], or else that of its slot.
    pub fn new(header: &'static Header, alarm: bool, target: Target) -> Option<Timer> {
        let slot = shared::claim(header, pid(), target.thread)?;
        slot.process.store(crate::process::ordinal(header), Relaxed);
        slot.thread.store(0, Relaxed);
        slot.wake.store(target.wake, Relaxed);
        slot.target.store(target.number, Relaxed);
        slot.value.store(target.value, Relaxed);
        slot.length.store(0, Relaxed);
        slot.call.store(Call::Timer as u32, Relaxed);
        slot.word.store(target.clock as u32, Relaxed);
        slot.timer.store(
            if alarm {
                ALARM
            } else {
                shared::index_of(slot) as u32
            },
            Relaxed,
        );
        slot.state.store(state::TIMER, Release);
        Some(Timer { header, slot })
    }

    fn find(header: &'static Header, fits: impl Fn(&Slot) -> bool) -> Option<Timer> {
        let own = pid();
        let slots = shared::used_slots(header).iter();
        let mut mine = slots.filter(|slot| {
            slot.state.load(Acquire) == state::TIMER && slot.pid.load(Relaxed) == own && fits(slot)
        });
        mine.next().map(|slot| Timer { header, slot })
    }

    /// The one with this id.
    pub fn of_id(header: &'static Header, id: u32) -> Option<Timer> {
        Timer::find(header, |slot| slot.timer.load(Relaxed) == id)
    }

    /// The one behind this descriptor.
    pub fn of_file(header: &'static Header, fd: u32) -> Option<Timer> {
        Timer::find(header, |slot| {
            slot.wake.load(Relaxed) == wake::COUNTER && slot.target.load(Relaxed) == fd
        })
    }

    /// Its id.
    pub fn id(self) -> u32 {
        self.slot.timer.load(Relaxed)
    }

    /// The descriptor that it counts behind, if it does.
    pub fn file(self) -> Option<i32> {
        let counts = self.slot.wake.load(Relaxed) == wake::COUNTER;
        counts.then(|| self.slot.target.load(Relaxed) as i32)
    }

    /// Sets the value that its signal carries.
    pub fn set_value(self, value: u64) {
        self.slot.value.store(value, Relaxed);
    }

    /// What is left until it is due, and its interval: 0 for none.
    pub fn left(self) -> (u64, u64) {
        let left = match self.slot.deadline.load(Relaxed) {
            NEVER => 0,
            deadline => deadline.saturating_sub(now(self.header)).max(1),
        };
        (left, self.slot.length.load(Relaxed))
    }

    /// Sets it to a virtual time; [`NEVER`] stops it.
    pub fn set(self, deadline: u64, interval: u64) {
        self.slot.length.store(interval, Relaxed);
        self.slot.deadline.store(deadline, Release);
    }

    /// As `timer_settime` and `timerfd_settime`: false when the times make no sense.
    pub fn set_to(self, absolute: bool, new: &itimerspec) -> bool {
        if !valid(&new.it_value) || !valid(&new.it_interval) {
            return false;
        }
        let clock = self.slot.word.load(Relaxed) as clockid_t;
        let deadline = match nanoseconds(&new.it_value) {
            0 => NEVER,
            _ if absolute => since_zero(self.header, clock, &new.it_value),
            length => now(self.header).saturating_add(length),
        };
        self.set(deadline, nanoseconds(&new.it_interval));
        true
    }

    /// As `timer_gettime` and `timerfd_gettime`.
    pub fn get(self) -> itimerspec {
        let (left, interval) = self.left();
        itimerspec {
            it_value: timespec_of(left),
            it_interval: timespec_of(interval),
        }
    }

    /// Gives it back.
    pub fn delete(self) {
        self.slot.deadline.store(NEVER, Relaxed);
        self.slot.state.swap(state::FREE, AcqRel);
    }
}

/// The clock measures the world's time.
pub fn virtualised(header: &Header, clock: clockid_t) -> bool {
    base(header, clock).is_some()
}

/// A timer that an exec leaves running: the alarm, and descriptors that stay open.
pub fn survives_exec(slot: &Slot) -> bool {
    slot.timer.load(Relaxed) == ALARM
        || slot.wake.load(Relaxed) == wake::COUNTER && is_counter(slot.target.load(Relaxed) as i32)
}

/// A descriptor is being closed.
pub fn close(fd: i32) {
    if let Some(header) = header()
        && header.timers.load(Relaxed) != 0
        && let Some(timer) = Timer::of_file(header, fd as u32)
    {
        timer.delete();
    }
}

/// Room for what `timer_settime` and its kin give back.
pub fn none() -> itimerspec {
    let zero = timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    itimerspec {
        it_value: zero,
        it_interval: zero,
    }
}
