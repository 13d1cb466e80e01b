//! How a world is set up.

use crate::answers::Answer;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// How a world is set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder in which the world's private folder is created (shared memory, wake-up pipes,
    /// the preload library); removed again when the coordinator is dropped. `/dev/shm` when it
    /// exists, else the system's temporary folder.
    pub directory: PathBuf,
    /// What `CLOCK_REALTIME` says at virtual zero.
    pub epoch: SystemTime,
    /// The CPU on which the calling thread and every process of the world run; the one on which
    /// the caller runs at the moment when `None`.
    pub cpu: Option<usize>,
    /// Look again this much real time after each decision that the world is quiescent, and count
    /// each time that something had run all the same ([`crate::Statistics::false_quiescence`]).
    pub audit: Option<Duration>,
    /// Let short, repeated polls fire late; see [`Coalesce`].
    pub coalesce: Option<Coalesce>,
    /// Virtual time that an orphan stays a zombie before it is reaped, as under a slow init.
    /// Zero reaps at once. Processes started by the caller itself are always reaped at once.
    pub reap_delay: Duration,
    /// Threads that want to go on at the same virtual time do so one after the other, in order of
    /// birth, each until it waits. Otherwise they race as they do in real life, and the machine
    /// decides.
    pub turns: bool,
    /// Programs whose answer is known, so that they need not be started; see [`Answer`].
    pub answers: Vec<Answer>,
}

/// Leaves out short, repeated polls that would find nothing new, so that waiting for a long job
/// costs few events.
///
/// A wait counts as a poll when its length is at most [`Coalesce::poll`] and its thread has made
/// waits of the same length right before. A poll keeps its rhythm, and is only left out when it
/// has fired since anything else happened: a wait that is not a poll ended, the caller moved the
/// clock, sent a signal or released a process, or a poll did more than wait again. It is never
/// left out past the limit given to [`crate::Coordinator::advance`], the deadline of any wait
/// that is not a poll, or [`Coalesce::quantum`]. So results are the same, unless a program
/// counts its polls, gives up polling at a time of its own (it may be late by the quantum), or
/// one poll looks for what another one does while it goes on polling. Where one poll wakes the
/// thread of another one by something else than time, that one may find that its own time has
/// passed and look at once, up to the length of its wait too early.
#[derive(Debug, Clone)]
pub struct Coalesce {
    /// For how long a poll may be left out.
    pub quantum: Duration,
    /// The longest wait that counts as a poll.
    pub poll: Duration,
    /// Processes whose waits are always exact: patterns with `*` and `?`, matched against the
    /// arguments joined by spaces.
    pub exact: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        let shared = PathBuf::from("/dev/shm");
        Options {
            directory: if shared.is_dir() {
                shared
            } else {
                std::env::temp_dir()
            },
            epoch: SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600),
            cpu: None,
            audit: None,
            coalesce: None,
            reap_delay: Duration::ZERO,
            turns: true,
            answers: Vec::new(),
        }
    }
}

impl Default for Coalesce {
    fn default() -> Self {
        Coalesce {
            quantum: Duration::from_secs(10),
            poll: Duration::from_secs(2),
            exact: Vec::new(),
        }
    }
}
