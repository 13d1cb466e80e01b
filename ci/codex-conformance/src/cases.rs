//! The recorded cases that are played to the real Codex again.

use crate::model::Answer;

/// A case, and how the model answers in it.
pub struct Case {
    /// Its name in the recordings.
    pub name: &'static str,
    /// How the model answers.
    pub answer: Answer,
}

const HELLO: Answer =
    Answer::Says("Hello from the mock model.", &["Hello from", " the mock model."]);

/// Every case that is played again.
pub const CASES: [Case; 7] = [
    Case { name: "t01_success", answer: HELLO },
    Case { name: "t02_list_resume", answer: HELLO },
    Case { name: "t03a_http500", answer: Answer::Status(500, "{\"error\":{\"message\":\"boom\"}}") },
    Case { name: "t09b_optout", answer: HELLO },
    Case { name: "t09d_no_initialized_notification", answer: HELLO },
    Case { name: "t18_archive_unsubscribe", answer: HELLO },
    Case { name: "t20_interrupt_finished_only", answer: HELLO },
];
