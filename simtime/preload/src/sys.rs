//! System calls without the C library's wrappers, several of which this library replaces.

use core::ffi::{c_int, c_long};

/// A system call of up to six arguments: the kernel's own result, negative on error.
///
/// # Safety
/// As the system call itself.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub unsafe fn call(number: c_long, args: [usize; 6]) -> isize {
    let result: isize;
    // SAFETY: the kernel's calling convention of x86-64; rcx and r11 are clobbered.
    unsafe {
        core::arch::asm!(
            "syscall",
            inlateout("rax") number as isize => result,
            in("rdi") args[0],
            in("rsi") args[1],
            in("rdx") args[2],
            in("r10") args[3],
            in("r8") args[4],
            in("r9") args[5],
            out("rcx") _,
            out("r11") _,
            options(nostack),
        );
    }
    result
}

/// A system call of up to six arguments: the kernel's own result, negative on error.
///
/// # Safety
/// As the system call itself.
#[cfg(target_arch = "aarch64")]
#[inline(always)]
pub unsafe fn call(number: c_long, args: [usize; 6]) -> isize {
    let result: isize;
    // SAFETY: the kernel's calling convention of aarch64.
    unsafe {
        core::arch::asm!(
            "svc 0",
            in("x8") number,
            inlateout("x0") args[0] as isize => result,
            in("x1") args[1],
            in("x2") args[2],
            in("x3") args[3],
            in("x4") args[4],
            in("x5") args[5],
            options(nostack),
        );
    }
    result
}

/// [`call`] with as many arguments as are written down; pointers and integers of any kind.
macro_rules! raw {
    ($number:expr $(, $argument:expr)* $(,)?) => {{
        let given = [$(($argument) as usize),*];
        let mut args = [0usize; 6];
        args[..given.len()].copy_from_slice(&given);
        $crate::sys::call($number, args)
    }};
}
pub(crate) use raw;

/// The calling thread's `errno`.
pub fn errno() -> c_int {
    // SAFETY: the C library gives a valid address for every thread.
    unsafe { *libc::__errno_location() }
}

/// Sets the calling thread's `errno`.
pub fn set_errno(value: c_int) {
    // SAFETY: the C library gives a valid address for every thread.
    unsafe { *libc::__errno_location() = value }
}

/// The kernel's result as the C library gives it: -1 and `errno` on error.
#[inline(always)]
pub fn give(result: isize) -> isize {
    if result < 0 && result > -4096 {
        set_errno(-result as c_int);
        -1
    } else {
        result
    }
}

/// [`give`] for functions that return an `int`.
#[inline(always)]
pub fn give_int(result: isize) -> c_int {
    give(result) as c_int
}

/// The kernel's result is this error.
#[inline(always)]
pub fn is(result: isize, error: c_int) -> bool {
    result == -(error as isize)
}

/// The C library's own function of this name, looked up once; `None` when it has none.
macro_rules! real {
    ($name:ident : fn($($argument:ty),* $(,)?) -> $result:ty) => {{
        static FOUND: core::sync::atomic::AtomicPtr<core::ffi::c_void> =
            core::sync::atomic::AtomicPtr::new(core::ptr::null_mut());
        let mut found = FOUND.load(core::sync::atomic::Ordering::Relaxed);
        if found.is_null() {
            // SAFETY: the name is a C string; RTLD_NEXT finds what this library replaces.
            found = unsafe {
                libc::dlsym(libc::RTLD_NEXT, concat!(stringify!($name), "\0").as_ptr().cast())
            };
            FOUND.store(found, core::sync::atomic::Ordering::Relaxed);
        }
        // SAFETY: a null pointer becomes None; else it is the function of this name and type.
        unsafe {
            core::mem::transmute::<
                *mut core::ffi::c_void,
                Option<unsafe extern "C" fn($($argument),*) -> $result>,
            >(found)
        }
    }};
}
pub(crate) use real;
