//! The harness: runs a companion and its hooks, unmodified, in a simulated world and says what is true.

pub mod claude;
pub mod cli;
pub mod engine;
pub mod event;
pub mod matrix;
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
