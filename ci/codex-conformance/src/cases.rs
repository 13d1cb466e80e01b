//! The recorded cases that are played to the real Codex again.

use crate::model::Answer::{Calls, Fails, Hangs, Says, SaysPlainly, Stops, Tells};
use crate::model::{Answer, Answers};

/// A case, and how the model answers in it.
pub struct Case {
    /// Its name in the recordings.
    pub name: &'static str,
    /// How the model answers.
    pub answers: Answers,
    /// How often a request, and how often a stream is tried again.
    pub retries: (u32, u32),
    /// The case is played to no version but these; empty for all.
    pub only: &'static [&'static str],
    /// What is in differences that come and go from run to run, or from machine to machine.
    pub varies: &'static [&'static str],
}

const HELLO: Answer = Says(&["Hello from", " the mock model."]);

const REVIEW: Answer = SaysPlainly(&[
    "{\"findings\":[{\"title\":\"[P1] Bad thing\",\"body\":\"It is bad.\",\"confidence_score\":0.9,",
    "\"priority\":1,\"code_location\":{\"absolute_file_path\":\"/x/a.txt\",\"line_range\":{\"start\":1,\"end\":2}}}],",
    "\"overall_correctness\":\"patch is incorrect\",\"overall_explanation\":\"Found one.\",",
    "\"overall_confidence_score\":0.8}",
]);

const CREATED: &str = r#"{"type":"response.created","response":{"id":"resp-1"}}"#;

/// The beginning of a message.
const PARTIAL: &[&str] = &[
    CREATED,
    r#"{"type":"response.output_item.added","item":{"type":"message","role":"assistant","id":"msg-1","content":[]}}"#,
    r#"{"type":"response.output_text.delta","item_id":"msg-1","delta":"partial an"}"#,
];

const COMPLETED: &str = r#"{"type":"response.completed","response":{"id":"resp-1","usage":{"input_tokens":100,"input_tokens_details":{"cached_tokens":20},"output_tokens":50,"output_tokens_details":{"reasoning_tokens":10},"total_tokens":150}}}"#;

/// Messages that came while the recorded server was ending already.
const CUT_OFF: &[&str] = &[
    "not sent: {\"method\":\"thread/tokenUsage/updated\"",
    "not sent: {\"method\":\"thread/goal/cleared\"",
];

/// A command ends before or after the answer that called it.
const RACE: &[&str] = &["item/completed: .", "thread/tokenUsage/updated: ."];

/// Tokens are estimated from a prompt that tells of the machine.
const ESTIMATE: &[&str] = &[".tokenUsage.last.totalTokens is"];

/// The address of the model is told in the error.
const ADDRESS: &[&str] = &[
    "error: .params.error.message is \"unexpected status 401",
    "turn/completed: .params.turn.error.message is \"unexpected status 401",
];

/// The configuration was another when it was recorded.
const CONFIG: &[&str] = &[".result.config.", ".result.origins."];

/// The versions in which an interrupt before a turn begins does not vary from run to run.
const NEWER: &[&str] = &["0.134.0", "0.169.0"];

const fn only(only: &'static [&'static str], name: &'static str, answers: Answers) -> Case {
    Case {
        only,
        ..case(name, answers)
    }
}

const fn case(name: &'static str, answers: Answers) -> Case {
    Case {
        name,
        answers,
        retries: (0, 0),
        only: &[],
        varies: &[],
    }
}

