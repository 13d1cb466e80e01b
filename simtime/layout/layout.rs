//! The memory that the coordinator shares with the preload library of every process.
//!
//! Both crates include this file, so it names nothing but `core`. The protocol is described in
//! the coordinator's module `shared`.

use core::sync::atomic::Ordering::Relaxed;
use core::sync::atomic::{AtomicI32, AtomicU32, AtomicU64};

/// Marks a memory of this layout; changes with it.
pub const MAGIC: u64 = 0x7369_6d74_696d_6508;
/// How many threads, starting children and timers a world can have at once.
pub const SLOTS: usize = 2048;
/// How many gates can be set.
pub const GATES: usize = 64;
/// Length of a gate's pattern in bytes, its end mark included.
pub const PATTERN: usize = 256;
/// Length of the ring of records in bytes.
pub const RING: usize = 1 << 20;
/// Room for known answers in bytes.
pub const ANSWERS: usize = 1 << 14;
/// The longest text of a record in bytes.
pub const TEXT: usize = 4096;
/// The environment variable that names the world's folder.
pub const VARIABLE: &str = "SIMTIME_DIR";
/// The longest name of a world's folder in bytes.
pub const DIRECTORY: usize = 200;

/// The id of a process's timer of `alarm` and `setitimer`.
pub const ALARM: u32 = u32::MAX;
/// "No deadline", in nanoseconds.
pub const NEVER: u64 = u64::MAX;

/// What a slot is used for.
pub mod state {
    /// By nobody.
    pub const FREE: u32 = 0;
    /// Somebody fills it in.
    pub const CLAIMED: u32 = 1;
    /// By a thread that runs.
    pub const RUNNING: u32 = 2;
    /// By a thread that waits or is about to.
    pub const BLOCKED: u32 = 3;
    /// By a thread that the coordinator has just woken.
    pub const WOKEN: u32 = 4;
    /// By a child that has not run yet, or a process between two programs.
    pub const STARTING: u32 = 5;
    /// By a thread that ends.
    pub const EXITING: u32 = 6;
    /// By a thread that stands at a gate.
    pub const HELD: u32 = 7;
    /// By a timer of a process.
    pub const TIMER: u32 = 8;
    /// By a thread that waits for its turn.
    pub const QUEUED: u32 = 9;
}

/// How the coordinator wakes a blocked slot.
pub mod wake {
    /// A byte into the slot's pipe.
    pub const PIPE: u32 = 1;
    /// The slot's futex word.
    pub const WORD: u32 = 2;
    /// Not at all: the thread waits for something else than time.
    pub const NONE: u32 = 3;
    /// A timer that sends a signal.
    pub const SIGNAL: u32 = 4;
    /// A timer behind a file descriptor.
    pub const COUNTER: u32 = 5;
}

/// The calls a slot can wait in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Call {
    /// Nothing known.
    None = 0,
    /// `nanosleep` and its kin.
    Sleep,
    /// `poll`, `ppoll`.
    Poll,
    /// `select`, `pselect`.
    Select,
    /// `epoll_wait` and its kin.
    Epoll,
    /// A futex of the program.
    Futex,
    /// A condition variable.
    Condition,
    /// A semaphore.
    Semaphore,
    /// A lock with a timeout.
    Lock,
    /// Reading from or writing to a descriptor.
    Transfer,
    /// Waiting for a child.
    Child,
    /// Waiting for a signal.
    Signal,
    /// A file lock.
    FileLock,
    /// A loop that only reads the clock.
    ClockLoop,
    /// A timer.
    Timer,
    /// Its turn to go on.
    Turn,
    /// The end of another thread.
    Join,
    /// What the other threads of its process have to do first.
    Helpers,
}

impl Call {
    /// Every call, by number.
    pub const ALL: [Call; 18] = [
        Call::None,
        Call::Sleep,
        Call::Poll,
        Call::Select,
        Call::Epoll,
        Call::Futex,
        Call::Condition,
        Call::Semaphore,
        Call::Lock,
        Call::Transfer,
        Call::Child,
        Call::Signal,
        Call::FileLock,
        Call::ClockLoop,
        Call::Timer,
        Call::Turn,
        Call::Join,
        Call::Helpers,
    ];

