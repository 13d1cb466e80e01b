//! A Stop hook that blocks: how often it may, and what the main thread is then told.

use super::facts::Hooks;

/// Counts the blocks of one turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StopGuard {
    blocked: u32,
}

impl StopGuard {
    /// What Stop hooks are given as `stop_hook_active`: whether the turn goes on because one blocked.
    pub fn active(self) -> bool {
        self.blocked > 0
    }

    /// A hook wants to block. Whether it may: not when the version's cap is reached.
    pub fn block(&mut self, facts: &Hooks) -> bool {
        let allowed = facts.stop_block_cap.is_none_or(|cap| self.blocked < cap);
        if allowed {
            self.blocked += 1;
        }
        allowed
    }

    /// The turn ended, or the user said something.
    pub fn reset(&mut self) {
        *self = StopGuard::default();
    }
}

/// The user message that makes the turn go on. From public transcripts.
pub fn feedback(reason: &str) -> String {
    format!("Stop hook feedback:\n{reason}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claude::profile::Profile;

    fn blocks(version: &str) -> usize {
        let facts = Profile::of(version).unwrap().hooks;
        let mut guard = StopGuard::default();
        (0..20).take_while(|_| guard.block(&facts)).count()
    }

    #[test]
    fn the_cap_came_with_2_1_143() {
        assert_eq!(blocks("2.1.140"), 20);
        assert_eq!(blocks("2.1.197"), 8);
    }

    #[test]
    fn a_turn_that_goes_on_is_marked() {
        let facts = Profile::of("2.1.197").unwrap().hooks;
        let mut guard = StopGuard::default();
        assert!(!guard.active());
        guard.block(&facts);
        assert!(guard.active());
        guard.reset();
        assert!(!guard.active());
    }
}
