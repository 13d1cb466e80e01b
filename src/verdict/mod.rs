//! Expected against actual, and what must hold in every run.

mod compare;
mod failure;
mod interpolate;
mod place;

pub use compare::{Difference, Judge};
pub use failure::Failure;
pub use interpolate::{Captured, Unknown, interpolate, names};
pub use place::{AT_THE_END, locate, place};
