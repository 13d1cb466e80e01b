//! Semaphores: waits with a timeout on the C library's own semaphores.
//!
//! `sem_post` stays the C library's, so these waits keep to its layout on 64-bit machines: the
//! value in the low half of a 64-bit word, the number of waiters in the high half, then the
//! flag for futexes shared between processes. It has been so since glibc 2.21.

use crate::clocks::since_zero;
use crate::futexes::{timed_out, wait_marked, wait_really, wait_until};
use crate::layout::{Call, NEVER};
use crate::polls::Until;
use crate::shared::header;
use crate::sys::{is, set_errno};
use core::ffi::c_int;
use core::sync::atomic::Ordering::{AcqRel, Relaxed};
use core::sync::atomic::{AtomicU32, AtomicU64};
use libc::{clockid_t, timespec};

/// A semaphore of the C library.
#[repr(C)]
pub struct Semaphore {
    data: AtomicU64,
    shared: AtomicU32,
}

const WAITER: u64 = 1 << 32;

impl Semaphore {
    fn take(&self) -> bool {
        let mut data = self.data.load(Relaxed);
        while data as u32 > 0 {
            match self
                .data
                .compare_exchange_weak(data, data - 1, AcqRel, Relaxed)
            {
                Ok(_) => return true,
                Err(now) => data = now,
            }
        }
        false
    }

    /// Where the value lies.
    fn word(&self) -> usize {
        let half = if cfg!(target_endian = "big") { 4 } else { 0 };
        (&raw const self.data) as usize + half
    }

    unsafe fn wait(&self, clock: clockid_t, time: Option<&timespec>) -> c_int {
        if self.take() {
            return 0;
        }
        if time.is_some_and(|time| !(0..1_000_000_000).contains(&time.tv_nsec)) {
            set_errno(libc::EINVAL);
            return -1;
        }
        self.data.fetch_add(WAITER, AcqRel);
        let private = self.shared.load(Relaxed) == 0;
        let error = loop {
            // SAFETY: a word of the semaphore.
            let result = unsafe {
                match (header(), time) {
                    (Some(header), None) => {
                        wait_marked(header, self.word(), private, 0, Call::Semaphore)
                    }
                    (Some(header), Some(time)) => {
                        let deadline = since_zero(header, clock, time).min(NEVER - 1);
                        let until = Until::at(header, deadline);
                        wait_until(header, self.word(), private, 0, until, Call::Semaphore)
                    }
                    (None, time) => wait_really(self.word(), private, 0, clock, time),
                }
            };
            if self.take() {
                break 0;
            }
            if timed_out(result) {
                break libc::ETIMEDOUT;
            }
            if is(result, libc::EINTR) {
                break libc::EINTR;
            }
        };
        self.data.fetch_sub(WAITER, AcqRel);
        if error == 0 {
            return 0;
        }
        set_errno(error);
        -1
    }
}

/// # Safety
/// As `sem_wait`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sem_wait(semaphore: *mut Semaphore) -> c_int {
    // SAFETY: the caller's semaphore.
    unsafe { (*semaphore).wait(libc::CLOCK_REALTIME, None) }
}

/// # Safety
/// As `sem_timedwait`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sem_timedwait(semaphore: *mut Semaphore, time: *const timespec) -> c_int {
    // SAFETY: the caller's own arguments.
    unsafe { (*semaphore).wait(libc::CLOCK_REALTIME, time.as_ref()) }
}

/// # Safety
/// As `sem_clockwait`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sem_clockwait(
    semaphore: *mut Semaphore,
    clock: clockid_t,
    time: *const timespec,
) -> c_int {
    // SAFETY: the caller's own arguments.
    unsafe { (*semaphore).wait(clock, time.as_ref()) }
}
