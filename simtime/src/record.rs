//! What the preload library and the coordinator report.

use crate::gate::{Operation, When};
use crate::world::Status;
use std::time::Duration;

/// Something that happened in the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Virtual time since zero.
    pub at: Duration,
    /// The process it happened in or to.
    pub pid: i32,
    /// That process's birth ordinal; 0 when it never had the library.
    pub process: u32,
    /// What happened.
    pub kind: RecordKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordKind {
    /// A program started: a first one, or one that replaced another by exec.
    Started {
        /// The parent's process id.
        parent: i32,
        /// The path of the executable.
        program: String,
        /// The arguments joined by spaces, cut after 1 KiB.
        arguments: String,
    },
    /// The process created a child.
    Forked {
        /// The child's process id.
        child: i32,
        /// The child's birth ordinal.
        child_process: u32,
    },
    /// The process asked for another program.
    Exec {
        /// The path or name as given.
        program: String,
        /// The arguments joined by spaces, cut after 1 KiB.
        arguments: String,
    },
    /// The process asked for another program, in itself or in a child, and the call failed.
    ExecFailed {
        /// The path or name as given.
        program: String,
        /// The error number.
        errno: i32,
        /// A gate refused it.
        refused: bool,
    },
    /// The process ended.
    Exited {
        /// How, when it is known: a process whose parent neither waits nor is the coordinator
        /// leaves no status behind.
        status: Option<Status>,
    },
    /// A point that a gate watches was passed or stopped at.
    Point {
        /// Counts all points of the world, from 1.
        ordinal: u64,
        /// The gate's name.
        gate: String,
        /// Which match of this gate it was, from 1.
        nth: u32,
        /// The gate's operation.
        operation: Operation,
        /// Before or after.
        when: When,
        /// The path, arguments, address or point name that matched.
        text: String,
        /// The gate acted here, rather than only reporting.
        acted: bool,
    },
    /// A process runs without the library: a static program, or its environment was cleared. It
    /// sees real time, so it must not wait for any.
    Unvirtualised {
        /// The path of the executable.
        program: String,
        /// The arguments joined by spaces.
        arguments: String,
    },
    /// A call that the library cannot virtualise was made.
    Warning {
        /// Says which.
        text: String,
    },
}