    /// The name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Call::None => "nothing known",
            Call::Sleep => "sleep",
            Call::Poll => "poll",
            Call::Select => "select",
            Call::Epoll => "epoll_wait",
            Call::Futex => "futex",
            Call::Condition => "condition variable",
            Call::Semaphore => "semaphore",
            Call::Lock => "lock with timeout",
            Call::Transfer => "read or write",
            Call::Child => "wait for a child",
            Call::Signal => "wait for a signal",
            Call::FileLock => "file lock",
            Call::ClockLoop => "loop that only reads the clock",
            Call::Timer => "timer",
            Call::Turn => "its turn",
            Call::Join => "end of a thread",
            Call::Helpers => "the other threads of its process",
        }
    }
}

/// The first page.
#[repr(C)]
pub struct Header {
    /// [`MAGIC`].
    pub magic: AtomicU64,
    /// `CLOCK_REALTIME` at virtual zero, in nanoseconds.
    pub epoch: AtomicU64,
    /// `CLOCK_MONOTONIC` at virtual zero, in nanoseconds.
    pub monotonic: AtomicU64,
    /// The coordinator's process id.
    pub owner: AtomicU32,
    /// Virtual nanoseconds since zero; only the coordinator writes it.
    pub now: AtomicU64,
    /// A hint: how many slots are running.
    pub running: AtomicI32,
    /// A hint: how many of them sleep in calls that the library does not mark.
    pub parked: AtomicI32,
    /// The coordinator sleeps on `kick`.
    pub listening: AtomicU32,
    /// Futex on which the coordinator sleeps.
    pub kick: AtomicU32,
    /// The last birth ordinal given to a process.
    pub births: AtomicU32,
    /// Slots from this one on have never been used.
    pub high: AtomicU32,
    /// Somebody found no free slot.
    pub full: AtomicU32,
    /// A bit for each operation that some gate watches.
    pub watched: AtomicU32,
    /// How many gates are set.
    pub gates: AtomicU32,
    /// Counts signals sent within the world.
    pub signals: AtomicU32,
    /// Threads that were woken from condition variables and have not said so yet, and 2^16 for
    /// each thread that is just waking some.
    pub in_flight: AtomicI32,
    /// The last ordinal given to a point passed at a gate.
    pub points: AtomicU64,
    /// The thread that writes a record, or 0.
    pub ring_lock: AtomicU32,
    /// Some process has made a timer behind a descriptor.
    pub timers: AtomicU32,
    /// Bytes ever written to the ring.
    pub ring_head: AtomicU64,
    /// Bytes ever read from the ring.
    pub ring_tail: AtomicU64,
    /// Threads take turns.
    pub turns: AtomicU32,
    /// The [`Slot::key`] of the thread that has the turn.
    pub turn: AtomicU64,
    /// How many known answers there are; their bytes never change once this is stored.
    pub answers: AtomicU32,
    /// How many bytes they take.
    pub answers_length: AtomicU32,
}

/// A thread, a child that starts, or a timer.
#[repr(C, align(128))]
pub struct Slot {
    /// See [`state`]; written last when the slot is filled in.
    pub state: AtomicU32,
    /// Counts the slot's users.
    pub generation: AtomicU32,
    /// Process id; 0 for a child whose id is not known yet.
    pub pid: AtomicU32,
    /// Thread id; 0 when not known yet, or for a timer of the whole process.
    pub tid: AtomicU32,
    /// The process's birth ordinal.
    pub process: AtomicU32,
    /// The thread's ordinal in its process.
    pub thread: AtomicU32,
    /// The process that created it.
    pub parent: AtomicU32,
    /// See [`wake`].
    pub wake: AtomicU32,
    /// See [`Call`].
    pub call: AtomicU32,
    /// Futex: 0 while waiting, else the time has come. At a gate: the answer.
    pub word: AtomicU32,
    /// A timer's signal or descriptor.
    pub target: AtomicU32,
    /// A timer's id within its process, or its clock.
    pub timer: AtomicU32,
    /// Virtual nanoseconds since zero, or [`NEVER`].
    pub deadline: AtomicU64,
    /// How long the wait was meant to be, or a timer's interval, in nanoseconds.
    pub length: AtomicU64,
    /// Counts the slot's waits.
    pub waits: AtomicU64,
    /// A timer's value for the signal's receiver; at a gate: the point's ordinal.
    pub value: AtomicU64,
    /// Where on the stack the wait began. Of two waits of one thread the lower one is the inner:
    /// a signal handler's, which the outer one has to wait for.
    pub frame: AtomicU64,
}

