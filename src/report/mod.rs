//! What came of the runs, for people and for machines.

mod archive;
mod describe;
mod file;
mod github;
mod html;
mod json;
mod junit;
mod story;
mod terminal;
mod text;
mod timeline;

pub use archive::{ArchiveError, read as read_archive};
pub(crate) use describe::cut;
pub use describe::{Line, clock, describe};
pub use file::{Format, ReportFile, WriteError, write};
pub use terminal::Terminal;
