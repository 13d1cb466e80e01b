//! `timerfd_create` and its kin.

use crate::layout::{Header, wake};
use crate::paths::is_counter;
use crate::shared::header;
use crate::sys::{give_int, raw, set_errno};
use crate::timers::{Target, Timer, virtualised};
use core::ffi::c_int;
use core::ptr::null_mut;
use core::sync::atomic::Ordering::Relaxed;
use libc::{clockid_t, itimerspec, pollfd, timespec};

fn new_timer(header: &'static Header, fd: c_int, clock: clockid_t) -> Option<Timer> {
    header.timers.store(1, Relaxed);
    let target = Target {
        wake: wake::COUNTER,
        number: fd as u32,
        thread: 0,
        value: 0,
        clock,
    };
    Timer::new(header, false, target)
}

/// The timer behind a descriptor; a new one if the descriptor was inherited.
fn known(fd: c_int) -> Option<Timer> {
    let header = header()?;
    Timer::of_file(header, fd as u32).or_else(|| {
        is_counter(fd)
            .then(|| new_timer(header, fd, libc::CLOCK_MONOTONIC))
            .flatten()
    })
}

/// # Safety
/// As `timerfd_create`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn timerfd_create(clock: clockid_t, flags: c_int) -> c_int {
    let known_flags = flags & !(libc::TFD_CLOEXEC | libc::TFD_NONBLOCK) == 0;
    let Some(header) = header().filter(|header| known_flags && virtualised(header, clock)) else {
        // SAFETY: the caller's own arguments.
        return unsafe { give_int(raw!(libc::SYS_timerfd_create, clock as isize, flags)) };
    };
    // SAFETY: a new descriptor; both kinds have the same flags.
    let fd = unsafe { give_int(raw!(libc::SYS_eventfd2, 0, flags)) };
    if fd >= 0 {
        new_timer(header, fd, clock);
    }
    fd
}

/// # Safety
/// As `timerfd_settime`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn timerfd_settime(
    fd: c_int,
    flags: c_int,
    new: *const itimerspec,
    old: *mut itimerspec,
) -> c_int {
    let Some(timer) = known(fd) else {
        // SAFETY: the caller's own arguments.
        return unsafe {
            give_int(raw!(
                libc::SYS_timerfd_settime,
                fd as isize,
                flags,
                new,
                old
            ))
        };
    };
    let before = timer.get();
    // SAFETY: the caller gives valid addresses; the old one may be null.
    unsafe {
        if new.is_null() || !timer.set_to(flags & libc::TFD_TIMER_ABSTIME != 0, &*new) {
            set_errno(libc::EINVAL);
            return -1;
        }
        if let Some(old) = old.as_mut() {
            *old = before;
        }
    }
    empty(fd);
    0
}

/// Setting a timer forgets expirations that were not read.
fn empty(fd: c_int) {
    static ZERO: timespec = timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let mut one = pollfd {
        fd,
        events: libc::POLLIN,
        revents: 0,
    };
    let mut count = 0u64;
    // SAFETY: locals and a constant.
    unsafe {
        if raw!(
            libc::SYS_ppoll,
            &raw mut one,
            1,
            &raw const ZERO,
            null_mut::<u8>(),
            8
        ) > 0
        {
            raw!(libc::SYS_read, fd as isize, &raw mut count, 8);
        }
    }
}

/// # Safety
/// As `timerfd_gettime`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn timerfd_gettime(fd: c_int, to: *mut itimerspec) -> c_int {
    let Some(timer) = known(fd) else {
        // SAFETY: the caller's own arguments.
        return unsafe { give_int(raw!(libc::SYS_timerfd_gettime, fd as isize, to)) };
    };
    // SAFETY: the caller gives a valid address.
    unsafe { *to = timer.get() };
    0
}

/// # Safety
/// As `close`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn close(fd: c_int) -> c_int {
    crate::timers::close(fd);
    // SAFETY: the caller's own arguments.
    unsafe { give_int(raw!(libc::SYS_close, fd as isize)) }
}
