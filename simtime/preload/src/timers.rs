//! Timers.

use crate::layout::Slot;

/// A timer that an exec leaves running.
pub fn survives_exec(_slot: &Slot) -> bool {
    false
}

/// A forked child has no timers.
pub fn forget() {}
