//! Waiting for descriptors: `poll` and `epoll_wait`.

use crate::clocks::{nanoseconds, valid};
use crate::layout::{Call, Header, NEVER, wake};
use crate::scratch::Scratch;
use crate::shared::header;
use crate::sleeps::sleep_for_ever;
use crate::slot::{Plan, Wait, now};
use crate::sys::{give_int, raw};
use crate::turn;
use core::ffi::{c_int, c_void};
use core::ptr::{null, null_mut};
use libc::{epoll_event, nfds_t, pollfd, sigset_t, timespec};

/// The kernel's size of a signal set.
pub const MASK_SIZE: usize = 8;

/// When a wait ends, and how long it was meant to be.
#[derive(Clone, Copy)]
pub struct Until {
    /// Virtual nanoseconds since zero.
    pub deadline: u64,
    /// In nanoseconds.
    pub length: u64,
}

impl Until {
    /// From now on; [`NEVER`] has no end.
    pub fn after(header: &Header, length: u64) -> Until {
        Until {
            deadline: now(header).saturating_add(length),
            length,
        }
    }

    /// At a virtual time.
    pub fn at(header: &Header, deadline: u64) -> Until {
        Until {
            deadline,
            length: deadline.saturating_sub(now(header)),
        }
    }

    fn milliseconds(header: &Header, milliseconds: c_int) -> Until {
        match u64::try_from(milliseconds) {
            Ok(milliseconds) => Until::after(header, milliseconds * 1_000_000),
            Err(_) => Until::after(header, NEVER),
        }
    }

    /// The plan of a wait that the coordinator ends through the slot's pipe.
    pub fn by_pipe(self, call: Call) -> Plan {
        Plan::timed(self.deadline, self.length, wake::PIPE, call)
    }

    /// The plan of a wait that the coordinator ends through the slot's word.
    pub fn by_word(self, call: Call) -> Plan {
        Plan::timed(self.deadline, self.length, wake::WORD, call)
    }
}

static ZERO: timespec = timespec {
    tv_sec: 0,
    tv_nsec: 0,
};

/// `poll` in virtual time: the kernel's result.
///
/// # Safety
/// `fds` points to `count` entries, `mask` is null or points to a signal set.
pub unsafe fn poll_until(
    header: &'static Header,
    fds: *mut pollfd,
    count: usize,
    until: Until,
    mask: *const sigset_t,
    call: Call,
) -> isize {
    // SAFETY: the caller's promise. A first look lets pending signals in as the real call would.
    let look = unsafe {
        raw!(
            libc::SYS_ppoll,
            fds,
            count,
            &raw const ZERO,
            mask,
            MASK_SIZE
        )
    };
    if look != 0 || until.length == 0 {
        return look;
    }
    if until.deadline == NEVER {
        let Some(wait) = Wait::begin(header, Plan::endless(call)) else {
            sleep_for_ever()
        };
        // SAFETY: the caller's promise.
        let result = unsafe { raw!(libc::SYS_ppoll, fds, count, 0, mask, MASK_SIZE) };
        wait.end();
        return result;
    }
    let Some(mut copy) = Scratch::<pollfd, 64>::new(
        count + 1,
        pollfd {
            fd: -1,
            events: 0,
            revents: 0,
        },
    ) else {
        return -(libc::ENOMEM as isize);
    };
    let entries = copy.slice();
    // SAFETY: the caller's promise; not called with a null pointer unless there are none.
    unsafe { core::ptr::copy_nonoverlapping(fds, entries.as_mut_ptr(), count) };
    let result = loop {
        if now(header) >= until.deadline {
            break 0;
        }
        let Some(wait) = Wait::begin(header, until.by_pipe(call)) else {
            sleep_for_ever()
        };
        entries[count] = pollfd {
            fd: wait.pipe(),
            events: libc::POLLIN,
            revents: 0,
        };
        // SAFETY: the copy has one more entry than the caller's list.
        let ready = unsafe {
            raw!(
                libc::SYS_ppoll,
                entries.as_mut_ptr(),
                count + 1,
                0,
                mask,
                MASK_SIZE
            )
        };
        let pipe_ready = ready > 0 && entries[count].revents != 0;
        finish(wait, entries[count].revents);
        if ready < 0 {
            break ready;
        }
        let others = ready - isize::from(pipe_ready);
        if others > 0 {
            break others;
        }
    };
    if result >= 0 {
        for (index, entry) in entries[..count].iter().enumerate() {
            let revents = if result == 0 { 0 } else { entry.revents };
            // SAFETY: the caller's promise.
            unsafe { (*fds.add(index)).revents = revents };
        }
    }
    result
}

/// Ends a wait whose pipe was polled: empties it, or forgets it if the program has closed it.
pub fn finish(wait: Wait, revents: i16) {
    let pipe = wait.pipe();
    if revents & libc::POLLNVAL != 0 {
        wait.pipe_lost();
    }
    if !wait.end() && revents & libc::POLLIN != 0 {
        let mut byte = 0u8;
        // SAFETY: a left-over byte of a wait that ended otherwise, from a non-blocking pipe.
        unsafe { raw!(libc::SYS_read, pipe, &raw mut byte, 1) };
    }
}

