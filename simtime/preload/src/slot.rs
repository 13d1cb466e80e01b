//! The calling thread's slot: marking waits and being woken.

use crate::handover;
use crate::layout::{self, Call, Header, NEVER, Slot, state, wake};
use crate::shared;
use crate::sys::{self, raw};
use core::cell::Cell;
use core::ffi::c_int;
use core::sync::atomic::AtomicU32;
use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};

thread_local! {
    static OWN: Cell<Option<&'static Slot>> = const { Cell::new(None) };
    static PIPE: Cell<c_int> = const { Cell::new(-1) };
    /// Where on the stack the current wait began; 0 outside of waits.
    static FRAME: Cell<usize> = const { Cell::new(0) };
    /// Clock reads since the last wait.
    static READS: Cell<u32> = const { Cell::new(0) };
}

/// Wake-up pipes get descriptors from here on, out of the way of programs that count on low ones.
pub const LOWEST_PIPE: c_int = 700;
/// So many clock reads without a wait are a loop that waits for the clock.
const LOOP_READS: u32 = 100_000;
/// From then on, so many reads take [`LOOP_STEP`] of virtual time.
const LOOP_STRIDE: u32 = 1_000;
const LOOP_STEP: u64 = 1_000_000;

static THREADS: AtomicU32 = AtomicU32::new(0);

/// The next thread ordinal of this process.
pub fn next_thread() -> u32 {
    THREADS.fetch_add(1, Relaxed) + 1
}

/// The program has never had another thread than its first.
pub fn has_one_thread() -> bool {
    THREADS.load(Relaxed) <= 1
}

/// A forked child counts its threads anew; its one thread is the first.
pub fn restart_threads() {
    THREADS.store(1, Relaxed);
}

/// The process id, asked from the kernel.
pub fn pid() -> u32 {
    // SAFETY: no arguments.
    unsafe { raw!(libc::SYS_getpid) as u32 }
}

/// The thread id, asked from the kernel.
pub fn tid() -> u32 {
    // SAFETY: no arguments.
    unsafe { raw!(libc::SYS_gettid) as u32 }
}

/// Virtual nanoseconds since zero.
#[inline(always)]
pub fn now(header: &Header) -> u64 {
    header.now.load(Acquire)
}

/// [`now`] for a program that asks for it: reading over and over again takes time.
#[inline]
pub fn read_clock(header: &'static Header) -> u64 {
    let reads = READS.get().wrapping_add(1);
    READS.set(reads);
    if reads >= LOOP_READS && reads.is_multiple_of(LOOP_STRIDE) {
        let error = sys::errno();
        crate::sleeps::sleep_until(header, now(header) + LOOP_STEP, LOOP_STEP, Call::ClockLoop);
        sys::set_errno(error);
        READS.set(LOOP_READS);
    }
    now(header)
}

