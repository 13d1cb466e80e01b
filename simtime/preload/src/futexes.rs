//! Futexes, and `syscall` through which programs reach them.

use crate::clocks::{nanoseconds, since_zero};
use crate::layout::{Call, Header};
use crate::polls::Until;
use crate::shared::header;
use crate::sleeps::sleep_for_ever;
use crate::slot::{Plan, Wait, now};
use crate::sys::{self, give, is, raw};
use core::ffi::{c_int, c_long};
use libc::timespec;

/// One futex of `futex_waitv`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Waited {
    value: u64,
    address: u64,
    flags: u32,
    reserved: u32,
}

const SIZE_32: u32 = 2;
const PRIVATE: u32 = 128;
/// The most futexes that the kernel waits for at once.
const MOST: usize = 128;

/// Waits for a futex of the program in virtual time: 0, or an error as the kernel gives it.
///
/// # Safety
/// `address` is a readable 32-bit word.
pub unsafe fn wait_until(
    header: &'static Header,
    address: usize,
    private: bool,
    value: u32,
    until: Until,
    call: Call,
) -> isize {
    let flags = SIZE_32 | if private { PRIVATE } else { 0 };
    let one = Waited {
        value: value.into(),
        address: address as u64,
        flags,
        reserved: 0,
    };
    let mut list = [one; 2];
    // SAFETY: the caller's promise.
    unsafe { wait_for_any(header, &mut list, until, call) }.min(0)
}

/// Waits for the futexes of the list, whose last entry is filled in here: the index of the one
/// that woke it, or an error.
unsafe fn wait_for_any(
    header: &'static Header,
    list: &mut [Waited],
    until: Until,
    call: Call,
) -> isize {
    let last = list.len() - 1;
    if now(header) >= until.deadline {
        // SAFETY: asks only whether the values still hold: an expired timeout never sleeps.
        let result = unsafe {
            let past = timespec {
                tv_sec: 0,
                tv_nsec: 0,
            };
            let clock = libc::CLOCK_MONOTONIC;
            raw!(
                libc::SYS_futex_waitv,
                list.as_ptr(),
                last,
                0,
                &raw const past,
                clock
            )
        };
        return result;
    }
    let Some(wait) = Wait::begin(header, until.by_word(call)) else {
        sleep_for_ever()
    };
    let address = core::ptr::from_ref(wait.word()) as u64;
    list[last] = Waited {
        value: 0,
        address,
        flags: SIZE_32,
        reserved: 0,
    };
    // SAFETY: the caller's futexes and the slot's word; no timeout.
    let result = unsafe { raw!(libc::SYS_futex_waitv, list.as_ptr(), list.len(), 0, 0, 0) };
    let woken = end(header, wait, call);
    if result == last as isize || (woken && result < 0) {
        return -(libc::ETIMEDOUT as isize);
    }
    result
}

/// Waits for a futex of the program without a timeout: the kernel's result.
///
/// # Safety
/// `address` is a readable 32-bit word.
pub unsafe fn wait_marked(
    header: &'static Header,
    address: usize,
    private: bool,
    value: u32,
    call: Call,
) -> isize {
    let operation = libc::FUTEX_WAIT | if private { libc::FUTEX_PRIVATE_FLAG } else { 0 };
    let args = [address, operation as usize, value as usize, 0, 0, 0];
    // SAFETY: the caller's promise.
    unsafe { wait_endlessly(header, args, call) }
}

/// Waits for a futex without a timeout.
unsafe fn wait_endlessly(header: &'static Header, args: [usize; 6], call: Call) -> isize {
    let Some(wait) = Wait::begin(header, Plan::endless(call)) else {
        sleep_for_ever()
    };
    // SAFETY: the caller's own arguments.
    let result = unsafe { sys::call(libc::SYS_futex, args) };
    end(header, wait, call);
    result
}

/// Ends a wait. A thread that was woken from a condition variable first has to say that it is no
/// longer in flight, and takes its turn then.
fn end(header: &'static Header, wait: Wait, call: Call) -> bool {
    let woken = wait.end_without_turn();
    if call != Call::Condition {
        crate::turn::take(header);
    }
    woken
}

