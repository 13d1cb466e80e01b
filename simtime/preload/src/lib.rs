//! The preload library: virtualises the clocks and the timed waits of the process it is in.
//!
//! It replaces functions of the C library by name. A process belongs to a world when the
//! environment names the world's folder; else every function behaves as the C library's own.
//! On all paths that a program can reach, it allocates nothing, takes no lock of the standard
//! library and cannot unwind. Functions that are variadic in C are written with a fixed number
//! of arguments, which is the same thing in the calling conventions of x86-64 and aarch64 Linux.

#[cfg(not(all(
    target_os = "linux",
    target_env = "gnu",
    any(target_arch = "x86_64", target_arch = "aarch64")
)))]
compile_error!("the preload library is for Linux with glibc on x86-64 or aarch64");

use core::sync::atomic;

#[allow(dead_code, reason = "the coordinator uses the rest")]
#[path = "../../layout/handover.rs"]
mod handover;
#[path = "../../layout/layout.rs"]
#[allow(dead_code, reason = "the coordinator uses the rest")]
mod layout;

#[path = "../../layout/pattern.rs"]
mod pattern;

mod alarms;
mod answers;
mod bynumber;
mod children;
mod clocks;
mod conditions;
mod files;
mod futexes;
mod gates;
mod locks;
mod notify;
mod paths;
mod polls;
mod posixtimers;
mod process;
mod programs;
mod records;
mod scratch;
mod selects;
mod semaphores;
mod shared;
mod signals;
mod sleeps;
mod slot;
mod sockets;
mod sys;
mod threads;
mod timerfiles;
mod timers;
mod transfers;
mod turn;
mod variadic;
mod writes;

use core::ffi::{c_char, c_int};

#[used]
#[unsafe(link_section = ".init_array")]
static START: unsafe extern "C" fn(c_int, *const *const c_char, *const *const c_char) = start;

#[used]
#[unsafe(link_section = ".fini_array")]
static FINISH: extern "C" fn() = finish;

/// The constructor; glibc gives constructors the program's arguments.
unsafe extern "C" fn start(
    _count: c_int,
    arguments: *const *const c_char,
    _: *const *const c_char,
) {
    // SAFETY: the dynamic linker runs constructors before the program, on its one thread.
    unsafe {
        if let Some(header) = shared::attach() {
            process::begin(header, arguments);
        }
    }
}

extern "C" fn finish() {
    if let Some(header) = shared::header() {
        slot::mark_exit(header);
    }
}
