//! What came of the runs, for people and for machines.

mod file;
mod json;
mod terminal;

pub use file::{Format, ReportFile, write};
pub use terminal::Terminal;
