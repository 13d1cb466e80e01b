//! Locks with a timeout, joining with a timeout, and file locks.
//!
//! The C library's locks cannot be waited for together with the clock, so these try again and
//! again, at virtual times that lie further and further apart.

use crate::clocks::since_zero;
use crate::layout::Call;
use crate::shared::header;
use crate::sleeps::{sleep_for_ever, sleep_until};
use crate::slot::{Plan, Wait, now};
use crate::sys::{give_int, is, raw, real};
use core::ffi::{c_int, c_void};
use libc::{clockid_t, pthread_mutex_t, pthread_rwlock_t, pthread_t, timespec};

const FIRST_PAUSE: u64 = 1_000_000;
const LONGEST_PAUSE: u64 = 50_000_000;

/// Tries until it gives something else than "busy", or the time has come.
unsafe fn keep_trying(
    clock: clockid_t,
    time: *const timespec,
    attempt: impl Fn() -> c_int,
    really: impl FnOnce() -> c_int,
) -> c_int {
    let Some(header) = header() else {
        return really();
    };
    let first = attempt();
    if first != libc::EBUSY {
        return first;
    }
    // SAFETY: the caller gives a valid address.
    let time = unsafe { &*time };
    if !(0..1_000_000_000).contains(&time.tv_nsec) {
        return libc::EINVAL;
    }
    let deadline = since_zero(header, clock, time);
    let mut pause = FIRST_PAUSE;
    loop {
        let start = now(header);
        if start >= deadline {
            return libc::ETIMEDOUT;
        }
        let next = deadline.min(start + pause);
        sleep_until(header, next, next - start, Call::Lock);
        let result = attempt();
        if result != libc::EBUSY {
            return result;
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// A time that has always come: with it the C library's function does not wait, but still sees
/// whether the calling thread itself has the lock.
static PAST: timespec = timespec {
    tv_sec: 0,
    tv_nsec: 0,
};

/// The result of a function that was given no time.
fn at_once(result: c_int) -> c_int {
    match result {
        libc::ETIMEDOUT => libc::EBUSY,
        other => other,
    }
}

macro_rules! timed_locks {
    ($($name:ident($lock:ty);)*) => {$(
        /// # Safety
        /// As the function of the C library.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(lock: *mut $lock, time: *const timespec) -> c_int {
            let real = real!($name: fn(*mut $lock, *const timespec) -> c_int);
            // SAFETY: the caller's own arguments.
            unsafe {
                keep_trying(
                    libc::CLOCK_REALTIME,
                    time,
                    || at_once(real.map_or(libc::ENOSYS, |real| real(lock, &raw const PAST))),
                    || real.map_or(libc::ENOSYS, |real| real(lock, time)),
                )
            }
        }
    )*};
}
timed_locks! {
    pthread_mutex_timedlock(pthread_mutex_t);
    pthread_rwlock_timedrdlock(pthread_rwlock_t);
    pthread_rwlock_timedwrlock(pthread_rwlock_t);
}

macro_rules! clock_locks {
    ($($name:ident($lock:ty);)*) => {$(
        /// # Safety
        /// As the function of the C library.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(
            lock: *mut $lock,
            clock: clockid_t,
            time: *const timespec,
        ) -> c_int {
            let real = real!($name: fn(*mut $lock, clockid_t, *const timespec) -> c_int);
            // SAFETY: the caller's own arguments.
            unsafe {
                keep_trying(
                    clock,
                    time,
                    || at_once(real.map_or(libc::ENOSYS, |real| real(lock, clock, &raw const PAST))),
                    || real.map_or(libc::ENOSYS, |real| real(lock, clock, time)),
                )
            }
        }
    )*};
}
clock_locks! {
    pthread_mutex_clocklock(pthread_mutex_t);
    pthread_rwlock_clockrdlock(pthread_rwlock_t);
    pthread_rwlock_clockwrlock(pthread_rwlock_t);
}

unsafe extern "C" {
    fn pthread_tryjoin_np(thread: pthread_t, result: *mut *mut c_void) -> c_int;
}

/// # Safety
/// As `pthread_timedjoin_np`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pthread_timedjoin_np(
    thread: pthread_t,
    result: *mut *mut c_void,
    time: *const timespec,
) -> c_int {
    let real = real!(pthread_timedjoin_np: fn(pthread_t, *mut *mut c_void, *const timespec)
        -> c_int);
    // SAFETY: the caller's own arguments.
    unsafe {
        keep_trying(
            libc::CLOCK_REALTIME,
            time,
            || pthread_tryjoin_np(thread, result),
            || real.map_or(libc::ENOSYS, |real| real(thread, result, time)),
        )
    }
}

/// # Safety
/// As `flock`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flock(fd: c_int, operation: c_int) -> c_int {
    let ask = |wait: bool| {
        let operation = operation | if wait { 0 } else { libc::LOCK_NB };
        // SAFETY: the caller's own arguments.
        unsafe { raw!(libc::SYS_flock, fd as isize, operation) }
    };
    if operation & libc::LOCK_NB != 0 {
        return give_int(ask(true));
    }
    lock_file(ask)
}

macro_rules! fcntls {
    ($($name:ident),*) => {$(
        /// # Safety
        /// As `fcntl`.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(fd: c_int, command: c_int, argument: usize) -> c_int {
            let at_once = match command {
                libc::F_SETLKW => libc::F_SETLK,
                libc::F_OFD_SETLKW => libc::F_OFD_SETLK,
                _ => {
                    let real = real!($name: fn(c_int, c_int, usize) -> c_int);
                    // SAFETY: the caller's own arguments.
                    return real.map_or(-1, |real| unsafe { real(fd, command, argument) });
                }
            };
            lock_file(|wait| {
                let command = if wait { command } else { at_once };
                // SAFETY: the caller's own arguments.
                unsafe { raw!(libc::SYS_fcntl, fd as isize, command, argument) }
            })
        }
    )*};
}
fcntls!(fcntl, fcntl64);

/// Asks for a file lock by a call that is told whether to wait for it.
fn lock_file(ask: impl Fn(bool) -> isize) -> c_int {
    let Some(header) = header() else {
        return give_int(ask(true));
    };
    loop {
        let now = ask(false);
        if !is(now, libc::EAGAIN) && !is(now, libc::EACCES) {
            return give_int(now);
        }
        if !crate::turn::wanted(header) {
            break;
        }
        if !crate::turn::retry(header) {
            return give_int(-(libc::EINTR as isize));
        }
    }
    let Some(wait) = Wait::begin(header, Plan::endless(Call::FileLock)) else {
        sleep_for_ever()
    };
    let result = ask(true);
    wait.end();
    give_int(result)
}
