//! Sleeping.

use crate::clocks::{base, nanoseconds, since_zero, timespec_of, valid};
use crate::layout::{Call, Header, wake};
use crate::shared::header;
use crate::slot::{Plan, Wait, now, sleep_on_word};
use crate::sys::{self, raw, set_errno};
use core::ffi::{c_int, c_uint};
use core::ptr::null_mut;
use libc::{clockid_t, timespec};

/// Sleeps until a virtual time. False when a signal came first.
pub fn sleep_until(header: &'static Header, deadline: u64, length: u64, call: Call) -> bool {
    while now(header) < deadline {
        let Some(wait) = Wait::begin(header, Plan::timed(deadline, length, wake::WORD, call))
        else {
            sleep_for_ever();
        };
        let result = sleep_on_word(wait.word(), 0);
        wait.end();
        if sys::is(result, libc::EINTR) {
            return false;
        }
    }
    true
}

/// The world has no room for this thread, which the coordinator reports as an error.
pub fn sleep_for_ever() -> ! {
    loop {
        // SAFETY: no descriptors, no timeout, no mask.
        unsafe { raw!(libc::SYS_ppoll, 0, 0, 0, 0, 0) };
    }
}

/// An error number, 0 for none.
unsafe fn sleep_on(
    clock: clockid_t,
    flags: c_int,
    request: *const timespec,
    remaining: *mut timespec,
) -> c_int {
    let virtualised = header().and_then(|h| base(h, clock).map(|_| h));
    let Some(header) = virtualised else {
        // SAFETY: the caller's own arguments.
        return -unsafe { raw!(libc::SYS_clock_nanosleep, clock, flags, request, remaining) }
            as c_int;
    };
    // SAFETY: the caller gives a valid address.
    let request = unsafe { &*request };
    if !valid(request) {
        return libc::EINVAL;
    }
    let absolute = flags & libc::TIMER_ABSTIME != 0;
    let start = now(header);
    let deadline = if absolute {
        since_zero(header, clock, request)
    } else {
        start.saturating_add(nanoseconds(request))
    };
    if sleep_until(
        header,
        deadline,
        deadline.saturating_sub(start),
        Call::Sleep,
    ) {
        return 0;
    }
    if !absolute && !remaining.is_null() {
        // SAFETY: not null, so the caller gives a valid address.
        unsafe { *remaining = timespec_of(deadline.saturating_sub(now(header))) };
    }
    libc::EINTR
}

/// # Safety
/// As `clock_nanosleep`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clock_nanosleep(
    clock: clockid_t,
    flags: c_int,
    request: *const timespec,
    remaining: *mut timespec,
) -> c_int {
    // SAFETY: the caller's own arguments.
    unsafe { sleep_on(clock, flags, request, remaining) }
}

/// # Safety
/// As `nanosleep`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nanosleep(request: *const timespec, remaining: *mut timespec) -> c_int {
    // SAFETY: the caller's own arguments.
    match unsafe { sleep_on(libc::CLOCK_MONOTONIC, 0, request, remaining) } {
        0 => 0,
        error => {
            set_errno(error);
            -1
        }
    }
}

/// # Safety
/// As `usleep`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn usleep(microseconds: c_uint) -> c_int {
    let request = timespec_of(u64::from(microseconds) * 1000);
    // SAFETY: a local.
    unsafe { nanosleep(&raw const request, null_mut()) }
}

/// # Safety
/// As `sleep`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sleep(seconds: c_uint) -> c_uint {
    let request = timespec_of(u64::from(seconds) * 1_000_000_000);
    let mut remaining = timespec_of(0);
    // SAFETY: locals.
    if unsafe { nanosleep(&raw const request, &raw mut remaining) } == 0 {
        return 0;
    }
    remaining.tv_sec as c_uint + c_uint::from(remaining.tv_nsec >= 500_000_000)
}
