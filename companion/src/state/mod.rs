//! The jobs of a workspace on disk.
//!
//! One folder a workspace holds `state.json` (settings and one row a job) and
//! `jobs/` with a record, a log and a worker file for each job. Every change is
//! a [`Transaction`]: it holds the folder's lock, writes each file to a
//! temporary name and renames it, so a reader never sees a torn file and no
//! update is lost. A change of a job's status is also brought to the disk before
//! anybody is told of it, so a power failure takes back nothing that was said.

mod files;
mod location;
mod lock;
mod rebuild;
mod store;
mod transaction;
mod worker_file;

pub use location::directory;
pub use lock::{Held, LockError, lock_within};
pub use rebuild::orphans;
pub use store::{State, Store, StoreError};
pub use transaction::Transaction;
pub use worker_file::{WorkerFile, WorkerNote};

/// Finished jobs kept on record in addition to every active one.
pub const JOBS_KEPT: usize = 50;
