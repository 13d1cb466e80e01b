//! Writing: gates, and the timeouts of sockets.

use crate::gates::{AFTER, BEFORE, watched};
use crate::layout::operation;
use crate::paths::Path;
use crate::shared::header;
use crate::sockets::Direction;
use crate::sys::{give, raw, set_errno};
use crate::transfers::transferred;
use core::ffi::{c_int, c_uint, c_void};
use libc::{iovec, off64_t};

/// Writes between the gates of the file; nothing more when no gate watches writing.
fn gated(fd: c_int, call: impl FnOnce() -> isize) -> isize {
    let Some(header) = header().filter(|header| watched(header, operation::WRITE)) else {
        return call();
    };
    let path = Path::of_file(fd);
    if let Err(error) = path.pass(header, operation::WRITE, BEFORE) {
        set_errno(error);
        return -1;
    }
    let result = call();
    if result >= 0 {
        let _ = path.pass(header, operation::WRITE, AFTER);
    }
    result
}

/// # Safety
/// As `write`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn write(fd: c_int, from: *const c_void, length: usize) -> isize {
    // SAFETY: the caller's own arguments.
    let call = || unsafe { raw!(libc::SYS_write, fd as isize, from, length) };
    gated(fd, || transferred(fd, Direction::Send, call))
}

/// # Safety
/// As `writev`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn writev(fd: c_int, from: *const iovec, count: c_int) -> isize {
    // SAFETY: the caller's own arguments.
    let call = || unsafe { raw!(libc::SYS_writev, fd as isize, from, count as isize) };
    gated(fd, || transferred(fd, Direction::Send, call))
}

macro_rules! pwrites {
    ($($name:ident),*) => {$(
        /// # Safety
        /// As `pwrite`.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(
            fd: c_int,
            from: *const c_void,
            length: usize,
            offset: off64_t,
        ) -> isize {
            // SAFETY: the caller's own arguments.
            let call = || unsafe { raw!(libc::SYS_pwrite64, fd as isize, from, length, offset) };
            gated(fd, || give(call()))
        }
    )*};
}
pwrites!(pwrite, pwrite64);

macro_rules! pwritevs {
    ($($name:ident),*) => {$(
        /// # Safety
        /// As `pwritev`.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(
            fd: c_int,
            from: *const iovec,
            count: c_int,
            offset: off64_t,
        ) -> isize {
            let call = || {
                // SAFETY: the caller's own arguments; the offset's upper half is for 32-bit machines.
                unsafe { raw!(libc::SYS_pwritev, fd as isize, from, count as isize, offset, 0) }
            };
            gated(fd, || give(call()))
        }
    )*};
}
pwritevs!(pwritev, pwritev64);

/// # Safety
/// As `copy_file_range`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn copy_file_range(
    from: c_int,
    from_offset: *mut off64_t,
    to: c_int,
    to_offset: *mut off64_t,
    length: usize,
    flags: c_uint,
) -> isize {
    gated(to, || {
        // SAFETY: the caller's own arguments.
        let copied = unsafe {
            raw!(
                libc::SYS_copy_file_range,
                from as isize,
                from_offset,
                to as isize,
                to_offset,
                length,
                flags
            )
        };
        give(copied)
    })
}

macro_rules! sendfiles {
    ($($name:ident),*) => {$(
        /// # Safety
        /// As `sendfile`.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(
            to: c_int,
            from: c_int,
            offset: *mut off64_t,
            length: usize,
        ) -> isize {
            // SAFETY: the caller's own arguments.
            let call = || unsafe {
                raw!(libc::SYS_sendfile, to as isize, from as isize, offset, length)
            };
            gated(to, || transferred(to, Direction::Send, call))
        }
    )*};
}
sendfiles!(sendfile, sendfile64);
