//! The memory shared with the coordinator, as a process of the world sees it.

use crate::layout::{self, GateEntry, Header, NEVER, SLOTS, Slot, offset, state};
use crate::slot::LOWEST_PIPE;
use crate::sys::raw;
use core::cell::UnsafeCell;
use core::ptr::null_mut;
use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use core::sync::atomic::{AtomicPtr, AtomicUsize};

static BASE: AtomicPtr<u8> = AtomicPtr::new(null_mut());
static FOLDER: Folder = Folder {
    bytes: UnsafeCell::new([0; layout::DIRECTORY]),
    length: AtomicUsize::new(0),
};

/// The path of the world's folder: written once, by the constructor, before any other thread.
struct Folder {
    bytes: UnsafeCell<[u8; layout::DIRECTORY]>,
    length: AtomicUsize,
}

// SAFETY: `bytes` is written before `length` is published and never afterwards.
unsafe impl Sync for Folder {}

/// The header, when this process belongs to a world.
#[inline(always)]
pub fn header() -> Option<&'static Header> {
    let base = BASE.load(Acquire);
    // SAFETY: not null means mapped for the life of the process, with a header at its start.
    (!base.is_null()).then(|| unsafe { &*base.cast::<Header>() })
}

fn at<T>(offset: usize) -> *const T {
    BASE.load(Acquire).wrapping_add(offset).cast()
}

/// All slots that were ever used.
pub fn used_slots(header: &'static Header) -> &'static [Slot] {
    let high = (header.high.load(Acquire) as usize).min(SLOTS);
    // SAFETY: a header exists, so the whole memory is mapped; `high` is within it.
    unsafe { core::slice::from_raw_parts(at(offset::SLOTS_AT), high) }
}

/// The slot of this index.
fn slot(index: usize) -> &'static Slot {
    // SAFETY: callers pass an index below SLOTS and have a header.
    unsafe { &*at::<Slot>(offset::SLOTS_AT).add(index) }
}

/// The index of a slot.
pub fn index_of(slot: &Slot) -> usize {
    (core::ptr::from_ref(slot) as usize - at::<Slot>(offset::SLOTS_AT) as usize) / size_of::<Slot>()
}

/// The gates that are set.
pub fn gates(header: &'static Header) -> &'static [GateEntry] {
    let count = (header.gates.load(Acquire) as usize).min(layout::GATES);
    // SAFETY: as in `used_slots`.
    unsafe { core::slice::from_raw_parts(at(offset::GATES_AT), count) }
}

/// The start of the ring of records.
pub fn ring() -> *mut u8 {
    at::<u8>(offset::RING_AT).cast_mut()
}

/// The known answers as they were written.
pub fn answers(header: &'static Header) -> &'static [u8] {
    let length = (header.answers_length.load(Acquire) as usize).min(layout::ANSWERS);
    // SAFETY: within the memory; written before the world had a process, and never again.
    unsafe { core::slice::from_raw_parts(at(offset::ANSWERS_AT), length) }
}

/// Takes a free slot and fills in whose it is; `None` and a mark in the header when none is left.
pub fn claim(header: &'static Header, pid: u32, tid: u32) -> Option<&'static Slot> {
    for index in 0..SLOTS {
        let slot = slot(index);
        if slot.state.load(Relaxed) != state::FREE {
            continue;
        }
        if slot
            .state
            .compare_exchange(state::FREE, state::CLAIMED, AcqRel, Relaxed)
            .is_err()
        {
            continue;
        }
        slot.generation.fetch_add(1, Relaxed);
        slot.pid.store(pid, Relaxed);
        slot.tid.store(tid, Relaxed);
        slot.parent.store(0, Relaxed);
        slot.deadline.store(NEVER, Relaxed);
        slot.call.store(0, Relaxed);
        slot.wake.store(layout::wake::NONE, Relaxed);
        header.high.fetch_max(index as u32 + 1, AcqRel);
        return Some(slot);
    }
    header.full.store(1, Release);
    None
}

/// The world's folder joined with a name of at most 40 bytes, as a C string.
pub fn path(name: &[u8]) -> [u8; layout::DIRECTORY + 48] {
    let mut path = [0u8; layout::DIRECTORY + 48];
    let length = FOLDER.length.load(Acquire);
    // SAFETY: published by `length`, never written again.
    let folder = unsafe { &*FOLDER.bytes.get() };
    for (to, from) in path.iter_mut().zip(
        folder[..length]
            .iter()
            .chain(b"/")
            .chain(name.iter().take(40)),
    ) {
        *to = *from;
    }
    path
}

/// Opens the world that the environment names.
///
/// # Safety
/// Only from the library's constructor, before the process has a second thread.
pub unsafe fn attach() -> Option<&'static Header> {
    // SAFETY: single-threaded, so the environment is stable; the value is a C string.
    let folder = unsafe {
        let value = libc::getenv(c"SIMTIME_DIR".as_ptr());
        if value.is_null() {
            return None;
        }
        core::ffi::CStr::from_ptr(value).to_bytes()
    };
    if folder.len() >= layout::DIRECTORY {
        return None;
    }
    // SAFETY: nobody else reads it yet.
    unsafe { (&mut *FOLDER.bytes.get())[..folder.len()].copy_from_slice(folder) };
    FOLDER.length.store(folder.len(), Release);
    let name = path(b"memory");
    // SAFETY: a C string that outlives the call.
    let file = unsafe {
        raw!(
            libc::SYS_openat,
            libc::AT_FDCWD,
            name.as_ptr(),
            libc::O_RDWR | libc::O_CLOEXEC,
            0
        )
    };
    if file < 0 {
        return None;
    }
    widen_descriptors(file);
    // SAFETY: a new mapping of an open file, which has this length; then the file is closed.
    let base = unsafe {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let base = raw!(
            libc::SYS_mmap,
            0,
            offset::END,
            protection,
            libc::MAP_SHARED,
            file,
            0
        );
        raw!(libc::SYS_close, file);
        base
    };
    if base < 0 {
        return None;
    }
    // SAFETY: mapped just now, page-aligned.
    let header = unsafe { &*(base as *const Header) };
    if header.magic.load(Acquire) != layout::MAGIC {
        return None;
    }
    BASE.store(base as *mut u8, Release);
    Some(header)
}

/// Makes the table of descriptors wide enough for the wake-up pipes while the process has one
/// thread. Later, with several, the kernel would wait for every CPU to take notice of a wider
/// table (`expand_fdtable` in Linux's fs/file.c), which takes milliseconds.
fn widen_descriptors(file: isize) {
    // SAFETY: a descriptor of this library's own, and its copy.
    unsafe {
        let high = raw!(libc::SYS_fcntl, file, libc::F_DUPFD_CLOEXEC, LOWEST_PIPE);
        if high >= 0 {
            raw!(libc::SYS_close, high);
        }
    }
}
