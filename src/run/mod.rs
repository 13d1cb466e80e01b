//! Runs one scenario in this process.

mod captures;
mod expectations;
mod gates;
mod install;
mod main_thread;
mod outcome;
mod seed;
mod serve;
mod soundness;
mod stage;
mod steps;
mod teardown;
mod until;

pub use outcome::{Outcome, Verdict};
pub use serve::serve;
