//! Runs one scenario in this process.

mod by_hand;
mod captures;
mod expectations;
mod follow;
mod gates;
mod install;
mod main_thread;
mod outcome;
mod pause;
mod records;
mod seed;
mod serve;
mod soundness;
mod stage;
mod steps;
mod suggest;
mod teardown;
mod until;

pub(crate) use by_hand::quoted;
pub use outcome::{Outcome, Verdict};
pub use pause::{GO_ON, PAUSED};
pub use serve::serve;
