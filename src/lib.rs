//! The harness: runs a companion and its hooks, unmodified, in a simulated world and says what is true.

pub mod claude;
pub mod vocabulary;
