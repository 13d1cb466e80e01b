//! What a hook's end means: its exit code, standard output and standard error.
//!
//! From the vendor's documentation of 2026-08; exit 0 with JSON was also observed.

use serde_json::{Map, Value};

/// How a hook command ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// Its exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it printed as errors.
    pub stderr: String,
    /// It was stopped at its timeout: what it printed is dropped.
    pub timed_out: bool,
}

/// What Claude Code takes from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Context for the model that the event happened in.
    pub context: Option<String>,
    /// The event is blocked, with this reason; for Stop and SubagentStop the turn goes on.
    pub block: Option<String>,
    /// The model is shown this feedback, and nothing is blocked.
    pub feedback: Option<String>,
    /// Claude is to stop altogether, with this reason.
    pub halt: Option<String>,
    /// A message for the user.
    pub message: Option<String>,
    /// What the user sees of a hook that went wrong, without anything being blocked.
    pub problem: Option<String>,
    /// Context that was too long to be passed on: the whole of it belongs in a file.
    pub overflow: Option<String>,
}

/// Reads the end of a hook of `event`. `limit` is how many characters of context are passed on
/// whole, `overflow_path` the file that longer context goes to.
pub fn take(event: &str, ended: &Ended, limit: usize, overflow_path: &str) -> Taken {
    if ended.timed_out {
        return problem("timed out; its output is dropped");
    }
    let mut taken = match ended.code {
        Some(0) => succeeded(event, &ended.stdout),
        Some(2) => refused(event, ended.stderr.trim()),
        Some(code) => problem(&with_detail(
            &format!("exited with code {code}"),
            &ended.stderr,
        )),
        None => problem(&with_detail("was ended by a signal", &ended.stderr)),
    };
    if let Some(context) = taken.context.take() {
        let length = context.chars().count();
        taken.context = Some(if length > limit {
            preview(&context, length, overflow_path)
        } else {
            context.clone()
        });
        taken.overflow = (length > limit).then_some(context);
    }
    taken
}

/// The events whose plain output on exit 0 becomes context.
const PLAIN_OUTPUT_IS_CONTEXT: [&str; 2] = ["SessionStart", "UserPromptSubmit"];

/// How many characters of context that is too long are shown.
const PREVIEW: usize = 2000;

fn succeeded(event: &str, stdout: &str) -> Taken {
    let stdout = stdout.trim();
    if !stdout.starts_with('{') {
        let plain = PLAIN_OUTPUT_IS_CONTEXT.contains(&event) && !stdout.is_empty();
        return Taken {
            context: plain.then(|| stdout.to_owned()),
            ..Taken::default()
        };
    }
    match serde_json::from_str::<Value>(stdout) {
        Ok(Value::Object(output)) => answered(event, &output),
        _ => problem("printed something that begins like JSON and is none"),
    }
}

fn answered(event: &str, output: &Map<String, Value>) -> Taken {
    let text =
        |fields: &Map<String, Value>, name: &str| fields.get(name)?.as_str().map(str::to_owned);
    let mut taken = Taken {
        message: text(output, "systemMessage"),
        ..Taken::default()
    };
    if output.get("continue") == Some(&Value::Bool(false)) {
        taken.halt = Some(text(output, "stopReason").unwrap_or_default());
    }
    match output.get("decision").and_then(Value::as_str) {
        Some("block") => taken.block = Some(text(output, "reason").unwrap_or_default()),
        Some("approve") | None => {}
        Some(other) => return problem(&format!("printed the decision `{other}`, which is none")),
    }
    match output.get("hookSpecificOutput") {
        None => {}
        Some(Value::Object(specific)) => {
            match specific.get("hookEventName").and_then(Value::as_str) {
                Some(name) if name == event => {
                    taken.context = text(specific, "additionalContext");
                    if text(specific, "permissionDecision").as_deref() == Some("deny") {
                        taken.block =
                            Some(text(specific, "permissionDecisionReason").unwrap_or_default());
                    }
                }
                Some(name) => return problem(&format!("answered for `{name}`, not for {event}")),
                None => return problem("printed hookSpecificOutput without hookEventName"),
            }
        }
        Some(_) => return problem("printed a hookSpecificOutput that is no object"),
    }
    taken
}

/// Exit code 2: what was not done yet is blocked, what was done gets feedback.
fn refused(event: &str, stderr: &str) -> Taken {
    let reason = Some(stderr.to_owned());
    match event {
        "PreToolUse" | "Stop" | "SubagentStop" | "UserPromptSubmit" => Taken {
            block: reason,
            ..Taken::default()
        },
        "PostToolUse" | "PostToolUseFailure" => Taken {
            feedback: reason,
            ..Taken::default()
        },
        _ => problem(&with_detail("exited with code 2", stderr)),
    }
}

