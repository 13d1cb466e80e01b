//! Which scenarios are meant: filters and shards.

mod filter;
mod shard;

pub use filter::{Facts, Filter, FilterError};
pub use shard::Shard;
