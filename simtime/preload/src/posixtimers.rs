//! `timer_create` and its kin.

use crate::layout::wake;
use crate::shared::header;
use crate::sys::{real, set_errno};
use crate::timers::{Target, Timer, none, virtualised};
use core::ffi::{c_int, c_void};
use libc::{clockid_t, itimerspec, sigevent, timer_t};

/// Ids of virtual timers begin here; the C library's own are small numbers or addresses with the
/// highest bit set.
const FIRST: usize = 0x51_0000_0000;

fn known(id: timer_t) -> Option<Timer> {
    let number = (id as usize).checked_sub(FIRST)?;
    Timer::of_id(header()?, u32::try_from(number).ok()?)
}

fn invalid() -> c_int {
    set_errno(libc::EINVAL);
    -1
}

/// # Safety
/// As `timer_create`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn timer_create(
    clock: clockid_t,
    event: *mut sigevent,
    to: *mut timer_t,
) -> c_int {
    let Some(real) = real!(timer_create: fn(clockid_t, *mut sigevent, *mut timer_t) -> c_int)
    else {
        return invalid();
    };
    // SAFETY: the caller gives a valid address or null.
    let given = unsafe { event.as_ref() };
    let kind = given.map_or(libc::SIGEV_SIGNAL, |event| event.sigev_notify);
    let Some(header) = header().filter(|header| virtualised(header, clock)) else {
        // SAFETY: the caller's own arguments.
        return unsafe { real(clock, event, to) };
    };
    if kind == libc::SIGEV_THREAD
        && let Some(event) = given
    {
        // SAFETY: the caller's event and a valid address.
        return unsafe {
            match crate::notify::new(header, clock, event) {
                Some(timer) => {
                    *to = (FIRST + timer.id() as usize) as *mut c_void;
                    0
                }
                None => {
                    set_errno(libc::EAGAIN);
                    -1
                }
            }
        };
    }
    let target = Target {
        wake: if kind == libc::SIGEV_NONE {
            wake::NONE
        } else {
            wake::SIGNAL
        },
        number: given.map_or(libc::SIGALRM, |event| event.sigev_signo) as u32,
        thread: match given {
            Some(event) if kind == libc::SIGEV_THREAD_ID => event.sigev_notify_thread_id as u32,
            _ => 0,
        },
        value: given.map_or(0, |event| event.sigev_value.sival_ptr as u64),
        clock,
    };
    let Some(timer) = Timer::new(header, false, target) else {
        set_errno(libc::EAGAIN);
        return -1;
    };
    let id = FIRST + timer.id() as usize;
    if given.is_none() {
        timer.set_value(id as u64);
    }
    // SAFETY: the caller gives a valid address.
    unsafe { *to = id as *mut c_void };
    0
}

/// # Safety
/// As `timer_settime`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn timer_settime(
    id: timer_t,
    flags: c_int,
    new: *const itimerspec,
    old: *mut itimerspec,
) -> c_int {
    let Some(timer) = known(id) else {
        let real = real!(timer_settime: fn(timer_t, c_int, *const itimerspec, *mut itimerspec)
            -> c_int);
        // SAFETY: the caller's own arguments.
        return real.map_or_else(invalid, |real| unsafe { real(id, flags, new, old) });
    };
    // SAFETY: the caller gives valid addresses; the old one may be null.
    unsafe {
        let before = timer.get();
        if new.is_null() || !timer.set_to(flags & libc::TIMER_ABSTIME != 0, &*new) {
            return invalid();
        }
        if let Some(old) = old.as_mut() {
            *old = before;
        }
    }
    0
}

/// # Safety
/// As `timer_gettime`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn timer_gettime(id: timer_t, to: *mut itimerspec) -> c_int {
    let Some(timer) = known(id) else {
        let real = real!(timer_gettime: fn(timer_t, *mut itimerspec) -> c_int);
        // SAFETY: the caller's own arguments.
        return real.map_or_else(invalid, |real| unsafe { real(id, to) });
    };
    // SAFETY: the caller gives a valid address.
    unsafe { *to = timer.get() };
    0
}

/// # Safety
/// As `timer_getoverrun`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn timer_getoverrun(id: timer_t) -> c_int {
    if known(id).is_some() {
        return 0;
    }
    let real = real!(timer_getoverrun: fn(timer_t) -> c_int);
    // SAFETY: the caller's own arguments.
    real.map_or_else(invalid, |real| unsafe { real(id) })
}

/// # Safety
/// As `timer_delete`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn timer_delete(id: timer_t) -> c_int {
    if let Some(timer) = known(id) {
        timer.set_to(false, &none());
        if let Some(fd) = timer.file() {
            crate::notify::end(fd);
        }
        timer.delete();
        return 0;
    }
    let real = real!(timer_delete: fn(timer_t) -> c_int);
    // SAFETY: the caller's own arguments.
    real.map_or_else(invalid, |real| unsafe { real(id) })
}
