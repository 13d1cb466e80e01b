//! Gates: places where a process can be held, refused or killed.

/// A place where processes of the world are watched, held, refused or killed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// What records and held processes call it.
    pub name: String,
    /// What the process is doing.
    pub operation: Operation,
    /// Before or after doing it.
    pub when: When,
    /// Pattern with `*` (any characters, `/` too) and `?` (one character). For file operations
    /// it is matched against the path as the program gave it and, if that is relative, also
    /// against the absolute path; for a rename against the new name; for [`Operation::Exec`]
    /// against the program's path and against its arguments joined by spaces; for
    /// [`Operation::Connect`] against the socket's path or `address:port`; for
    /// [`Operation::Message`] against the point's name. [`Operation::Fork`] ignores it.
    pub path: String,
    /// Pattern for the process: its arguments joined by spaces. Every process when `None`.
    pub process: Option<String>,
    /// Act at the n-th match, counted over the whole world from 1; at every match when 0.
    pub nth: u32,
    /// What to do.
    pub action: Action,
}

/// What a process does at a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Open a file for writing.
    OpenWrite,
    /// Write to a file.
    Write,
    /// Rename or link a file; the pattern is for the new name.
    Rename,
    /// Remove a file.
    Unlink,
    /// Start a child process, before it has a program of its own.
    Fork,
    /// Start a program, in place of the process's own or in a new process.
    Exec,
    /// Connect a socket.
    Connect,
    /// Reach a point which the program itself announces: it opens `/simtime/point/NAME` (and gets
    /// "no such file", as it would without the library), or calls the exported C function
    /// `void simtime_point(const char *name)`.
    Message,
}

/// Before or after an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum When {
    /// Nothing has happened yet.
    Before,
    /// The operation is done, and the program does not know yet. After [`Operation::Exec`] is
    /// the start of the new program. A call that failed passes no such gate.
    After,
}

/// What a gate does to the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Only report that the point was passed.
    Pass,
    /// Stop the thread there until [`crate::Coordinator::release`].
    Hold,
    /// Let the operation fail with this error number; only [`When::Before`], and for
    /// [`Operation::Message`] without effect.
    Fail(i32),
    /// Kill the process with this signal.
    Kill(i32),
}

/// A thread that stands at a gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The name for [`crate::Coordinator::release`].
    pub id: HeldId,
    /// The name of the gate.
    pub gate: String,
    /// The gate's operation.
    pub operation: Operation,
    /// The path, arguments, address or point name that matched.
    pub text: String,
    /// Process id.
    pub pid: i32,
    /// The process's birth ordinal in this world.
    pub process: u32,
}

/// Names one stop of one thread at a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HeldId {
    pub(crate) slot: usize,
    pub(crate) stop: u64,
}

/// How a held thread goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Release {
    /// As if there had been no gate.
    Go,
    /// Its process is killed with this signal.
    Kill(i32),
    /// The operation fails with this error number; only [`When::Before`].
    Fail(i32),
}
