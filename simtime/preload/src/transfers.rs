//! Reading, where it blocks.

use crate::layout::{Call, Header};
use crate::shared::header;
use crate::sleeps::sleep_for_ever;
use crate::slot::{Plan, Wait};
use crate::sys::{give, raw};
use core::ffi::{c_int, c_void};
use libc::{pollfd, timespec};

/// The descriptor is not ready: a call on it would block, unless it is non-blocking.
pub fn would_block(fd: c_int, events: i16) -> bool {
    let mut one = pollfd {
        fd,
        events,
        revents: 0,
    };
    let zero = timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: locals.
    unsafe { raw!(libc::SYS_ppoll, &raw mut one, 1, &raw const zero, 0, 8) == 0 }
}

/// Makes a call that may block on a descriptor, and marks it if it does.
pub fn transfer(
    header: &'static Header,
    fd: c_int,
    events: i16,
    call: impl FnOnce() -> isize,
) -> isize {
    if !would_block(fd, events) {
        return call();
    }
    let Some(wait) = Wait::begin(header, Plan::endless(Call::Transfer)) else {
        sleep_for_ever()
    };
    let result = call();
    wait.end();
    result
}

/// # Safety
/// As `read`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn read(fd: c_int, to: *mut c_void, length: usize) -> isize {
    // SAFETY: the caller's own arguments.
    let call = || unsafe { raw!(libc::SYS_read, fd as isize, to, length) };
    give(match header() {
        Some(header) => transfer(header, fd, libc::POLLIN, call),
        None => call(),
    })
}
