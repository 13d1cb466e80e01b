//! The recorded cases that are played to the real Codex again.

use crate::model::Answer;

/// A case, and how the model answers in it.
pub struct Case {
    /// Its name in the recordings.
    pub name: &'static str,
    /// How the model answers.
    pub answer: Answer,
    /// How differences begin that come and go from run to run.
    pub varies: &'static [&'static str],
}

/// Messages that came while the recorded server was ending already.
const CUT_OFF: &[&str] = &[
    "not sent: {\"method\":\"thread/tokenUsage/updated\"",
    "not sent: {\"method\":\"thread/goal/cleared\"",
];

const HELLO: Answer = Answer::Says(
    "Hello from the mock model.",
    &["Hello from", " the mock model."],
);

const REFUSED: Answer = Answer::FailsOnce(
    400,
    "{\"error\":{\"message\":\"bad request here\",\"type\":\"invalid_request_error\",\"code\":\"bad\"}}",
    &HELLO,
);

/// Every case that is played again.
pub const CASES: [Case; 7] = [
    Case {
        name: "t01_success",
        answer: HELLO,
        varies: &[],
    },
    Case {
        name: "t02_list_resume",
        answer: HELLO,
        varies: CUT_OFF,
    },
    Case {
        name: "t03c_http400",
        answer: REFUSED,
        varies: &[],
    },
    Case {
        name: "t09b_optout",
        answer: HELLO,
        varies: &[],
    },
    Case {
        name: "t09d_no_initialized_notification",
        answer: HELLO,
        varies: &[],
    },
    Case {
        name: "t18_archive_unsubscribe",
        answer: HELLO,
        varies: &[],
    },
    Case {
        name: "t20_interrupt_finished_only",
        answer: HELLO,
        varies: &[],
    },
];
