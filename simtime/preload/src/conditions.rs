//! Condition variables, on a futex of their own: the C library's do not let a second futex in.
//!
//! The first word of the variable counts signals; a waiter sleeps while it is unchanged. A signal
//! between unlocking the mutex and sleeping changes it, so no wake-up is lost; a wake-up without
//! a reason is allowed.

use crate::clocks::since_zero;
use crate::futexes::{timed_out, wait_really, wait_until};
use crate::handover;
use crate::layout::{Call, NEVER};
use crate::polls::Until;
use crate::shared::header;
use crate::sys::raw;
use core::ffi::{c_int, c_uint};
use core::sync::atomic::AtomicU32;
use core::sync::atomic::Ordering::{Relaxed, SeqCst};
use libc::{clockid_t, pthread_condattr_t, pthread_mutex_t, timespec};

/// What this library keeps in a `pthread_cond_t`; all zeros is a valid, new one.
#[repr(C)]
pub struct Condition {
    signals: AtomicU32,
    waiters: AtomicU32,
    clock: AtomicU32,
    shared: AtomicU32,
    unused: [u64; 4],
}

const _: () = assert!(size_of::<Condition>() <= size_of::<libc::pthread_cond_t>());

impl Condition {
    fn private(&self) -> bool {
        self.shared.load(Relaxed) == 0
    }

    fn wake(&self, most: c_int) {
        self.signals.fetch_add(1, SeqCst);
        if self.waiters.load(SeqCst) == 0 {
            return;
        }
        let private = if self.private() {
            libc::FUTEX_PRIVATE_FLAG
        } else {
            0
        };
        let wake = || {
            let operation = libc::FUTEX_WAKE | private;
            // SAFETY: a word of the variable.
            unsafe { raw!(libc::SYS_futex, &raw const self.signals, operation, most) as i32 }
        };
        match header() {
            Some(header) => handover::launch(&header.in_flight, wake),
            None => {
                wake();
            }
        }
    }

    /// # Safety
    /// The mutex is locked by the calling thread.
    unsafe fn wait(
        &self,
        mutex: *mut pthread_mutex_t,
        clock: clockid_t,
        time: Option<&timespec>,
    ) -> c_int {
        self.waiters.fetch_add(1, SeqCst);
        let seen = self.signals.load(SeqCst);
        // SAFETY: the caller's promise.
        let unlocked = unsafe { libc::pthread_mutex_unlock(mutex) };
        if unlocked != 0 {
            self.waiters.fetch_sub(1, SeqCst);
            return unlocked;
        }
        let word = (&raw const self.signals) as usize;
        // SAFETY: a word of the variable, which outlives its waiters.
        let result = unsafe {
            match header() {
                Some(header) => {
                    let deadline = time.map_or(NEVER, |time| since_zero(header, clock, time));
                    let until = Until::at(header, deadline);
                    if deadline == NEVER {
                        crate::futexes::wait_marked(
                            header,
                            word,
                            self.private(),
                            seen,
                            Call::Condition,
                        )
                    } else {
                        wait_until(header, word, self.private(), seen, until, Call::Condition)
                    }
                }
                None => wait_really(word, self.private(), seen, clock, time),
            }
        };
        if let Some(header) = header() {
            if result == 0 {
                handover::landed(&header.in_flight);
            }
            crate::turn::take(header);
        }
        self.waiters.fetch_sub(1, SeqCst);
        // SAFETY: the caller's mutex.
        let locked = unsafe { libc::pthread_mutex_lock(mutex) };
        match locked {
            0 if timed_out(result) => libc::ETIMEDOUT,
            other => other,
        }
    }
}

/// # Safety
/// As `pthread_cond_init`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pthread_cond_init(
    condition: *mut Condition,
    attributes: *const pthread_condattr_t,
) -> c_int {
    let mut clock: clockid_t = libc::CLOCK_REALTIME;
    let mut shared: c_int = libc::PTHREAD_PROCESS_PRIVATE;
    // SAFETY: the caller's arguments; the attributes only when there are some.
    unsafe {
        if !attributes.is_null() {
            libc::pthread_condattr_getclock(attributes, &raw mut clock);
            libc::pthread_condattr_getpshared(attributes, &raw mut shared);
        }
        condition.write(Condition {
            signals: AtomicU32::new(0),
            waiters: AtomicU32::new(0),
            clock: AtomicU32::new(clock as u32),
            shared: AtomicU32::new(c_uint::from(shared == libc::PTHREAD_PROCESS_SHARED)),
            unused: [0; 4],
        });
    }
    0
}

/// # Safety
/// As `pthread_cond_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pthread_cond_destroy(_condition: *mut Condition) -> c_int {
    0
}

/// # Safety
/// As `pthread_cond_signal`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pthread_cond_signal(condition: *mut Condition) -> c_int {
    // SAFETY: the caller's variable.
    unsafe { (*condition).wake(1) };
    0
}

/// # Safety
/// As `pthread_cond_broadcast`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pthread_cond_broadcast(condition: *mut Condition) -> c_int {
    // SAFETY: the caller's variable.
    unsafe { (*condition).wake(c_int::MAX) };
    0
}

/// # Safety
/// As `pthread_cond_wait`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pthread_cond_wait(
    condition: *mut Condition,
    mutex: *mut pthread_mutex_t,
) -> c_int {
    // SAFETY: the caller's variable and mutex.
    unsafe { (*condition).wait(mutex, libc::CLOCK_REALTIME, None) }
}

/// # Safety
/// As `pthread_cond_timedwait`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pthread_cond_timedwait(
    condition: *mut Condition,
    mutex: *mut pthread_mutex_t,
    time: *const timespec,
) -> c_int {
    // SAFETY: the caller's variable.
    let clock = unsafe { (*condition).clock.load(Relaxed) } as clockid_t;
    // SAFETY: the caller's own arguments.
    unsafe { pthread_cond_clockwait(condition, mutex, clock, time) }
}

/// # Safety
/// As `pthread_cond_clockwait`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pthread_cond_clockwait(
    condition: *mut Condition,
    mutex: *mut pthread_mutex_t,
    clock: clockid_t,
    time: *const timespec,
) -> c_int {
    // SAFETY: the caller gives a valid address.
    let time = unsafe { &*time };
    if !(0..1_000_000_000).contains(&time.tv_nsec) {
        return libc::EINVAL;
    }
    // SAFETY: the caller's variable and mutex.
    unsafe { (*condition).wait(mutex, clock, Some(time)) }
}