unsafe fn epoll_until(
    header: &'static Header,
    epoll: c_int,
    events: *mut c_void,
    most: c_int,
    until: Until,
    mask: *const sigset_t,
) -> isize {
    loop {
        // SAFETY: the caller's own arguments.
        let ready = unsafe {
            raw!(
                libc::SYS_epoll_pwait,
                epoll,
                events,
                most,
                0,
                mask,
                MASK_SIZE
            )
        };
        if ready == 1 {
            // SAFETY: the kernel has filled in one entry, which need not be aligned.
            let event = unsafe { events.cast::<epoll_event>().read_unaligned() };
            turn::woken_at_once(header, event.u64);
        }
        if ready != 0 || now(header) >= until.deadline {
            return ready;
        }
        if until.deadline == NEVER {
            let Some(wait) = Wait::begin(header, Plan::endless(Call::Epoll)) else {
                sleep_for_ever()
            };
            // SAFETY: the caller's own arguments.
            let ready = unsafe {
                raw!(
                    libc::SYS_epoll_pwait,
                    epoll,
                    events,
                    most,
                    -1isize,
                    mask,
                    MASK_SIZE
                )
            };
            wait.end();
            return ready;
        }
        let Some(wait) = Wait::begin(header, until.by_pipe(Call::Epoll)) else {
            sleep_for_ever()
        };
        let mut both = [
            pollfd {
                fd: epoll,
                events: libc::POLLIN,
                revents: 0,
            },
            pollfd {
                fd: wait.pipe(),
                events: libc::POLLIN,
                revents: 0,
            },
        ];
        // SAFETY: two entries of a local.
        let result = unsafe { raw!(libc::SYS_ppoll, both.as_mut_ptr(), 2, 0, mask, MASK_SIZE) };
        finish(wait, both[1].revents);
        if result < 0 {
            return result;
        }
    }
}

/// # Safety
/// As `epoll_pwait`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn epoll_pwait(
    epoll: c_int,
    events: *mut c_void,
    most: c_int,
    milliseconds: c_int,
    mask: *const sigset_t,
) -> c_int {
    // SAFETY: the caller's own arguments.
    give_int(unsafe {
        match header() {
            Some(header) => {
                let until = Until::milliseconds(header, milliseconds);
                epoll_until(header, epoll, events, most, until, mask)
            }
            None => raw!(
                libc::SYS_epoll_pwait,
                epoll,
                events,
                most,
                milliseconds as isize,
                mask,
                MASK_SIZE
            ),
        }
    })
}

/// # Safety
/// As `epoll_wait`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn epoll_wait(
    epoll: c_int,
    events: *mut c_void,
    most: c_int,
    milliseconds: c_int,
) -> c_int {
    // SAFETY: the caller's own arguments.
    unsafe { epoll_pwait(epoll, events, most, milliseconds, null()) }
}

/// # Safety
/// As `epoll_pwait2`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn epoll_pwait2(
    epoll: c_int,
    events: *mut c_void,
    most: c_int,
    timeout: *const timespec,
    mask: *const sigset_t,
) -> c_int {
    // SAFETY: the caller's own arguments.
    give_int(unsafe {
        match (header(), timeout.as_ref()) {
            (Some(_), Some(timeout)) if !valid(timeout) => -(libc::EINVAL as isize),
            (Some(header), timeout) => {
                let until = Until::after(header, timeout.map_or(NEVER, nanoseconds));
                epoll_until(header, epoll, events, most, until, mask)
            }
            (None, _) => {
                raw!(
                    libc::SYS_epoll_pwait2,
                    epoll,
                    events,
                    most,
                    timeout,
                    mask,
                    MASK_SIZE
                )
            }
        }
    })
}

/// # Safety
/// As `poll`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn poll(fds: *mut pollfd, count: nfds_t, milliseconds: c_int) -> c_int {
    // SAFETY: the caller's own arguments.
    give_int(unsafe {
        match header() {
            Some(header) => {
                let until = Until::milliseconds(header, milliseconds);
                poll_until(header, fds, count as usize, until, null(), Call::Poll)
            }
            None => {
                let timeout = crate::clocks::timespec_of(milliseconds.max(0) as u64 * 1_000_000);
                let timeout = if milliseconds < 0 {
                    null()
                } else {
                    &raw const timeout
                };
                raw!(libc::SYS_ppoll, fds, count, timeout, 0, MASK_SIZE)
            }
        }
    })
}

/// # Safety
/// As `poll`; the length is checked by nobody.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn __poll_chk(
    fds: *mut pollfd,
    count: nfds_t,
    milliseconds: c_int,
    _length: usize,
) -> c_int {
    // SAFETY: the caller's own arguments.
    unsafe { poll(fds, count, milliseconds) }
}

/// # Safety
/// As `ppoll`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ppoll(
    fds: *mut pollfd,
    count: nfds_t,
    timeout: *const timespec,
    mask: *const sigset_t,
) -> c_int {
    // SAFETY: the caller's own arguments.
    give_int(unsafe {
        match (header(), timeout.as_ref()) {
            (Some(_), Some(timeout)) if !valid(timeout) => -(libc::EINVAL as isize),
            (Some(header), timeout) => {
                let until = Until::after(header, timeout.map_or(NEVER, nanoseconds));
                poll_until(header, fds, count as usize, until, mask, Call::Poll)
            }
            (None, timeout) => {
                // The kernel writes the remaining time back; the C library's function does not.
                let mut copy = timeout.copied();
                let copy = copy.as_mut().map_or(null_mut(), core::ptr::from_mut);
                raw!(libc::SYS_ppoll, fds, count, copy, mask, MASK_SIZE)
            }
        }
    })
}

/// # Safety
/// As `ppoll`; the length is checked by nobody.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn __ppoll_chk(
    fds: *mut pollfd,
    count: nfds_t,
    timeout: *const timespec,
    mask: *const sigset_t,
    _length: usize,
) -> c_int {
    // SAFETY: the caller's own arguments.
    unsafe { ppoll(fds, count, timeout, mask) }
}
