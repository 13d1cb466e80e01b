//! A virtual clock for trees of unmodified processes.
//!
//! A preload library, carried inside this crate and loaded into every process of a *world*,
//! virtualises the clocks and every wait with a timeout. The [`Coordinator`] owns the world: it
//! waits until the whole tree is quiescent, moves the clock to the earliest deadline and wakes
//! that one waiter. Processing takes no virtual time, so nothing depends on the speed of the
//! machine.
//!
//! A loop over a world looks like this:
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use simtime::{Advance, Coordinator, Options};
//! use std::{process::Command, time::Duration};
//!
//! let mut world = Coordinator::new(Options::default())?;
//! let child = Command::new("sleep").arg("3600").envs(world.environment()).spawn()?;
//! loop {
//!     for exit in world.settle(Duration::from_secs(10))? {
//!         println!("{} ended after {:?}", exit.pid, exit.at);
//!     }
//!     if world.advance(None)? == Advance::Idle {
//!         break;
//!     }
//! }
//! # drop(child);
//! # Ok(())
//! # }
//! ```
//!
//! Rules for the owner of a world:
//!
//! * One world a process: all children of the calling process belong to it, except those named
//!   to [`Coordinator::ignore`]. The process becomes a child subreaper, so orphans come to it.
//! * The exit status of a child comes from [`Coordinator::settle`] alone; never wait for a child
//!   in another way.
//! * Signals to processes of the world go through [`Coordinator::signal`].
//! * Everything runs on one CPU, the calling thread included.
//!
//! Limits:
//!
//! * Programs that are static, have their environment cleared or are set-user-id see real time.
//!   They are waited for and named in the records, and may not wait for time themselves.
//! * Waits of C11 threads, message queues, System V semaphores and asynchronous I/O are not
//!   replaced: one with a timeout fails the run by name.
//! * File times are real. Processor time is real. Random numbers are not replaced.
//! * Threads that are active in one virtual instant take turns, the oldest first
//!   ([`Options::turns`]). That is one order of many; gates make others.
//! * The kernel's own timers, such as those of TCP, run in real time; the loopback device needs
//!   none as long as nothing is lost.
//! * Replaced calls are no cancellation points of `pthread_cancel`.
//!
//! Linux with glibc on x86-64 or aarch64; [`self_test`] says in one sentence what is missing on a
//! machine. On other kinds of Linux this crate compiles and says so; elsewhere its build script refuses.

use std::sync::atomic;

mod answers;
mod coordinator;
mod error;
mod folder;
mod gate;
mod guard;
#[allow(dead_code, reason = "the preload library uses the rest")]
#[path = "../layout/handover.rs"]
mod handover;
mod history;
mod holding;
#[allow(dead_code, reason = "the preload library uses the rest")]
#[path = "../layout/layout.rs"]
mod layout;
mod library;
mod options;
mod patience;
#[path = "../layout/pattern.rs"]
mod pattern;
mod polling;
mod reaper;
mod record;
mod rest;
mod ring;
mod selftest;
mod shared;
mod system;
mod tasks;
mod tree;
mod trouble;
mod turns;
mod waiting;
mod world;

pub use answers::Answer;
pub use coordinator::Coordinator;
pub use error::{Bypass, Error, Unsettled};
pub use gate::{Action, Gate, Held, HeldId, Operation, Release, When};
pub use options::{Coalesce, Options};
pub use pattern::fits;
pub use record::{Record, RecordKind};
#[doc(hidden)]
pub use rest::Proof;
pub use selftest::{Missing, self_test};
pub use world::{Advance, Deadline, Exit, Process, Statistics, Status, Waiter};
