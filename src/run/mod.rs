//! Runs one scenario in this process.

mod captures;
mod expectations;
mod gates;
mod install;
mod outcome;
mod seed;
mod serve;
mod soundness;
mod stage;
mod steps;
mod teardown;

pub use outcome::{Outcome, Verdict};
pub use serve::serve;
