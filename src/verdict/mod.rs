//! Expected against actual, and what must hold in every run.

mod compare;
mod failure;
mod interpolate;

pub use compare::{Difference, Judge};
pub use failure::Failure;
pub use interpolate::{Captured, Unknown, interpolate, names};
