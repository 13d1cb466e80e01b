//! Reporting to the coordinator through the ring.

use crate::layout::{Header, RING, RecordHead, TEXT};
use crate::shared;
use crate::slot::{now, pid, tid};
use crate::sys::{is, raw};
use core::ptr::null;
use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

/// A text put together from pieces, cut at its longest length.
pub struct Text {
    bytes: [u8; TEXT],
    length: usize,
}

impl Text {
    /// An empty text.
    pub const fn new() -> Text {
        Text {
            bytes: [0; TEXT],
            length: 0,
        }
    }

    /// Adds bytes, as far as there is room.
    pub fn push(&mut self, bytes: &[u8]) {
        let room = TEXT - self.length;
        let taken = bytes.len().min(room);
        self.bytes[self.length..self.length + taken].copy_from_slice(&bytes[..taken]);
        self.length += taken;
    }

    /// Adds a C string; nothing when it is null.
    ///
    /// # Safety
    /// Null or a C string.
    pub unsafe fn push_c(&mut self, text: *const core::ffi::c_char) {
        if !text.is_null() {
            // SAFETY: the caller's promise.
            self.push(unsafe { core::ffi::CStr::from_ptr(text) }.to_bytes());
        }
    }

    /// Adds an argument list joined by spaces, at most `most` bytes of it.
    ///
    /// # Safety
    /// Null or a list of C strings that ends with a null.
    pub unsafe fn push_list(&mut self, list: *const *const core::ffi::c_char, most: usize) {
        let start = self.length;
        if list.is_null() {
            return;
        }
        let mut index = 0;
        // SAFETY: the caller's promise; the loop stops at the list's end.
        unsafe {
            while !(*list.add(index)).is_null() && self.length - start < most {
                if index > 0 {
                    self.push(b" ");
                }
                self.push_c(*list.add(index));
                index += 1;
            }
        }
        self.length = self.length.min(start + most);
    }

    /// What has been put together.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// Adds a decimal number.
    pub fn push_number(&mut self, number: u64) {
        self.push_digits(number, 10);
    }

    /// Adds a hexadecimal number.
    pub fn push_hexadecimal(&mut self, number: u64) {
        self.push_digits(number, 16);
    }

    fn push_digits(&mut self, mut number: u64, base: u64) {
        let mut digits = [0u8; 20];
        let mut first = digits.len();
        loop {
            first -= 1;
            digits[first] = b"0123456789abcdef"[(number % base) as usize];
            number /= base;
            if number == 0 {
                break;
            }
        }
        self.push(&digits[first..]);
    }
}

/// The numbers of a record; see `layout::report` for their meaning.
#[derive(Clone, Copy, Default)]
pub struct Report {
    /// Kind.
    pub kind: u32,
    /// First number.
    pub first: u32,
    /// Second number.
    pub second: u32,
    /// Long number.
    pub number: u64,
}

/// Appends a record, waiting for room if there is none.
pub fn report(header: &'static Header, report: Report, text: &[u8]) {
    let head = RecordHead {
        length: text.len() as u32,
        kind: report.kind,
        now: now(header),
        pid: pid(),
        process: crate::process::ordinal(header),
        first: report.first,
        second: report.second,
        number: report.number,
    };
    let size = size_of::<RecordHead>() + text.len().next_multiple_of(8);
    locked(header, || {
        let at = header.ring_head.load(Relaxed);
        let mut patience = Patience::new();
        while at + size as u64 - header.ring_tail.load(Acquire) > RING as u64 {
            crate::slot::kick(header);
            patience.wait(header);
        }
        // SAFETY: a plain value with no padding.
        let head = unsafe {
            core::slice::from_raw_parts((&raw const head).cast::<u8>(), size_of::<RecordHead>())
        };
        copy(at, head);
        copy(at + head.len() as u64, text);
        header.ring_head.store(at + size as u64, Release);
    });
}

/// Copies bytes to a place in the ring, around its end.
fn copy(at: u64, bytes: &[u8]) {
    let start = (at % RING as u64) as usize;
    let first = bytes.len().min(RING - start);
    // SAFETY: both parts lie within the ring, and the lock makes this the only writer; the
    // reader does not touch bytes behind the head.
    unsafe {
        core::ptr::copy_nonoverlapping(bytes.as_ptr(), shared::ring().add(start), first);
        let rest = bytes.len() - first;
        core::ptr::copy_nonoverlapping(bytes.as_ptr().add(first), shared::ring(), rest);
    }
}

/// Lets others run, again and again, as long as the world has an owner. A sleep would look like
/// rest.
struct Patience(u32);

impl Patience {
    const CHECK: u32 = 1000;

    fn new() -> Patience {
        Patience(0)
    }

    /// Ends the process when the coordinator is gone: nobody would ever answer.
    fn wait(&mut self, header: &Header) {
        self.0 += 1;
        // SAFETY: no memory is involved.
        unsafe {
            raw!(libc::SYS_sched_yield);
            if self.0.is_multiple_of(Self::CHECK) {
                let owner = header.owner.load(Relaxed);
                if is(raw!(libc::SYS_kill, owner, 0), libc::ESRCH) {
                    raw!(libc::SYS_kill, pid(), libc::SIGKILL);
                }
            }
        }
    }
}

/// Runs with the ring's lock held and signals blocked: a handler could want the lock too. The
/// coordinator takes the lock back from a thread that died with it.
fn locked(header: &Header, run: impl FnOnce()) {
    static ALL: u64 = u64::MAX;
    let mut old = 0u64;
    // SAFETY: signal sets of the kernel's size.
    unsafe {
        raw!(
            libc::SYS_rt_sigprocmask,
            libc::SIG_BLOCK,
            &raw const ALL,
            &raw mut old,
            8
        );
    }
    let me = tid();
    let mut patience = Patience::new();
    while header
        .ring_lock
        .compare_exchange(0, me, AcqRel, Relaxed)
        .is_err()
    {
        patience.wait(header);
    }
    run();
    header.ring_lock.store(0, Release);
    // SAFETY: as above.
    unsafe {
        raw!(
            libc::SYS_rt_sigprocmask,
            libc::SIG_SETMASK,
            &raw const old,
            null::<u64>(),
            8
        );
    }
}
