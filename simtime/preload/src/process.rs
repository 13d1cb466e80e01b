//! The process this library is in: who it is, how it begins and ends, its children.

use crate::gates;
use crate::layout::{Header, Slot, operation, report, state};
use crate::records::{Report, Text, report};
use crate::shared::{self, header};
use crate::slot::{self, pid};
use crate::sys::{errno, raw, real, set_errno};
use core::cell::UnsafeCell;
use core::ffi::{c_char, c_int};
use core::sync::atomic::AtomicU32;
use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

/// How many bytes of a process's arguments are kept.
pub const ARGUMENTS: usize = 1024;

static ORDINAL: AtomicU32 = AtomicU32::new(0);
static OWN_ARGUMENTS: Arguments = Arguments(UnsafeCell::new(Text::new()));

/// Written once by the constructor, before there is a second thread.
struct Arguments(UnsafeCell<Text>);

// SAFETY: only the constructor writes.
unsafe impl Sync for Arguments {}

/// The process's birth ordinal.
pub fn ordinal(header: &Header) -> u32 {
    match ORDINAL.load(Relaxed) {
        0 => {
            let new = next_birth(header);
            match ORDINAL.compare_exchange(0, new, AcqRel, Relaxed) {
                Ok(_) => new,
                Err(known) => known,
            }
        }
        known => known,
    }
}

/// The program's arguments joined by spaces.
pub fn arguments() -> &'static [u8] {
    // SAFETY: written before there was a second thread, and never again.
    unsafe { &*OWN_ARGUMENTS.0.get() }.bytes()
}

fn next_birth(header: &Header) -> u32 {
    header.births.fetch_add(1, AcqRel) + 1
}

/// The program starts: finds the slot that was made for it, and says so.
///
/// # Safety
/// Only from the constructor, with the arguments that it was given.
pub unsafe fn begin(header: &'static Header, list: *const *const c_char) {
    // SAFETY: single-threaded, and nothing reads it yet.
    unsafe { (*OWN_ARGUMENTS.0.get()).push_list(list, ARGUMENTS) };
    let pid = pid();
    // SAFETY: no arguments.
    let mut parent = unsafe { raw!(libc::SYS_getppid) } as u32;
    if let Some(slot) = find(header, pid, parent) {
        ORDINAL.store(slot.process.load(Relaxed), Relaxed);
        slot.tid.store(pid, Relaxed);
        slot.thread.store(slot::next_thread(), Relaxed);
        let before = slot.state.swap(state::RUNNING, AcqRel);
        if before != state::STARTING && before != state::RUNNING {
            header.running.fetch_add(1, AcqRel);
        }
        slot::adopt(slot);
        // The one that made it may be gone by now, and another have taken its place.
        match slot.parent.load(Relaxed) {
            0 => {}
            maker => parent = maker,
        }
        free_others(header, pid, slot);
    }
    slot::own(header);
    let mut text = Text::new();
    let mut path = [0u8; 1024];
    let name = c"/proc/self/exe";
    // SAFETY: a C string and a local of this length.
    let length = unsafe {
        raw!(
            libc::SYS_readlinkat,
            libc::AT_FDCWD,
            name.as_ptr(),
            path.as_mut_ptr(),
            path.len()
        )
    };
    text.push(&path[..length.max(0) as usize]);
    text.push(b"\0");
    text.push(arguments());
    let numbers = Report {
        kind: report::STARTED,
        first: parent,
        ..Report::default()
    };
    report(header, numbers, text.bytes());
    let path = &path[..length.max(0) as usize];
    let _ = gates::pass(header, operation::EXEC, gates::AFTER, &[arguments(), path]);
    // Only now, so that a gate after the start is reached before anybody else of this moment acts.
    crate::turn::take(header);
}

