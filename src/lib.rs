//! The harness: runs a companion and its hooks, unmodified, in a simulated world and says what is true.

#![warn(clippy::print_stderr, clippy::print_stdout)]

/// Says a line on standard error. That nobody listens there any more is no reason to stop.
macro_rules! tell {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(anstream::stderr(), $($text)*);
    }};
}

pub mod bless;
pub mod choose;
pub mod claude;
pub mod cli;
pub mod config;
pub mod doctor;
pub mod engine;
pub mod event;
pub mod explore;
pub mod lint;
pub mod matrix;
pub mod memory;
pub mod nearest;
pub mod new;
pub mod report;
pub mod run;
pub mod runner;
pub mod sandbox;
pub mod scenario;
pub mod session;
pub mod subject;
pub mod sweep;
pub mod verdict;
pub mod vocabulary;
pub mod yaml;

/// The version, with the commit that a release build is made of, or why there is none.
pub const VERSION: &str = env!("RESCUE_HARNESS_VERSION");
