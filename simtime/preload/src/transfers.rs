//! Reading and receiving, where it blocks: marks, and the timeouts of sockets.

use crate::layout::{Call, Header};
use crate::polls::{Until, poll_until};
use crate::shared::header;
use crate::sleeps::sleep_for_ever;
use crate::slot::{Plan, Wait};
use crate::sockets::{Direction, timeout};
use crate::sys::{give, raw};
use core::ffi::{c_int, c_void};
use core::ptr::null;
use libc::{iovec, pollfd, timespec};

/// A call on this descriptor would block now.
fn would_block(fd: c_int, events: i16) -> bool {
    static ZERO: timespec = timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let mut one = pollfd {
        fd,
        events,
        revents: 0,
    };
    // SAFETY: locals and a constant.
    unsafe {
        raw!(libc::SYS_ppoll, &raw mut one, 1, &raw const ZERO, 0, 8) == 0
            && raw!(libc::SYS_fcntl, fd as isize, libc::F_GETFL, 0) & libc::O_NONBLOCK as isize == 0
    }
}

/// Makes a call that may block on a descriptor: marked if it does, and ended in virtual time if
/// the socket has a timeout.
pub fn transfer(
    header: &'static Header,
    fd: c_int,
    direction: Direction,
    call: impl FnOnce() -> isize,
) -> isize {
    let events = match direction {
        Direction::Receive => libc::POLLIN,
        Direction::Send => libc::POLLOUT,
    };
    if !would_block(fd, events) {
        let result = call();
        // A long write may have waited all the same.
        crate::turn::take(header);
        return result;
    }
    if let Some(length) = timeout(fd, direction) {
        let mut one = pollfd {
            fd,
            events,
            revents: 0,
        };
        let until = Until::after(header, length);
        // SAFETY: one entry, a local.
        let result = unsafe { poll_until(header, &raw mut one, 1, until, null(), Call::Transfer) };
        return match result {
            0 => -(libc::EAGAIN as isize),
            error if error < 0 => error,
            _ => call(),
        };
    }
    let Some(wait) = Wait::begin(header, Plan::endless(Call::Transfer)) else {
        sleep_for_ever()
    };
    let result = call();
    wait.end();
    result
}

/// [`transfer`] for a function of the C library.
pub fn transferred(fd: c_int, direction: Direction, call: impl FnOnce() -> isize) -> isize {
    give(match header() {
        Some(header) => transfer(header, fd, direction, call),
        None => call(),
    })
}

/// # Safety
/// As `read`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn read(fd: c_int, to: *mut c_void, length: usize) -> isize {
    // SAFETY: the caller's own arguments.
    transferred(fd, Direction::Receive, || unsafe {
        raw!(libc::SYS_read, fd as isize, to, length)
    })
}

/// # Safety
/// As `read`; a too small buffer ends the program.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn __read_chk(
    fd: c_int,
    to: *mut c_void,
    length: usize,
    room: usize,
) -> isize {
    if length > room {
        // SAFETY: as the C library does.
        unsafe { libc::abort() };
    }
    // SAFETY: the caller's own arguments.
    unsafe { read(fd, to, length) }
}

/// # Safety
/// As `readv`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn readv(fd: c_int, to: *const iovec, count: c_int) -> isize {
    // SAFETY: the caller's own arguments.
    transferred(fd, Direction::Receive, || unsafe {
        raw!(libc::SYS_readv, fd as isize, to, count as isize)
    })
}