/// This thread's slot; a new one for a thread that the library has not seen start.
pub fn own(header: &'static Header) -> Option<&'static Slot> {
    if let Some(slot) = OWN.get() {
        return Some(slot);
    }
    let slot = shared::claim(header, pid(), tid())?;
    slot.process.store(crate::process::ordinal(header), Relaxed);
    slot.thread.store(next_thread(), Relaxed);
    publish(header, slot, state::RUNNING);
    OWN.set(Some(slot));
    Some(slot)
}

/// Gives the calling thread a slot that was filled in for it.
pub fn adopt(slot: &'static Slot) {
    OWN.set(Some(slot));
}

/// Makes a claimed slot valid.
pub fn publish(header: &Header, slot: &Slot, state: u32) {
    header.running.fetch_add(1, AcqRel);
    slot.state.store(state, Release);
}

/// Gives a slot back; `running` tells whether it counted as running.
pub fn free(header: &Header, slot: &Slot) {
    let before = slot.state.swap(state::FREE, AcqRel);
    if matches!(before, state::RUNNING | state::WOKEN | state::STARTING) {
        one_less(header);
    }
}

/// A forked child has none of its parent's thread's waits and pipes.
pub fn forget() {
    let pipe = PIPE.replace(-1);
    if pipe >= 0 {
        // SAFETY: this library's own descriptor.
        unsafe { raw!(libc::SYS_close, pipe) };
    }
    OWN.set(None);
    FRAME.set(0);
    READS.set(0);
}

/// The calling thread ends.
pub fn leave(header: &Header) {
    let slot = OWN.get();
    forget();
    if let Some(slot) = slot {
        free(header, slot);
    }
}

/// The calling process ends.
pub fn mark_exit(header: &Header) {
    // Its end is a signal to its parent and to its own other threads.
    header.signals.fetch_add(1, AcqRel);
    if let Some(slot) = OWN.get()
        && slot.state.swap(state::EXITING, AcqRel) == state::RUNNING
    {
        one_less(header);
    }
}

/// Tells the coordinator when nothing seems to run any more.
pub fn one_less(header: &Header) {
    let left = header.running.fetch_sub(1, SeqCst) - 1;
    if left <= header.parked.load(Relaxed) {
        kick(header);
    }
}

/// Wakes the coordinator if it sleeps.
pub fn kick(header: &Header) {
    if header.listening.load(SeqCst) != 0 {
        header.kick.fetch_add(1, AcqRel);
        // SAFETY: a futex word in the shared memory.
        unsafe { raw!(libc::SYS_futex, &raw const header.kick, libc::FUTEX_WAKE, 1) };
    }
}

/// A wait that has begun. It must be ended by [`Wait::end`] once the call is over.
pub struct Wait {
    header: &'static Header,
    slot: &'static Slot,
    /// The slot is only for this wait: the thread's own one is in use by a wait which a signal
    /// interrupted.
    nested: bool,
    outer_frame: usize,
    pipe: c_int,
}

/// What a thread is about to wait for.
#[derive(Clone, Copy)]
pub struct Plan {
    /// When it gives up, in virtual nanoseconds since zero.
    pub deadline: u64,
    /// How long the whole wait was meant to be.
    pub length: u64,
    /// How it is woken then; see [`wake`].
    pub wake: u32,
    /// In which call.
    pub call: Call,
    /// The slot's state meanwhile.
    pub state: u32,
    /// See `Slot::value`.
    pub value: u64,
}

impl Plan {
    /// A wait that ends at this time at the latest.
    pub fn timed(deadline: u64, length: u64, wake: u32, call: Call) -> Plan {
        Plan {
            deadline,
            length,
            wake,
            call,
            state: state::BLOCKED,
            value: 0,
        }
    }

    /// A wait for something else than time.
    pub fn endless(call: Call) -> Plan {
        Plan::timed(NEVER, NEVER, wake::NONE, call)
    }
}

impl Wait {
    /// Says that the thread is about to wait; `None` when there is no slot for it.
    #[inline]
    pub fn begin(header: &'static Header, plan: Plan) -> Option<Wait> {
        let own = own(header)?;
        let here = 0u8;
        let frame = (&raw const here) as usize;
        let outer_frame = FRAME.get();
        // An outer wait lies above this one on the stack, or a signal handler has left it by a
        // long jump and it will never end.
        let nested = outer_frame > frame && own.state.load(Relaxed) != state::RUNNING;
        let slot = if nested {
            second_slot(header, own)?
        } else {
            own
        };
        if !nested {
            if slot.state.load(Relaxed) != state::RUNNING {
                abandon(header, slot);
            }
            FRAME.set(frame);
        }
        READS.set(0);
        let pipe = match plan.wake {
            wake::PIPE if nested => open_pipe(slot),
            wake::PIPE => own_pipe(slot),
            _ => -1,
        };
        slot.wake.store(plan.wake, Relaxed);
        slot.call.store(plan.call as u32, Relaxed);
        slot.length.store(plan.length, Relaxed);
        slot.deadline.store(plan.deadline, Relaxed);
        slot.value.store(plan.value, Relaxed);
        slot.frame.store(frame as u64, Relaxed);
        slot.waits.fetch_add(1, Relaxed);
        handover::begin(&slot.state, &slot.word, plan.state);
        one_less(header);
        Some(Wait {
            header,
            slot,
            nested,
            outer_frame,
            pipe,
        })
    }

    /// The descriptor that becomes readable when the time has come.
    pub fn pipe(&self) -> c_int {
        self.pipe
    }

    /// The futex word that is no longer 0 when the time has come.
    pub fn word(&self) -> &'static AtomicU32 {
        &self.slot.word
    }

    /// The pipe has been closed behind this library's back.
    pub fn pipe_lost(&self) {
        if !self.nested {
            PIPE.set(-1);
        }
    }

    /// The thread goes on when it is its turn. True when the coordinator woke it because
    /// its time has come.
    #[inline]
    pub fn end(self) -> bool {
        let header = self.header;
        let woken = self.end_without_turn();
        crate::turn::take(header);
        woken
    }

    /// The wait is over; the caller takes the turn before the program goes on.
    #[inline]
    pub fn end_without_turn(self) -> bool {
        let woken = leave_wait(self.header, self.slot, self.pipe);
        if self.nested {
            free(self.header, self.slot);
            if self.pipe >= 0 {
                // SAFETY: opened for this wait alone.
                unsafe { raw!(libc::SYS_close, self.pipe) };
            }
        } else {
            FRAME.set(self.outer_frame);
        }
        woken
    }
}

