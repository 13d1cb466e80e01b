//! Runs many scenarios: one process each, several at once, and nothing left behind.

mod interrupt;
mod keeper;
mod pool;
mod request;
mod workplace;

pub use interrupt::Interrupt;
pub use keeper::keep;
pub use pool::{Progress, run_all};
pub use request::{Request, SubjectChoice};
pub use workplace::Workplace;
