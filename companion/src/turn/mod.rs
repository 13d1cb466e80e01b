//! One Codex turn, from its start to a certain end.
//!
//! A turn succeeded when the server said `turn/completed` with status
//! `completed` and gave a final answer. Everything else is an end without
//! success that names its reason; there is no way to wait for ever.

mod capture;
mod items;
mod limits;
mod run;

pub use capture::Capture;
pub use limits::Limits;
pub use run::{Stop, run};

/// Something that happened in a turn, for the job's record and log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// A line for the log.
    pub message: Option<String>,
    /// The phase that the job is in now.
    pub phase: Option<&'static str>,
    /// The thread, when it became known.
    pub thread: Option<String>,
    /// The turn, when it became known.
    pub turn: Option<String>,
    /// A titled block for the log.
    pub block: Option<(String, String)>,
}

impl Progress {
    /// A line in a phase.
    pub fn line(message: impl Into<String>, phase: Option<&'static str>) -> Self {
        Self {
            message: Some(message.into()),
            phase,
            ..Self::default()
        }
    }
}

/// Takes progress; false means that the job has ended and the turn must stop.
pub type Reporter<'a> = dyn FnMut(Progress) -> bool + 'a;

/// How a turn ended.
#[derive(Debug, Clone, Default)]
pub struct TurnEnd {
    /// The thread.
    pub thread: String,
    /// The turn.
    pub turn: Option<String>,
    /// Whether it completed with a final answer.
    pub completed: bool,
    /// The final answer, or the last message of a turn without one.
    pub text: String,
    /// The text of a review.
    pub review: String,
    /// Sections of the reasoning summary.
    pub reasoning: Vec<String>,
    /// Files that Codex changed.
    pub touched: Vec<String>,
    /// Why it did not complete.
    pub error: Option<String>,
    /// Whether Codex agreed to an interrupt; none when it was not asked.
    pub interrupted: Option<bool>,
}
