//! Opening, renaming and removing files: only for gates.

use crate::gates::{AFTER, BEFORE, point, reach, watched};
use crate::layout::operation;
use crate::paths::Path;
use crate::shared::header;
use crate::sys::{give_int, raw, real, set_errno};
use core::ffi::{CStr, c_char, c_int, c_uint, c_void};
use core::ptr::null_mut;

/// Makes a call on a path between the gates of an operation; -1 and `errno` when refused.
pub unsafe fn gated(
    operation: u32,
    folder: c_int,
    path: *const c_char,
    call: impl FnOnce() -> c_int,
) -> c_int {
    let Some(header) = header().filter(|header| watched(header, operation)) else {
        return call();
    };
    // SAFETY: the caller's own path.
    let path = unsafe { Path::new(folder, path) };
    if let Err(error) = path.pass(header, operation, BEFORE) {
        set_errno(error);
        return -1;
    }
    let result = call();
    if result >= 0 {
        let _ = path.pass(header, operation, AFTER);
    }
    result
}

unsafe fn open_at(folder: c_int, path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    // SAFETY: the caller's own arguments.
    let call = || unsafe {
        give_int(raw!(
            libc::SYS_openat,
            folder as isize,
            path,
            flags | LARGE,
            mode
        ))
    };
    if path.is_null() {
        return call();
    }
    if let Some(header) = header() {
        // SAFETY: not null, so a C string.
        if let Some(name) = point(unsafe { CStr::from_ptr(path) }.to_bytes()) {
            reach(header, name);
        }
    }
    if flags & libc::O_ACCMODE == libc::O_RDONLY && flags & (libc::O_CREAT | libc::O_TRUNC) == 0 {
        return call();
    }
    // SAFETY: the caller's own arguments.
    unsafe { gated(operation::OPEN_WRITE, folder, path, call) }
}

/// What `open` sets on 64-bit machines.
#[cfg(target_arch = "x86_64")]
const LARGE: c_int = 0;
#[cfg(target_arch = "aarch64")]
const LARGE: c_int = 0o400000;

macro_rules! opens {
    ($($name:ident),*) => {$(
        /// # Safety
        /// As `open`.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
            // SAFETY: the caller's own arguments.
            unsafe { open_at(libc::AT_FDCWD, path, flags, mode) }
        }
    )*};
}
opens!(open, open64, __open_2, __open64_2);

macro_rules! open_ats {
    ($($name:ident),*) => {$(
        /// # Safety
        /// As `openat`.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(
            folder: c_int,
            path: *const c_char,
            flags: c_int,
            mode: c_uint,
        ) -> c_int {
            // SAFETY: the caller's own arguments.
            unsafe { open_at(folder, path, flags, mode) }
        }
    )*};
}
open_ats!(openat, openat64, __openat_2, __openat64_2);

macro_rules! creats {
    ($($name:ident),*) => {$(
        /// # Safety
        /// As `creat`.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(path: *const c_char, mode: c_uint) -> c_int {
            let flags = libc::O_CREAT | libc::O_WRONLY | libc::O_TRUNC;
            // SAFETY: the caller's own arguments.
            unsafe { open_at(libc::AT_FDCWD, path, flags, mode) }
        }
    )*};
}
creats!(creat, creat64);

macro_rules! fopens {
    ($($name:ident),*) => {$(
        /// # Safety
        /// As `fopen`.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(path: *const c_char, mode: *const c_char) -> *mut c_void {
            let Some(real) = real!($name: fn(*const c_char, *const c_char) -> *mut c_void) else {
                set_errno(libc::ENOSYS);
                return null_mut();
            };
            // SAFETY: the caller's own arguments.
            let reading = unsafe {
                !mode.is_null() && *mode as u8 == b'r' && !CStr::from_ptr(mode).to_bytes().contains(&b'+')
            };
            if reading {
                // SAFETY: the caller's own arguments.
                return unsafe { real(path, mode) };
            }
            let mut stream = null_mut();
            let call = || {
                // SAFETY: the caller's own arguments.
                stream = unsafe { real(path, mode) };
                if stream.is_null() { -1 } else { 0 }
            };
            // SAFETY: the caller's own arguments.
            unsafe { gated(operation::OPEN_WRITE, libc::AT_FDCWD, path, call) };
            stream
        }
    )*};
}
fopens!(fopen, fopen64);