const fn varying(name: &'static str, answers: Answers, varies: &'static [&'static str]) -> Case {
    Case {
        varies,
        ..case(name, answers)
    }
}

const fn retrying(name: &'static str, retries: (u32, u32), answers: Answers) -> Case {
    Case {
        retries,
        ..case(name, answers)
    }
}

/// An answer that ends as the model's failure with this code.
macro_rules! failed {
    ($code:literal, $message:literal) => {
        Tells(&[
            CREATED,
            concat!(
                r#"{"type":"response.failed","response":{"id":"resp-1","error":{"code":""#,
                $code,
                r#"","message":""#,
                $message,
                r#""}}}"#
            ),
        ])
    };
}

/// Every case that is played again.
pub const CASES: &[Case] = &[
    case("t01_success", &[HELLO]),
    varying("t02_list_resume", &[HELLO], CUT_OFF),
    case("t03a_http500", &[Fails(500, "{}"), HELLO]),
    retrying("t03b_http500_retries", (0, 2), &[Fails(500, "{}")]),
    case(
        "t03c_http400",
        &[
            Fails(
                400,
                r#"{"error":{"message":"bad request here","type":"invalid_request_error","code":"bad"}}"#,
            ),
            HELLO,
        ],
    ),
    varying(
        "t03d_http401",
        &[
            Fails(401, r#"{"error":{"message":"Invalid API key"}}"#),
            HELLO,
        ],
        ADDRESS,
    ),
    case(
        "t03e_usage_limit",
        &[
            Fails(
                429,
                r#"{"error":{"type":"usage_limit_reached","message":"limit","plan_type":"plus","resets_at":1900000000}}"#,
            ),
            HELLO,
        ],
    ),
    case(
        "t03f_http429",
        &[Fails(429, r#"{"error":{"message":"slow down"}}"#)],
    ),
    case("t03g_stream_cut", &[Tells(PARTIAL), HELLO]),
    retrying("t03h_stream_cut_retry_ok", (0, 2), &[Tells(PARTIAL), HELLO]),
    case(
        "t03i_stream_end_no_completed",
        &[
            Tells(&[
                CREATED,
                r#"{"type":"response.output_item.done","item":{"type":"message","role":"assistant","id":"m1","content":[{"type":"output_text","text":"done text"}]}}"#,
            ]),
            HELLO,
        ],
    ),
    case(
        "t03k_response_failed",
        &[
            failed!(
                "rate_limit_exceeded",
                "Rate limit reached. Please try again in 1s."
            ),
            HELLO,
        ],
    ),
    varying(
        "t03l_context_window",
        &[failed!("context_length_exceeded", "too long"), HELLO],
        ESTIMATE,
    ),
    case(
        "t03n_insufficient_quota",
        &[failed!("insufficient_quota", "no quota"), HELLO],
    ),
    case(
        "t03o_server_overloaded",
        &[failed!("server_is_overloaded", "overloaded"), HELLO],
    ),
    case("t04b_interrupt_hang_headers", &[Hangs]),
    only(NEWER, "t04d_interrupt_immediately", &[Hangs]),
    case("t05_hang_8s_no_output", &[Hangs]),
    varying("t05c_eof_midturn", &[Stops(PARTIAL)], CUT_OFF),
    varying("t05d_sigterm_midturn", &[Stops(PARTIAL)], CUT_OFF),
    varying("t05e_sigint_midturn", &[Stops(PARTIAL)], CUT_OFF),
    varying("t05f_sigkill_midturn", &[Stops(PARTIAL)], CUT_OFF),
    varying("t05i_sighup_midturn", &[Stops(PARTIAL)], CUT_OFF),
    case("t05k_sigterm_idle", &[HELLO]),
    case(
        "t06a_exec_full",
        &[Calls("exec_command", r#"{"cmd":"echo hi; ls"}"#), HELLO],
    ),
    case(
        "t06d_exec_fail",
        &[
            Calls("exec_command", r#"{"cmd":"echo err >&2; exit 3"}"#),
            HELLO,
        ],
    ),
    case("t06f_unknown_tool", &[Calls("no_such_tool", "{}"), HELLO]),
    varying(
        "t08a_approval_accept",
        &[
            Calls("exec_command", r#"{"cmd":"mkdir sub && echo hi > sub/x"}"#),
            HELLO,
        ],
        RACE,
    ),
    case(
        "t08b_approval_decline",
        &[
            Calls("exec_command", r#"{"cmd":"mkdir sub && echo hi > sub/x"}"#),
            HELLO,
        ],
    ),
    case(
        "t08c_approval_cancel",
        &[
            Calls("exec_command", r#"{"cmd":"mkdir sub && echo hi > sub/x"}"#),
            HELLO,
        ],
    ),
    case(
        "t08d_approval_error",
        &[
            Calls("exec_command", r#"{"cmd":"mkdir sub && echo hi > sub/x"}"#),
            HELLO,
        ],
    ),
    varying("t09a_errors", &[HELLO], CONFIG),
    case("t09b_optout", &[HELLO]),
    case("t09d_no_initialized_notification", &[HELLO]),
    case("t10a_review_uncommitted", &[REVIEW]),
    case("t10b_review_detached", &[REVIEW]),
    case("t10d_review_custom", &[REVIEW]),
    case(
        "t10e_review_plaintext",
        &[SaysPlainly(&["Reviewed. No issues."])],
    ),
    case("t10f_review_http500", &[Fails(500, "{}")]),
    case("t10g_review_interrupt", &[Hangs]),
    case(
        "t11_output_schema",
        &[Says(&[
            "{\"verdict\"",
            ":\"approve\",\"summary\":\"ok\",\"findings\":[],\"next_steps\":[]}",
        ])],
    ),
    case(
        "t13_reasoning",
        &[Tells(&[
            CREATED,
            r#"{"type":"response.output_item.added","item":{"type":"reasoning","id":"rs-1","summary":[]}}"#,
            r#"{"type":"response.reasoning_summary_part.added","item_id":"rs-1","summary_index":0}"#,
            r#"{"type":"response.reasoning_summary_text.delta","item_id":"rs-1","summary_index":0,"delta":"**Inspecting"}"#,
            r#"{"type":"response.reasoning_summary_text.delta","item_id":"rs-1","summary_index":0,"delta":" the prompt**"}"#,
            r#"{"type":"response.output_item.done","item":{"type":"reasoning","id":"rs-1","summary":[{"type":"summary_text","text":"**Inspecting the prompt**\n\nLooked at evidence."}]}}"#,
            r#"{"type":"response.output_item.added","item":{"type":"message","role":"assistant","id":"m0","phase":"commentary","content":[]}}"#,
            r#"{"type":"response.output_text.delta","item_id":"m0","delta":"I will look."}"#,
            r#"{"type":"response.output_item.done","item":{"type":"message","role":"assistant","id":"m0","phase":"commentary","content":[{"type":"output_text","text":"I will look."}]}}"#,
            r#"{"type":"response.output_item.added","item":{"type":"message","role":"assistant","id":"m1","phase":"final_answer","content":[]}}"#,
            r#"{"type":"response.output_text.delta","item_id":"m1","delta":"Done."}"#,
            r#"{"type":"response.output_item.done","item":{"type":"message","role":"assistant","id":"m1","phase":"final_answer","content":[{"type":"output_text","text":"Done."}]}}"#,
            COMPLETED,
        ])],
    ),
    case("t18_archive_unsubscribe", &[HELLO]),
    case("t20_interrupt_finished_only", &[HELLO]),
];
