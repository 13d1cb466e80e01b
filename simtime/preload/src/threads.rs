//! Threads: each has a slot from before its birth to its end.

use crate::layout::{Call, Slot, state};
use crate::scratch;
use crate::shared::{self, header};
use crate::sleeps::sleep_for_ever;
use crate::slot::{self, Plan, Wait};
use crate::sys::real;
use core::ffi::{c_int, c_void};
use core::sync::atomic::Ordering::{Relaxed, Release};
use libc::{pthread_attr_t, pthread_t};

type Body = extern "C" fn(*mut c_void) -> *mut c_void;

/// What a new thread is told. It lives in a mapping of its own, which the thread gives back.
#[derive(Clone, Copy)]
struct Start {
    body: Body,
    argument: *mut c_void,
    slot: &'static Slot,
}

/// # Safety
/// As `pthread_create`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pthread_create(
    thread: *mut pthread_t,
    attributes: *const pthread_attr_t,
    body: Body,
    argument: *mut c_void,
) -> c_int {
    let Some(real) = real!(pthread_create: fn(*mut pthread_t, *const pthread_attr_t, Body,
        *mut c_void) -> c_int)
    else {
        return libc::ENOSYS;
    };
    let prepared = header().and_then(|header| {
        let slot = shared::claim(header, slot::pid(), 0)?;
        slot.process.store(crate::process::ordinal(header), Relaxed);
        slot.thread.store(slot::next_thread(), Relaxed);
        Some((
            header,
            slot,
            scratch::leak(Start {
                body,
                argument,
                slot,
            })?,
        ))
    });
    let Some((header, slot, start)) = prepared else {
        // SAFETY: the caller's own arguments.
        return unsafe { real(thread, attributes, body, argument) };
    };
    slot::publish(header, slot, state::RUNNING);
    // SAFETY: the caller's own arguments, with a body that calls theirs.
    let error = unsafe { real(thread, attributes, run, start.cast()) };
    if error != 0 {
        slot::free(header, slot);
        // SAFETY: no thread has taken it.
        unsafe { scratch::reclaim(start) };
    }
    error
}

/// Runs at the end of a thread, also when it is cancelled or leaves by `pthread_exit`.
struct Ending;

impl Drop for Ending {
    fn drop(&mut self) {
        if let Some(header) = header() {
            slot::leave(header);
        }
    }
}

extern "C" fn run(start: *mut c_void) -> *mut c_void {
    // SAFETY: made by `pthread_create` above for this thread alone.
    let Start {
        body,
        argument,
        slot,
    } = unsafe { scratch::reclaim(start.cast::<Start>()) };
    slot.tid.store(slot::tid(), Release);
    slot::adopt(slot);
    let _ending = Ending;
    if let Some(header) = header() {
        crate::turn::take(header);
    }
    body(argument)
}

unsafe extern "C" {
    fn pthread_tryjoin_np(thread: pthread_t, result: *mut *mut c_void) -> c_int;
}

/// # Safety
/// As `pthread_join`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pthread_join(thread: pthread_t, result: *mut *mut c_void) -> c_int {
    let real = real!(pthread_join: fn(pthread_t, *mut *mut c_void) -> c_int);
    // SAFETY: the caller's own arguments.
    let join = || real.map_or(libc::ENOSYS, |real| unsafe { real(thread, result) });
    let Some(header) = header() else {
        return join();
    };
    // SAFETY: the caller's own arguments.
    let ended = unsafe { pthread_tryjoin_np(thread, result) };
    if ended != libc::EBUSY {
        return ended;
    }
    let Some(wait) = Wait::begin(header, Plan::endless(Call::Join)) else {
        sleep_for_ever()
    };
    let joined = join();
    wait.end();
    joined
}
