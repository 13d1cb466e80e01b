//! The world of one run: processes, clock, log, and the order in which everything happens.

mod actor;
mod cast;
mod clock;
mod error;
mod executor;
mod gates;
mod jobs;
mod observe;
mod process;
mod records;
mod world;

pub(crate) use actor::actor as actor_of_command;
pub use clock::{Speed, TimeMode};
pub use error::Error;
pub use executor::{Either, both, drive, first, rest, sleep, sleep_until, until};
pub use gates::{HeldGate, Rule, SURVEY};
pub use jobs::{Job, Jobs};
pub use process::{Finished, Input, Launch, ProcessId};
pub use world::{Setup, Shared, World};
