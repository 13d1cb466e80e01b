//! Waiting for children.

use crate::layout::{Call, report};
use crate::records::{Report, report};
use crate::shared::header;
use crate::sleeps::sleep_for_ever;
use crate::slot::{Plan, Wait};
use crate::sys::{give_int, raw};
use core::ffi::{c_int, c_void};
use core::ptr::null_mut;
use libc::{pid_t, siginfo_t};

/// Marks the wait of `call`, unless it would not block.
unsafe fn marked(blocking: bool, look: impl Fn() -> isize, call: impl Fn() -> isize) -> isize {
    let Some(header) = header().filter(|_| blocking) else {
        return call();
    };
    let now = look();
    if now != 0 {
        return now;
    }
    let Some(wait) = Wait::begin(header, Plan::endless(Call::Child)) else {
        sleep_for_ever()
    };
    let result = call();
    wait.end();
    result
}

/// A child that ended was waited for: it needs no slots, and its end is reported.
fn reaped(child: u32, status: c_int) {
    let Some(header) = header() else { return };
    if !libc::WIFEXITED(status) && !libc::WIFSIGNALED(status) {
        return;
    }
    crate::process::free_all(header, child);
    let numbers = Report {
        kind: report::REAPED,
        first: child,
        second: status as u32,
        number: 0,
    };
    report(header, numbers, b"");
}

/// # Safety
/// As `wait4`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wait4(
    pid: pid_t,
    status: *mut c_int,
    options: c_int,
    usage: *mut c_void,
) -> pid_t {
    let mut word: c_int = 0;
    let place = (&raw mut word) as usize;
    let ask = |options: c_int| {
        // SAFETY: a local, and the caller's own arguments.
        unsafe {
            raw!(
                libc::SYS_wait4,
                pid as isize,
                place,
                options as isize,
                usage
            )
        }
    };
    let blocking = options & libc::WNOHANG == 0;
    // SAFETY: only marks.
    let result = unsafe { marked(blocking, || ask(options | libc::WNOHANG), || ask(options)) };
    // SAFETY: written by the kernel, through a pointer that the compiler knows escaped.
    let word = unsafe { (place as *const c_int).read_volatile() };
    if result > 0 {
        reaped(result as u32, word);
        if !status.is_null() {
            // SAFETY: not null, so the caller gives a valid address.
            unsafe { *status = word };
        }
    }
    give_int(result)
}

/// # Safety
/// As `waitpid`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn waitpid(pid: pid_t, status: *mut c_int, options: c_int) -> pid_t {
    // SAFETY: the caller's own arguments.
    unsafe { wait4(pid, status, options, null_mut()) }
}

/// # Safety
/// As `wait3`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wait3(status: *mut c_int, options: c_int, usage: *mut c_void) -> pid_t {
    // SAFETY: the caller's own arguments.
    unsafe { wait4(-1, status, options, usage) }
}

/// # Safety
/// As `wait`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wait(status: *mut c_int) -> pid_t {
    // SAFETY: the caller's own arguments.
    unsafe { wait4(-1, status, 0, null_mut()) }
}

/// # Safety
/// As `waitid`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn waitid(
    kind: libc::idtype_t,
    id: libc::id_t,
    info: *mut siginfo_t,
    options: c_int,
) -> c_int {
    // SAFETY: a plain structure of integers.
    let mut own: siginfo_t = unsafe { core::mem::zeroed() };
    let place = if info.is_null() { &raw mut own } else { info } as usize;
    let ask = |options: c_int| {
        // SAFETY: the caller's own arguments, or a local.
        unsafe { raw!(libc::SYS_waitid, kind, id, place, options as isize, 0) }
    };
    // SAFETY: `place` is a valid structure, and these are its fields after `waitid`.
    let child = || unsafe { (*(place as *const siginfo_t)).si_pid() };
    let look = || match ask(options | libc::WNOHANG) {
        0 if child() == 0 => 0,
        0 => 1,
        error => error,
    };
    if options & libc::WNOHANG == 0 {
        // SAFETY: the structure is valid; the kernel leaves it alone when nothing has happened.
        unsafe { (place as *mut siginfo_t).write(core::mem::zeroed()) };
    }
    // SAFETY: only marks.
    let result = unsafe { marked(options & libc::WNOHANG == 0, look, || ask(options)) }.min(0);
    if result == 0 && options & libc::WNOWAIT == 0 && child() > 0 {
        // SAFETY: as above.
        let (code, status) = unsafe {
            let info = &*(place as *const siginfo_t);
            (info.si_code, info.si_status())
        };
        match code {
            libc::CLD_EXITED => reaped(child() as u32, (status & 0xff) << 8),
            libc::CLD_KILLED => reaped(child() as u32, status & 0x7f),
            libc::CLD_DUMPED => reaped(child() as u32, status & 0x7f | 0x80),
            _ => {}
        }
    }
    give_int(result)
}
