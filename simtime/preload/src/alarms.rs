//! `alarm` and `setitimer`.

use crate::layout::{ALARM, Header, NEVER, wake};
use crate::shared::header;
use crate::slot::now;
use crate::sys::{give_int, raw, set_errno};
use crate::timers::{Target, Timer};
use core::ffi::{c_int, c_uint};
use libc::{itimerval, timeval};

const SECOND: u64 = 1_000_000_000;

fn timer(header: &'static Header) -> Option<Timer> {
    Timer::of_id(header, ALARM).or_else(|| {
        let target = Target {
            wake: wake::SIGNAL,
            number: libc::SIGALRM as u32,
            thread: 0,
            value: 0,
            clock: libc::CLOCK_REALTIME,
        };
        Timer::new(header, true, target)
    })
}

/// Sets the alarm; gives what was left of the old one and its interval.
fn set(header: &'static Header, length: u64, interval: u64) -> (u64, u64) {
    let known = Timer::of_id(header, ALARM);
    let old = known.map_or((0, 0), Timer::left);
    if length == 0 {
        if let Some(timer) = known {
            timer.set(NEVER, 0);
        }
    } else if let Some(timer) = timer(header) {
        timer.set(now(header).saturating_add(length), interval);
    }
    old
}

/// # Safety
/// As `alarm`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alarm(seconds: c_uint) -> c_uint {
    let length = u64::from(seconds) * SECOND;
    let old = match header() {
        Some(header) => set(header, length, 0).0,
        None => {
            let zero = timeval {
                tv_sec: 0,
                tv_usec: 0,
            };
            let new = itimerval {
                it_value: timeval {
                    tv_sec: seconds.into(),
                    tv_usec: 0,
                },
                it_interval: zero,
            };
            let mut old = itimerval {
                it_value: zero,
                it_interval: zero,
            };
            // SAFETY: locals.
            unsafe {
                raw!(
                    libc::SYS_setitimer,
                    libc::ITIMER_REAL,
                    &raw const new,
                    &raw mut old
                );
            }
            old.it_value.tv_sec as u64 * SECOND + old.it_value.tv_usec as u64 * 1000
        }
    };
    // Rounded, but never to "none" while one is set.
    let rounded = (old + SECOND / 2) / SECOND;
    rounded.max(u64::from(old > 0)) as c_uint
}

fn length(time: &timeval) -> Option<u64> {
    let valid = time.tv_sec >= 0 && (0..1_000_000).contains(&time.tv_usec);
    valid.then(|| (time.tv_sec as u64).saturating_mul(SECOND) + time.tv_usec as u64 * 1000)
}

fn timeval_of(nanoseconds: u64) -> timeval {
    timeval {
        tv_sec: (nanoseconds / SECOND) as _,
        tv_usec: (nanoseconds % SECOND / 1000) as _,
    }
}

/// # Safety
/// As `setitimer`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn setitimer(
    which: c_int,
    new: *const itimerval,
    old: *mut itimerval,
) -> c_int {
    let Some(header) = header().filter(|_| which == libc::ITIMER_REAL) else {
        // SAFETY: the caller's own arguments.
        return unsafe { give_int(raw!(libc::SYS_setitimer, which, new, old)) };
    };
    // SAFETY: the caller gives valid addresses or null.
    unsafe {
        let (value, interval) = match new.as_ref() {
            None => (0, 0),
            Some(new) => match (length(&new.it_value), length(&new.it_interval)) {
                (Some(value), Some(interval)) => (value, interval),
                _ => {
                    set_errno(libc::EINVAL);
                    return -1;
                }
            },
        };
        let (left, every) = set(header, value, interval);
        if let Some(old) = old.as_mut() {
            old.it_value = timeval_of(left);
            old.it_interval = timeval_of(every);
        }
    }
    0
}

/// # Safety
/// As `getitimer`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn getitimer(which: c_int, to: *mut itimerval) -> c_int {
    let Some(header) = header().filter(|_| which == libc::ITIMER_REAL) else {
        // SAFETY: the caller's own arguments.
        return unsafe { give_int(raw!(libc::SYS_getitimer, which, to)) };
    };
    let (left, every) = Timer::of_id(header, ALARM).map_or((0, 0), Timer::left);
    // SAFETY: the caller gives a valid address.
    unsafe {
        (*to).it_value = timeval_of(left);
        (*to).it_interval = timeval_of(every);
    }
    0
}
