//! Waiting for signals, and sending them.

use crate::clocks::{nanoseconds, valid};
use crate::layout::Call;
use crate::polls::{MASK_SIZE, Until, poll_until};
use crate::shared::header;
use crate::sleeps::sleep_for_ever;
use crate::slot::{Plan, Wait, now};
use crate::sys::{give_int, is, raw, real, set_errno};
use core::ffi::c_int;
use core::ptr::{null, null_mut};
use core::sync::atomic::Ordering::AcqRel;
use libc::{pid_t, pollfd, pthread_t, siginfo_t, sigset_t, sigval, timespec};

/// A marked call that waits for a signal: the kernel's result.
fn marked(call: impl FnOnce() -> isize) -> isize {
    let Some(header) = header() else {
        return call();
    };
    let Some(wait) = Wait::begin(header, Plan::endless(Call::Signal)) else {
        sleep_for_ever()
    };
    let result = call();
    wait.end();
    result
}

unsafe fn take(set: *const sigset_t, info: *mut siginfo_t, timeout: *const timespec) -> isize {
    // SAFETY: the caller's own arguments.
    unsafe { raw!(libc::SYS_rt_sigtimedwait, set, info, timeout, MASK_SIZE) }
}

/// # Safety
/// As `sigtimedwait`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sigtimedwait(
    set: *const sigset_t,
    info: *mut siginfo_t,
    timeout: *const timespec,
) -> c_int {
    static ZERO: timespec = timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the caller's own arguments.
    unsafe {
        let (Some(header), Some(time)) = (header(), timeout.as_ref()) else {
            return give_int(marked(|| take(set, info, timeout)));
        };
        if !valid(time) {
            set_errno(libc::EINVAL);
            return -1;
        }
        let until = Until::after(header, nanoseconds(time));
        loop {
            let got = take(set, info, &raw const ZERO);
            if !is(got, libc::EAGAIN) || now(header) >= until.deadline {
                return give_int(got);
            }
            // A descriptor that is readable while one of the signals is pending.
            let flags = libc::SFD_CLOEXEC | libc::SFD_NONBLOCK;
            let fd = raw!(libc::SYS_signalfd4, -1isize, set, MASK_SIZE, flags);
            if fd < 0 {
                return give_int(fd);
            }
            let mut one = pollfd {
                fd: fd as c_int,
                events: libc::POLLIN,
                revents: 0,
            };
            let result = poll_until(header, &raw mut one, 1, until, null(), Call::Signal);
            raw!(libc::SYS_close, fd);
            if result < 0 {
                return give_int(result);
            }
        }
    }
}

/// # Safety
/// As `sigwaitinfo`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sigwaitinfo(set: *const sigset_t, info: *mut siginfo_t) -> c_int {
    // SAFETY: the caller's own arguments.
    unsafe { sigtimedwait(set, info, null()) }
}

/// # Safety
/// As `sigwait`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sigwait(set: *const sigset_t, signal: *mut c_int) -> c_int {
    loop {
        // SAFETY: the caller's own arguments.
        let got = marked(|| unsafe { take(set, null_mut(), null()) });
        if is(got, libc::EINTR) {
            continue;
        }
        if got < 0 {
            return -got as c_int;
        }
        // SAFETY: the caller gives a valid address.
        unsafe { *signal = got as c_int };
        return 0;
    }
}

/// # Safety
/// As `sigsuspend`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sigsuspend(mask: *const sigset_t) -> c_int {
    // SAFETY: the caller's own arguments.
    give_int(marked(|| unsafe {
        raw!(libc::SYS_rt_sigsuspend, mask, MASK_SIZE)
    }))
}

/// # Safety
/// As `pause`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pause() -> c_int {
    // SAFETY: no descriptors, no timeout, no mask.
    give_int(marked(|| unsafe {
        raw!(libc::SYS_ppoll, 0, 0, 0, 0, MASK_SIZE)
    }))
}

/// A signal within the world may wake a thread that could not be woken otherwise.
pub fn sending() {
    if let Some(header) = header() {
        header.signals.fetch_add(1, AcqRel);
    }
}

/// # Safety
/// As `kill`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kill(pid: pid_t, signal: c_int) -> c_int {
    sending();
    // SAFETY: the caller's own arguments.
    unsafe { give_int(raw!(libc::SYS_kill, pid as isize, signal)) }
}

/// # Safety
/// As `killpg`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn killpg(group: pid_t, signal: c_int) -> c_int {
    if group < 0 {
        set_errno(libc::EINVAL);
        return -1;
    }
    // SAFETY: the caller's own arguments.
    unsafe { kill(-group, signal) }
}

/// # Safety
/// As `tgkill`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tgkill(pid: pid_t, tid: pid_t, signal: c_int) -> c_int {
    sending();
    // SAFETY: the caller's own arguments.
    unsafe { give_int(raw!(libc::SYS_tgkill, pid as isize, tid as isize, signal)) }
}

/// # Safety
/// As `pthread_kill`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pthread_kill(thread: pthread_t, signal: c_int) -> c_int {
    sending();
    let real = real!(pthread_kill: fn(pthread_t, c_int) -> c_int);
    // SAFETY: the caller's own arguments.
    real.map_or(libc::ENOSYS, |real| unsafe { real(thread, signal) })
}

/// # Safety
/// As `sigqueue`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sigqueue(pid: pid_t, signal: c_int, value: sigval) -> c_int {
    sending();
    let real = real!(sigqueue: fn(pid_t, c_int, sigval) -> c_int);
    // SAFETY: the caller's own arguments.
    real.map_or(-1, |real| unsafe { real(pid, signal, value) })
}
