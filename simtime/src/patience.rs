//! How long the world may be busy, on a machine that may be busy with other things.

use crate::system;
use crate::tree::Tree;
use std::time::{Duration, Instant};

/// So much real time passes before the waits of threads for a CPU are first counted.
const FIRST_COUNT: Duration = Duration::from_secs(1);
/// A world that gets no CPU at all is given up after so many times the limit.
const STARVED_FACTOR: u32 = 10;

/// Real time since a moment, less the time that the world's threads waited for a CPU: what others
/// use of the machine is not held against the world.
#[derive(Debug)]
pub struct Patience {
    start: Instant,
    /// What the threads had waited when it was first counted.
    baseline: Option<Duration>,
}

impl Patience {
    /// Begins now.
    pub fn new() -> Patience {
        Patience {
            start: Instant::now(),
            baseline: None,
        }
    }

    /// The world had its limit, or ten times as much without getting at it.
    pub fn is_over(&mut self, limit: Duration, tree: &Tree) -> bool {
        let elapsed = self.start.elapsed();
        if elapsed < FIRST_COUNT.min(limit) {
            return false;
        }
        let baseline = *self.baseline.get_or_insert_with(|| queued(tree));
        elapsed > limit && is_over(elapsed, queued(tree).saturating_sub(baseline), limit)
    }
}

fn is_over(elapsed: Duration, starved: Duration, limit: Duration) -> bool {
    elapsed.saturating_sub(starved) > limit || elapsed > limit.saturating_mul(STARVED_FACTOR)
}

/// How long the world's living threads and this one have waited for a CPU. Theirs are added up:
/// they take turns, so mostly one waits at a time.
fn queued(tree: &Tree) -> Duration {
    let tasks = tree.processes.values().flat_map(|process| &process.tasks);
    let waited = tasks.filter_map(|task| task.waited_for_cpu()).sum::<u64>();
    Duration::from_nanos(waited.saturating_add(system::own_wait_for_cpu()))
}

#[cfg(test)]
mod tests {
    use super::is_over;
    use std::time::Duration;

    #[test]
    fn only_time_on_the_cpu_counts_until_ten_limits_have_passed() {
        let over = |elapsed, starved| {
            let seconds = Duration::from_secs;
            is_over(seconds(elapsed), seconds(starved), seconds(120))
        };
        assert!(!over(120, 0));
        assert!(over(121, 0));
        assert!(!over(121, 1));
        assert!(!over(1200, 1100));
        assert!(over(1200, 1000));
        assert!(over(1201, 1201));
    }
}