/// Takes back what a wait left behind that ended by a long jump.
fn abandon(header: &Header, slot: &Slot) {
    let is_pipe = slot.wake.load(Relaxed) == wake::PIPE;
    leave_wait(header, slot, if is_pipe { PIPE.get() } else { -1 });
}

/// True when the coordinator woke the thread; what it was woken by is taken then.
fn leave_wait(header: &Header, slot: &Slot, pipe: c_int) -> bool {
    let woken = handover::end(&slot.state);
    slot.deadline.store(NEVER, Relaxed);
    if !woken {
        header.running.fetch_add(1, AcqRel);
    } else if pipe >= 0 {
        drain(pipe);
    } else if slot.wake.load(Relaxed) == wake::WORD {
        handover::take(&slot.word, || {
            sleep_on_word(&slot.word, 0);
        });
    }
    woken
}

/// Sleeps while the word has this value, or until a signal comes: the kernel's result.
pub fn sleep_on_word(word: &AtomicU32, value: u32) -> isize {
    let address = core::ptr::from_ref(word);
    // SAFETY: a futex word in the shared memory, without a timeout.
    unsafe { raw!(libc::SYS_futex, address, libc::FUTEX_WAIT, value, 0) }
}

fn second_slot(header: &'static Header, own: &Slot) -> Option<&'static Slot> {
    let slot = shared::claim(header, own.pid.load(Relaxed), own.tid.load(Relaxed))?;
    slot.process.store(own.process.load(Relaxed), Relaxed);
    slot.thread.store(own.thread.load(Relaxed), Relaxed);
    publish(header, slot, state::RUNNING);
    Some(slot)
}

/// Takes the coordinator's byte, which may still be on its way.
fn drain(pipe: c_int) {
    let mut byte = 0u8;
    loop {
        let mut one = libc::pollfd {
            fd: pipe,
            events: libc::POLLIN,
            revents: 0,
        };
        // SAFETY: one byte into a byte, and one local entry.
        unsafe {
            let result = raw!(libc::SYS_read, pipe, &raw mut byte, 1);
            if !sys::is(result, libc::EAGAIN) && !sys::is(result, libc::EINTR) {
                return;
            }
            raw!(libc::SYS_ppoll, &raw mut one, 1, 0, 0, 0);
        }
    }
}

fn own_pipe(slot: &Slot) -> c_int {
    let known = PIPE.get();
    if known >= 0 {
        return known;
    }
    let pipe = open_pipe(slot);
    PIPE.set(pipe);
    pipe
}

fn open_pipe(slot: &Slot) -> c_int {
    let mut name = *b"w0000";
    let mut rest = shared::index_of(slot);
    for digit in name[1..].iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    let path = shared::path(&name);
    let flags = libc::O_RDWR | libc::O_NONBLOCK | libc::O_CLOEXEC;
    // SAFETY: a C string that outlives the calls, and descriptors opened here.
    unsafe {
        raw!(
            libc::SYS_mknodat,
            libc::AT_FDCWD,
            path.as_ptr(),
            libc::S_IFIFO | 0o600,
            0
        );
        let low = raw!(libc::SYS_openat, libc::AT_FDCWD, path.as_ptr(), flags, 0);
        let high = raw!(libc::SYS_fcntl, low, libc::F_DUPFD_CLOEXEC, LOWEST_PIPE);
        let pipe = if high >= 0 {
            raw!(libc::SYS_close, low);
            high
        } else {
            low
        };
        let mut rest = [0u8; 64];
        while raw!(libc::SYS_read, pipe, rest.as_mut_ptr(), rest.len()) > 0 {}
        pipe as c_int
    }
}

const _: () = assert!(layout::SLOTS <= 10_000);