impl Slot {
    /// The place of the slot's thread in the order of birth: of the processes, then of the threads.
    #[inline]
    pub fn key(&self) -> u64 {
        let (process, thread) = (self.process.load(Relaxed), self.thread.load(Relaxed));
        u64::from(process) << 32 | u64::from(thread)
    }
}

/// Answers to a held thread, in the slot's futex word.
pub mod answer {
    /// None yet.
    pub const WAIT: u32 = 0;
    /// Go on; an error number to fail with is added.
    pub const GO: u32 = 0x1_0000;
}

/// A gate, as the library reads it.
#[repr(C)]
pub struct GateEntry {
    /// The number of the operation.
    pub operation: AtomicU32,
    /// 0 before, 1 after.
    pub when: AtomicU32,
    /// See [`action`].
    pub action: AtomicU32,
    /// Error or signal number.
    pub argument: AtomicU32,
    /// Which match acts; 0 for every one.
    pub nth: AtomicU32,
    /// Matches so far.
    pub count: AtomicU32,
    /// Pattern for the operation's object; ends with a zero byte.
    pub path: [AtomicByte; PATTERN],
    /// Pattern for the process's arguments; ends with a zero byte.
    pub process: [AtomicByte; PATTERN],
}

/// A byte that two processes may touch.
pub type AtomicByte = core::sync::atomic::AtomicU8;

/// What a gate does.
pub mod action {
    /// Only report.
    pub const PASS: u32 = 0;
    /// Stop.
    pub const HOLD: u32 = 1;
    /// Fail.
    pub const FAIL: u32 = 2;
    /// Kill.
    pub const KILL: u32 = 3;
}

/// Numbers of operations; bit numbers in [`Header::watched`].
pub mod operation {
    /// Open for writing.
    pub const OPEN_WRITE: u32 = 0;
    /// Write.
    pub const WRITE: u32 = 1;
    /// Rename or link.
    pub const RENAME: u32 = 2;
    /// Remove.
    pub const UNLINK: u32 = 3;
    /// Create a process.
    pub const FORK: u32 = 4;
    /// Start a program.
    pub const EXEC: u32 = 5;
    /// Connect a socket.
    pub const CONNECT: u32 = 6;
    /// A point that the program announces.
    pub const MESSAGE: u32 = 7;
}

/// The start of a record in the ring; its text follows, filled up to 8 bytes.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct RecordHead {
    /// Length of the text in bytes.
    pub length: u32,
    /// See [`report`].
    pub kind: u32,
    /// Virtual nanoseconds since zero.
    pub now: u64,
    /// Process id.
    pub pid: u32,
    /// Birth ordinal.
    pub process: u32,
    /// Depends on the kind.
    pub first: u32,
    /// Depends on the kind.
    pub second: u32,
    /// Depends on the kind.
    pub number: u64,
}

/// Kinds of records.
pub mod report {
    /// A program started: `first` parent; text: executable, zero byte, arguments joined by spaces.
    pub const STARTED: u32 = 1;
    /// A child was created: `first` its id, `second` its birth ordinal.
    pub const FORKED: u32 = 2;
    /// A program was asked for: text: path, zero byte, arguments joined by spaces.
    pub const EXEC: u32 = 3;
    /// That failed: `first` error number, `second` refused by a gate; text: path.
    pub const EXEC_FAILED: u32 = 4;
    /// A child was waited for: `first` its id, `second` the status word.
    pub const REAPED: u32 = 5;
    /// A point: `first` gate, `second` match and acted (highest bit), `number` ordinal; text.
    pub const POINT: u32 = 6;
    /// A call that cannot be virtualised: text.
    pub const WARNING: u32 = 7;
    /// The process ends: `first` exit code.
    pub const ENDING: u32 = 8;
}

/// Where the parts lie in the shared memory, in bytes.
pub mod offset {
    use super::*;
    /// The slots.
    pub const SLOTS_AT: usize = 4096;
    /// The gates.
    pub const GATES_AT: usize = SLOTS_AT + SLOTS * size_of::<Slot>();
    /// The ring of records.
    pub const RING_AT: usize = (GATES_AT + GATES * size_of::<GateEntry>() + 4095) & !4095;
    /// The known answers.
    pub const ANSWERS_AT: usize = RING_AT + RING;
    /// The end.
    pub const END: usize = ANSWERS_AT + ANSWERS;
}

const _: () = assert!(size_of::<Header>() <= 4096);
const _: () = assert!(size_of::<Slot>() == 128);
const _: () = assert!(size_of::<RecordHead>() == 40);