unsafe fn rename_at(
    from_folder: c_int,
    from: *const c_char,
    to_folder: c_int,
    to: *const c_char,
    flags: c_uint,
) -> c_int {
    // SAFETY: the caller's own arguments.
    unsafe {
        gated(operation::RENAME, to_folder, to, || {
            let (from_folder, to_folder) = (from_folder as isize, to_folder as isize);
            give_int(raw!(
                libc::SYS_renameat2,
                from_folder,
                from,
                to_folder,
                to,
                flags
            ))
        })
    }
}

/// # Safety
/// As `rename`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rename(from: *const c_char, to: *const c_char) -> c_int {
    // SAFETY: the caller's own arguments.
    unsafe { rename_at(libc::AT_FDCWD, from, libc::AT_FDCWD, to, 0) }
}

/// # Safety
/// As `renameat`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn renameat(
    from_folder: c_int,
    from: *const c_char,
    to_folder: c_int,
    to: *const c_char,
) -> c_int {
    // SAFETY: the caller's own arguments.
    unsafe { rename_at(from_folder, from, to_folder, to, 0) }
}

/// # Safety
/// As `renameat2`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn renameat2(
    from_folder: c_int,
    from: *const c_char,
    to_folder: c_int,
    to: *const c_char,
    flags: c_uint,
) -> c_int {
    // SAFETY: the caller's own arguments.
    unsafe { rename_at(from_folder, from, to_folder, to, flags) }
}

/// # Safety
/// As `linkat`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn linkat(
    from_folder: c_int,
    from: *const c_char,
    to_folder: c_int,
    to: *const c_char,
    flags: c_int,
) -> c_int {
    // SAFETY: the caller's own arguments.
    unsafe {
        gated(operation::RENAME, to_folder, to, || {
            let (from_folder, to_folder) = (from_folder as isize, to_folder as isize);
            give_int(raw!(
                libc::SYS_linkat,
                from_folder,
                from,
                to_folder,
                to,
                flags
            ))
        })
    }
}

/// # Safety
/// As `link`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn link(from: *const c_char, to: *const c_char) -> c_int {
    // SAFETY: the caller's own arguments.
    unsafe { linkat(libc::AT_FDCWD, from, libc::AT_FDCWD, to, 0) }
}

/// # Safety
/// As `unlinkat`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn unlinkat(folder: c_int, path: *const c_char, flags: c_int) -> c_int {
    // SAFETY: the caller's own arguments.
    unsafe {
        gated(operation::UNLINK, folder, path, || {
            give_int(raw!(libc::SYS_unlinkat, folder as isize, path, flags))
        })
    }
}

/// # Safety
/// As `unlink`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
    // SAFETY: the caller's own arguments.
    unsafe { unlinkat(libc::AT_FDCWD, path, 0) }
}

/// # Safety
/// As `rmdir`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rmdir(path: *const c_char) -> c_int {
    // SAFETY: the caller's own arguments.
    unsafe { unlinkat(libc::AT_FDCWD, path, libc::AT_REMOVEDIR) }
}

/// # Safety
/// As `remove`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn remove(path: *const c_char) -> c_int {
    // SAFETY: the caller's own arguments.
    unsafe {
        gated(operation::UNLINK, libc::AT_FDCWD, path, || {
            let folder = libc::AT_FDCWD as isize;
            match raw!(libc::SYS_unlinkat, folder, path, 0) {
                result if crate::sys::is(result, libc::EISDIR) => {
                    give_int(raw!(libc::SYS_unlinkat, folder, path, libc::AT_REMOVEDIR))
                }
                result => give_int(result),
            }
        })
    }
}
