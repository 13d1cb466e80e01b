//! The owner of a world.

use crate::{
    Advance, Deadline, Error, Exit, Gate, Held, HeldId, Options, Process, Record, Release,
    Statistics, Waiter,
};
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

/// Owns a world: its clock, its gates and the reaping of its processes.
///
/// Dropping it removes the world's folder; it kills nothing.
#[derive(Debug)]
pub struct Coordinator {
    options: Options,
}

fn unfinished<T>() -> Result<T, Error> {
    Err(Error::Invalid("the virtual clock is not built in".into()))
}

impl Coordinator {
    /// Creates the world's folder with shared memory and preload library, pins the calling thread
    /// to the CPU of the options and makes the process a child subreaper.
    ///
    /// # Errors
    /// The folder, the memory or the pinning fail, or [`crate::self_test`] does.
    pub fn new(options: Options) -> Result<Coordinator, Error> {
        Ok(Coordinator { options })
    }

    /// What every process of the world needs in its environment. Replaces an `LD_PRELOAD`.
    pub fn environment(&self) -> Vec<(OsString, OsString)> {
        Vec::new()
    }

    /// The world's private folder.
    pub fn directory(&self) -> &Path {
        &self.options.directory
    }

    /// Virtual time since zero.
    pub fn now(&self) -> Duration {
        Duration::ZERO
    }

    /// Lets the world run until every thread is asleep, reaping children and orphans as an init
    /// would, and gives those that ended. No virtual time passes.
    ///
    /// `real_limit` bounds the real time that a burst of activity may take.
    ///
    /// # Errors
    /// [`Error::Unsettled`] after the limit, [`Error::Bypassed`] when a thread waits for real time.
    pub fn settle(&mut self, _real_limit: Duration) -> Result<Vec<Exit>, Error> {
        unfinished()
    }

    /// The earliest deadline of any waiter, timer or delayed reaping.
    pub fn next_deadline(&self) -> Option<Deadline> {
        None
    }

    /// Moves the clock to the earliest deadline that is not after `limit` (virtual time since
    /// zero) and wakes its one waiter; if there is none, to `limit`. Only after
    /// [`Coordinator::settle`]; call that again before the next one. Equal deadlines go by the
    /// birth of the process, then of the thread. A limit in the past leaves the clock alone.
    ///
    /// # Errors
    /// The world was not settled before, or waking fails.
    pub fn advance(&mut self, _limit: Option<Duration>) -> Result<Advance, Error> {
        unfinished()
    }

    /// Every thread of the world and what it waits for, by process and thread.
    pub fn waiters(&self) -> Vec<Waiter> {
        Vec::new()
    }

    /// What happened since the last call, in order.
    pub fn drain_records(&mut self) -> Vec<Record> {
        Vec::new()
    }

    /// The processes of the world, in order of birth; those without the library come last.
    pub fn processes(&self) -> Vec<Process> {
        Vec::new()
    }

    /// Sends a signal to a process of the world, or to a process group when negative.
    ///
    /// # Errors
    /// As `kill`.
    pub fn signal(&mut self, _pid: i32, _signal: i32) -> Result<(), Error> {
        unfinished()
    }

    /// A child of this process that does not belong to the world: not waited for and not reaped.
    /// Its descendants do not belong to it either.
    pub fn ignore(&mut self, _pid: i32) {}

    /// Puts these gates in place of all earlier ones; their counts begin anew. Threads that are
    /// held stay held. Only while the world is settled or before its first process.
    ///
    /// # Errors
    /// A gate makes no sense, a pattern is too long, or there are more than 64.
    pub fn set_gates(&mut self, _gates: &[Gate]) -> Result<(), Error> {
        unfinished()
    }

    /// The threads that stand at a gate, in the order in which they came.
    pub fn held(&self) -> Vec<Held> {
        Vec::new()
    }

    /// Lets a held thread go on. It runs in the next [`Coordinator::settle`].
    ///
    /// # Errors
    /// It is not held any more.
    pub fn release(&mut self, _held: HeldId, _how: Release) -> Result<(), Error> {
        unfinished()
    }

    /// Counts since the world began.
    pub fn statistics(&self) -> Statistics {
        Statistics::default()
    }
}