unsafe fn futex(header: &'static Header, args: [usize; 6]) -> isize {
    let [address, operation, value, timeout, ..] = args;
    let operation = operation as c_int;
    let realtime = operation & libc::FUTEX_CLOCK_REALTIME != 0;
    let private = operation & libc::FUTEX_PRIVATE_FLAG != 0;
    let command = operation & !(libc::FUTEX_CLOCK_REALTIME | libc::FUTEX_PRIVATE_FLAG);
    // SAFETY: for these commands the fourth argument is null or a timeout.
    let timeout = unsafe { (timeout as *const timespec).as_ref() };
    let until = match (command, timeout) {
        (libc::FUTEX_WAIT, Some(time)) => Until::after(header, nanoseconds(time)),
        (libc::FUTEX_WAIT_BITSET, Some(time)) => {
            let clock = if realtime {
                libc::CLOCK_REALTIME
            } else {
                libc::CLOCK_MONOTONIC
            };
            Until::at(header, since_zero(header, clock, time))
        }
        // SAFETY: the caller's own arguments.
        (libc::FUTEX_WAIT | libc::FUTEX_WAIT_BITSET, None) => unsafe {
            return wait_endlessly(header, args, Call::Futex);
        },
        // SAFETY: the caller's own arguments.
        _ => unsafe { return sys::call(libc::SYS_futex, args) },
    };
    // SAFETY: the caller's futex.
    unsafe { wait_until(header, address, private, value as u32, until, Call::Futex) }
}

unsafe fn waitv(header: &'static Header, args: [usize; 6]) -> isize {
    let [list, count, flags, timeout, clock, _] = args;
    // SAFETY: null or a timeout.
    let timeout = unsafe { (timeout as *const timespec).as_ref() };
    let Some(time) = timeout.filter(|_| flags == 0 && count > 0 && count < MOST) else {
        // SAFETY: the caller's own arguments.
        return unsafe { sys::call(libc::SYS_futex_waitv, args) };
    };
    let clock = clock as libc::clockid_t;
    let until = Until::at(header, since_zero(header, clock, time));
    let empty = Waited {
        value: 0,
        address: 0,
        flags: 0,
        reserved: 0,
    };
    let mut copy = [empty; MOST];
    // SAFETY: the caller's list of this length.
    unsafe {
        core::ptr::copy_nonoverlapping(list as *const Waited, copy.as_mut_ptr(), count);
        wait_for_any(header, &mut copy[..=count], until, Call::Futex)
    }
}

/// A system call that a program makes by number, where the library has a say.
///
/// # Safety
/// As the system call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syscall(
    number: c_long,
    a: usize,
    b: usize,
    c: usize,
    d: usize,
    e: usize,
    f: usize,
) -> c_long {
    let args = [a, b, c, d, e, f];
    // SAFETY: the caller's own arguments throughout.
    let result = unsafe {
        match (header(), number) {
            (Some(header), libc::SYS_futex) => futex(header, args),
            (Some(header), libc::SYS_futex_waitv) => waitv(header, args),
            (Some(_), _) => match crate::bynumber::virtualised(number, args) {
                Some(result) => return result as c_long,
                None => sys::call(number, args),
            },
            (None, _) => sys::call(number, args),
        }
    };
    give(result) as c_long
}

/// Waits in real time: for processes that belong to no world.
///
/// # Safety
/// `address` is a readable 32-bit word.
pub unsafe fn wait_really(
    address: usize,
    private: bool,
    value: u32,
    clock: libc::clockid_t,
    until: Option<&timespec>,
) -> isize {
    let mut operation = libc::FUTEX_WAIT_BITSET;
    if private {
        operation |= libc::FUTEX_PRIVATE_FLAG;
    }
    if clock == libc::CLOCK_REALTIME {
        operation |= libc::FUTEX_CLOCK_REALTIME;
    }
    let until = until.map_or(core::ptr::null(), core::ptr::from_ref);
    // SAFETY: the caller's promise.
    unsafe {
        raw!(
            libc::SYS_futex,
            address,
            operation,
            value,
            until,
            0,
            u32::MAX
        )
    }
}

/// The wait ended because its time had come.
pub fn timed_out(result: isize) -> bool {
    is(result, libc::ETIMEDOUT)
}
