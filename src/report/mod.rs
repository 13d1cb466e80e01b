//! What came of the runs, for people and for machines.

mod archive;
mod describe;
mod file;
mod github;
mod html;
mod json;
mod junit;
mod live;
mod story;
mod terminal;
mod text;

pub use archive::{Archive, ArchiveError, read as read_archive};
pub(crate) use describe::cut;
pub use describe::{Line, clock, describe};
pub use file::{About, Format, ReportFile, WriteError, write};
pub use json::schema;
pub use terminal::Terminal;
pub(crate) use terminal::length;