fn preview(context: &str, length: usize, path: &str) -> String {
    let shown: String = context.chars().take(PREVIEW).collect();
    format!(
        "Output too large ({length} characters). Full output saved to: {path}\n\nPreview (first {PREVIEW} characters):\n{shown}"
    )
}

fn problem(what: &str) -> Taken {
    Taken {
        problem: Some(what.to_owned()),
        ..Taken::default()
    }
}

fn with_detail(what: &str, stderr: &str) -> String {
    match stderr.trim() {
        "" => what.to_owned(),
        detail => format!("{what}: {detail}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(event: &str, code: i32, stdout: &str, stderr: &str) -> Taken {
        let ended = Ended {
            code: Some(code),
            stdout: stdout.into(),
            stderr: stderr.into(),
            timed_out: false,
        };
        take(event, &ended, 10_000, "/h.txt")
    }

    fn context(text: &str) -> String {
        serde_json::json!({"hookSpecificOutput": {"hookEventName": "PostToolUse", "additionalContext": text}}).to_string()
    }

    #[test]
    fn what_a_hook_printed_before_its_timeout_is_dropped() {
        let ended = Ended {
            stdout: context("late"),
            timed_out: true,
            ..Ended::default()
        };
        let taken = take("PostToolUse", &ended, 10_000, "/h.txt");
        assert_eq!(taken, problem("timed out; its output is dropped"));
    }

    #[test]
    fn other_exit_codes_and_signals_block_nothing() {
        let failed = taken("PostToolUse", 1, &context("said"), "boom\n");
        assert_eq!(failed, problem("exited with code 1: boom"));
        let killed = take("Stop", &Ended::default(), 10_000, "/h.txt");
        assert_eq!(killed, problem("was ended by a signal"));
    }

    #[test]
    fn exit_code_2_depends_on_the_event() {
        assert_eq!(
            taken("Stop", 2, "", "not yet\n").block.as_deref(),
            Some("not yet")
        );
        assert_eq!(
            taken("PostToolUse", 2, "", "look").feedback.as_deref(),
            Some("look")
        );
        assert_eq!(
            taken("SessionEnd", 2, "", "x"),
            problem("exited with code 2: x")
        );
    }

    #[test]
    fn json_that_is_none_or_answers_another_event_is_a_problem() {
        assert!(taken("PostToolUse", 0, "{oops", "").problem.is_some());
        let other = taken("Stop", 0, &context("x"), "");
        assert_eq!(other, problem("answered for `PostToolUse`, not for Stop"));
        let nameless = taken(
            "Stop",
            0,
            r#"{"hookSpecificOutput": {"additionalContext": "x"}}"#,
            "",
        );
        assert!(nameless.problem.is_some());
        assert!(
            taken("Stop", 0, r#"{"decision": "maybe"}"#, "")
                .problem
                .is_some()
        );
    }

    #[test]
    fn plain_output_is_context_only_at_the_start_of_a_session() {
        assert_eq!(taken("PostToolUse", 0, "hello", ""), Taken::default());
        assert_eq!(
            taken("SessionStart", 0, "hello\n", "").context.as_deref(),
            Some("hello")
        );
        assert_eq!(taken("PostToolUse", 0, "", "noise"), Taken::default());
    }

    #[test]
    fn context_decision_and_messages_are_taken() {
        assert_eq!(
            taken("PostToolUse", 0, &context("said"), "")
                .context
                .as_deref(),
            Some("said")
        );
        let stop = taken(
            "Stop",
            0,
            r#"{"decision": "block", "reason": "not yet", "systemMessage": "m"}"#,
            "",
        );
        assert_eq!(
            (stop.block.as_deref(), stop.message.as_deref()),
            (Some("not yet"), Some("m"))
        );
        let halt = taken(
            "Stop",
            0,
            r#"{"continue": false, "stopReason": "enough"}"#,
            "",
        );
        assert_eq!(halt.halt.as_deref(), Some("enough"));
    }

    #[test]
    fn long_context_goes_to_a_file_with_a_preview() {
        let whole = "x".repeat(10_001);
        let long = taken("PostToolUse", 0, &context(&whole), "");
        let shown = long.context.unwrap();
        assert!(
            shown.starts_with("Output too large (10001 characters). Full output saved to: /h.txt")
        );
        assert!(shown.len() < 3000);
        assert_eq!(long.overflow, Some(whole));
        let fits = taken("PostToolUse", 0, &context(&"x".repeat(10_000)), "");
        assert_eq!(fits.overflow, None);
    }
}