/// The slot of a process that was forked, or of the program before an exec; else one that a
/// parent has made for a child that it is just spawning.
fn find(header: &'static Header, pid: u32, parent: u32) -> Option<&'static Slot> {
    let slots = shared::used_slots(header);
    let mine = |slot: &&Slot| slot.pid.load(Relaxed) == pid;
    let thread = |slot: &&Slot| {
        matches!(
            slot.state.load(Acquire),
            state::STARTING | state::RUNNING | state::BLOCKED
        )
    };
    let starting = |slot: &&Slot| slot.state.load(Acquire) == state::STARTING;
    slots
        .iter()
        .find(|slot| mine(slot) && starting(slot))
        .or_else(|| {
            slots
                .iter()
                .find(|slot| mine(slot) && thread(slot))
                .or_else(|| {
                    slots.iter().find(|slot| {
                        starting(slot)
                            && slot.parent.load(Relaxed) == parent
                            && slot.pid.compare_exchange(0, pid, AcqRel, Relaxed).is_ok()
                    })
                })
        })
}

/// The threads of the program before an exec are gone; its timers may stay.
fn free_others(header: &'static Header, pid: u32, own: &Slot) {
    for slot in shared::used_slots(header) {
        let state = slot.state.load(Acquire);
        if slot.pid.load(Relaxed) == pid
            && !core::ptr::eq(slot, own)
            && state != state::FREE
            && !(state == state::TIMER && crate::timers::survives_exec(slot))
        {
            slot::free(header, slot);
        }
    }
}

/// A process that was waited for needs no slots any more.
pub fn free_all(header: &'static Header, pid: u32) {
    for slot in shared::used_slots(header) {
        if slot.pid.load(Relaxed) == pid && slot.state.load(Acquire) != state::FREE {
            slot.pid.store(0, Relaxed);
            slot::free(header, slot);
        }
    }
}

/// A slot for a child that is about to be made: accounted for before it exists.
pub fn expect_child(header: &'static Header) -> Option<&'static Slot> {
    let slot = shared::claim(header, 0, 0)?;
    slot.process.store(next_birth(header), Relaxed);
    slot.thread.store(1, Relaxed);
    slot.parent.store(pid(), Relaxed);
    slot::publish(header, slot, state::STARTING);
    Some(slot)
}

/// The child has been made, or not: a negative id.
pub fn child_made(header: &'static Header, slot: &'static Slot, child: c_int) {
    let Ok(child) = u32::try_from(child) else {
        slot::free(header, slot);
        return;
    };
    let process = slot.process.load(Relaxed);
    if slot.pid.compare_exchange(0, child, AcqRel, Acquire).is_ok() {
        slot.tid.store(child, Release);
    }
    let kind = report::FORKED;
    report(
        header,
        Report {
            kind,
            first: child,
            second: process,
            number: 0,
        },
        b"",
    );
}

/// The first thing a forked child does. One of a program with several threads may do little more
/// than start another program, which takes its turn itself; so does one that goes on waiting.
fn child_begins(header: &'static Header, slot: Option<&'static Slot>) {
    let may_act = slot::has_one_thread();
    slot::forget();
    slot::restart_threads();
    let pid = pid();
    let Some(slot) = slot else {
        ORDINAL.store(0, Relaxed);
        return;
    };
    ORDINAL.store(slot.process.load(Relaxed), Relaxed);
    match slot.pid.compare_exchange(0, pid, AcqRel, Acquire) {
        Ok(_) => {}
        Err(known) if known == pid => {}
        // A spawned program took the slot; this thread gets one at its first wait.
        Err(_) => return,
    }
    slot.tid.store(pid, Relaxed);
    slot.state.store(state::RUNNING, Release);
    slot::adopt(slot);
    if may_act {
        crate::turn::take(header);
    }
}

/// # Safety
/// As `fork`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fork() -> libc::pid_t {
    let Some(real) = real!(fork: fn() -> libc::pid_t) else {
        set_errno(libc::ENOSYS);
        return -1;
    };
    let Some(header) = header() else {
        // SAFETY: the caller's own call.
        return unsafe { real() };
    };
    if let Err(error) = gates::pass(header, operation::FORK, gates::BEFORE, &[arguments()]) {
        set_errno(error);
        return -1;
    }
    let slot = expect_child(header);
    // SAFETY: the caller's own call.
    let child = unsafe { real() };
    if child == 0 {
        child_begins(header, slot);
        return 0;
    }
    let error = errno();
    if let Some(slot) = slot {
        child_made(header, slot, child);
    }
    if child > 0 {
        let _ = gates::pass(header, operation::FORK, gates::AFTER, &[arguments()]);
    }
    set_errno(error);
    child
}

/// A plain fork: the child has its own memory, and the parent does not wait for it.
///
/// # Safety
/// As `vfork`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vfork() -> libc::pid_t {
    // SAFETY: the caller's own call; a child of fork may do all that one of vfork may.
    unsafe { fork() }
}

/// # Safety
/// As `_exit`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _exit(code: c_int) -> ! {
    if let Some(header) = header() {
        slot::mark_exit(header);
    }
    loop {
        // SAFETY: ends the process.
        unsafe { raw!(libc::SYS_exit_group, code) };
    }
}

/// # Safety
/// As `_Exit`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _Exit(code: c_int) -> ! {
    // SAFETY: the same function by another name.
    unsafe { _exit(code) }
}
