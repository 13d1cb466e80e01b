//! Everything this program says to Claude or the user, each text in one place.
//!
//! `vocabulary/builtin.yaml` holds the same texts by the same names, for the
//! scenarios of the harness; a test checks that both agree. Placeholders stand
//! in braces; a text has no newline at its end.

/// A text with its name in the vocabulary.
#[derive(Debug, Clone, Copy)]
pub struct Text {
    /// The name that scenarios use.
    pub name: &'static str,
    /// The text with placeholders.
    pub template: &'static str,
}

/// Fills the placeholders of a text. `{companion}` stands inside double quotes in
/// the templates; the value is given as a finished shell word and replaces them too.
pub fn render(text: Text, values: &[(&str, &str)]) -> String {
    let mut rendered = String::with_capacity(text.template.len() + 64);
    let mut rest = text.template;
    while let Some(start) = rest.find(['{', '"']) {
        rendered.push_str(&rest[..start]);
        rest = &rest[start..];
        let replaced = values.iter().find_map(|(name, value)| {
            let quoted = format!("\"{{{name}}}\"");
            let plain = format!("{{{name}}}");
            let length = if *name == "companion" && rest.starts_with(&quoted) {
                quoted.len()
            } else if rest.starts_with(&plain) {
                plain.len()
            } else {
                return None;
            };
            Some((*value, length))
        });
        let (piece, length) = replaced.unwrap_or((&rest[..1], 1));
        rendered.push_str(piece);
        rest = &rest[length..];
    }
    rendered.push_str(rest);
    rendered
}

macro_rules! texts {
    ($($(#[$doc:meta])* $constant:ident = $name:literal: $template:expr;)*) => {
        $($(#[$doc])* pub const $constant: Text = Text { name: $name, template: $template };)*
        /// Every text.
        #[cfg(test)]
        pub const ALL: &[Text] = &[$($constant),*];
    };
}

texts! {
    // What the hook tells the main thread.
    /// A job of this call completed and the text is its output.
    COMPLETE = "complete": "The Codex run behind codex-rescue is finished: its job is recorded as completed, and the text above is its output. Nothing is running any more, so do not wait for a notification and do not poll. If the run was allowed to write, look at its changes with `git status` before building on them.";
    /// It returned; nothing proves success or failure.
    NEUTRAL = "neutral": "codex-rescue has returned and is not running. The text above is all that came back, and no job record vouches for it: check it against the disk (`git status` if the run could write) before relying on it. Do not wait for a notification and do not poll.";
    /// It returned without success.
    FAILURE = "failure": "codex-rescue ended without a recorded success. It is not running, so no notification will come. The work may be missing or half done: read the output above, check `git status`, then run it again or report the failure. Do not treat the task as done.";
    /// A job runs; how to be told of its end.
    WATCHER = "watcher": "Codex job {job} is running in the background. Nothing will announce its end by itself. To be told, run this command with the Bash tool and run_in_background=true: \"{companion}\" status {job} --wait --timeout-ms 1800000\nIt returns when the job has ended and thereby wakes you; start it again if the job is still running then. Until a terminal status is reported, do not treat the task as done.";
    /// The Bash call was moved to the background; which job it was is not known.
    BASH_BACKGROUND = "bash-background": "The Bash call of codex-rescue did not finish in the foreground: it was moved to the background, where Claude Code ends it together with the subagent. No notification will come from it. What it had printed is at {path}. A Codex job that it had started goes on without it: list the jobs with \"{companion}\" status, and check `git status` if the run could write. Do not treat the task as done.";
    /// The same without the path of the output.
    BASH_BACKGROUND_NO_PATH = "bash-background-no-path": "The Bash call of codex-rescue did not finish in the foreground: it was moved to the background, where Claude Code ends it together with the subagent. No notification will come from it. A Codex job that it had started goes on without it: list the jobs with \"{companion}\" status, and check `git status` if the run could write. Do not treat the task as done.";
    /// A job of this call completed, but its output is not in the text.
    FINISHED = "finished": "Codex job {job} has completed and is not running any more, but the text above is not its output. Read the result with: \"{companion}\" result {job}\nDo not wait for a notification. If the run was allowed to write, look at its changes with `git status`.";
    /// The job of this call was cancelled.
    CANCELLED = "cancelled": "Codex job {job} was cancelled and is not running. Changes that it made before that are still on disk: check `git status`. Do not treat the task as done, and do not wait for a notification.";

    // What the companion says.
    /// Under the dispatched sentinel of a background launch.
    DISPATCHED = "dispatched-stdout": "[[codex-task status=dispatched id={job}]]\nCodex job {job} runs in the background.\nNothing announces its end by itself; see how it stands with /codex:status {job}.\nTo be told, run this with the Bash tool and run_in_background=true: \"{companion}\" status {job} --wait --timeout-ms 1800000\nStart that command again if the job is still running when it returns.";
    /// A cancel came before the worker.
    CANCELLED_BEFORE_LAUNCH = "cancelled-before-launch": "Codex job {job} was cancelled before it started; nothing was done.";
    /// The worker could not be started.
    FAILED_BEFORE_LAUNCH = "failed-before-launch": "Codex job {job} could not be started: {error}";
    /// Why the worker could not be started.
    LAUNCH_FAILED = "launch-failed": "The background worker could not be started: {error}";
    /// The worker is gone without an end of the job.
    WORKER_EXITED = "worker-exited": "The worker of Codex job {job} is gone without having finished the job. Its Codex process ends with it, but files that it was editing may be half written: check `git status` before you go on, and see /codex:status {job} for its log.";
    /// The reason of a cancelled job.
    CANCELLED_BY_USER = "cancelled-by-user": "Cancelled by the user";
    /// Two options that exclude each other.
    CONFLICT_BACKGROUND_WAIT = "conflict-background-wait": "--background and --wait contradict each other: give one of them";
    /// Two options that exclude each other.
    CONFLICT_RESUME_FRESH = "conflict-resume-fresh": "--fresh starts a new thread and cannot be given with --resume, --resume-last or --resume-thread";
    /// A task without a prompt.
    NO_PROMPT = "no-prompt": "There is no prompt: give one as an argument, with --prompt-file or on stdin, or continue the last thread with --resume-last";
    /// No job matches the reference.
    NO_JOB_FOUND = "no-job-found": "No job matches \"{job}\" in {path}. /codex:status lists the jobs that are known";
    /// Several jobs match the reference.
    AMBIGUOUS_JOB = "ambiguous-job": "\"{job}\" matches more than one job. Give more of its id";
    /// `status --wait` without an id.
    WAIT_NEEDS_ID = "wait-needs-id": "status --wait needs the id of the job to wait for";
    /// Nothing to cancel.
    NO_ACTIVE_JOBS = "no-active-jobs": "No Codex job is active, so there is nothing to cancel";
    /// Nothing to cancel in this session.
    NO_ACTIVE_JOBS_IN_SESSION = "no-active-jobs-in-session": "No Codex job of this session is active, so there is nothing to cancel";
    /// Cancelling needs an id.
    SEVERAL_ACTIVE_JOBS = "several-active-jobs": "More than one Codex job is active. Say which one: /codex:cancel <job id>";
    /// The result of an active job.
    STILL_ACTIVE = "still-active": "Job {job} is still {status}. Its result can be read once it has ended; see /codex:status {job}";
    /// No result to show.
    NO_FINISHED_JOBS = "no-finished-jobs": "No Codex job of this workspace has finished yet";
    /// The `codex` program is missing.
    CODEX_MISSING = "codex-missing": "The codex command is not on PATH. Install it with `npm install -g @openai/codex`, then run /codex:setup";
    /// A completed turn without an answer.
    NO_FINAL_ANSWER = "no-final-answer": "Codex ended the turn without a final answer, so the task is incomplete";
    /// Nothing is known about why a turn failed.
    NO_FINAL_MESSAGE = "no-final-message": "Codex gave no final message";
    /// Resume without a thread.
    NO_THREAD_TO_RESUME = "no-thread-to-resume": "There is no earlier Codex task thread in this workspace to continue";
    /// Resume while a task runs.
    TASK_STILL_RUNNING = "task-still-running": "Task {job} is still running. Wait for it or cancel it before continuing its thread; see /codex:status";
    /// An effort that Codex does not know.
    UNKNOWN_EFFORT = "unknown-effort": "\"{effort}\" is no reasoning effort. Use none, minimal, low, medium, high or xhigh";
    /// The first input item of a turn that may write.
    BOUNDARY_NOTICE = "boundary-notice": "WORKSPACE: you may create and change files only below {path}; the sandbox makes everything else read-only. Do not test that boundary. If the task needs changes outside {path}, stop and say that it has to be sent again with `--cwd <that directory>`.";
    /// The prompt of a resumed thread without one.
    CONTINUE_PROMPT = "continue-prompt": "Continue from where this thread stands: take the most valuable next step and carry on until the task is done.";
    /// Codex ended in the middle of the work.
    CODEX_EXITED = "codex-exited": "codex app-server ended in the middle of the work ({reason})";
    /// Codex did not answer a request.
    REQUEST_TIMED_OUT = "request-timed-out": "codex app-server did not answer {method} within {seconds} s";
    /// Codex was silent for too long.
    IDLE_LIMIT = "idle-limit": "Codex was silent for {seconds} s, which is the limit for one turn's silence; the turn was stopped. Last event: {event}";
    /// The turn took too long.
    TURN_LIMIT = "turn-limit": "The turn reached its limit of {seconds} s and was stopped. Last event: {event}";
    /// The worker was told to stop by a signal.
    WORKER_SIGNALLED = "worker-signalled": "The worker of Codex job {job} was stopped by {signal}; its turn was interrupted";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Vocabulary {
        entries: BTreeMap<String, String>,
    }

    #[test]
    fn the_vocabulary_file_says_the_same() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../vocabulary/builtin.yaml");
        let text = std::fs::read_to_string(file).unwrap();
        let vocabulary: Vocabulary = serde_saphyr::from_str(&text).unwrap();
        let ours: BTreeMap<String, String> = ALL
            .iter()
            .map(|text| (text.name.to_owned(), text.template.to_owned()))
            .collect();
        for (name, template) in &ours {
            assert_eq!(vocabulary.entries.get(name), Some(template), "entry {name}");
        }
        assert_eq!(
            vocabulary.entries.len(),
            ours.len(),
            "no entry without a text in the code"
        );
    }

    #[test]
    fn no_text_promises_a_notification() {
        for text in ALL {
            let lower = text.template.to_lowercase();
            for promise in ["will notify", "will be notified", "you'll be notified"] {
                assert!(!lower.contains(promise), "{}", text.name);
            }
            assert!(!text.template.ends_with('\n'), "{}", text.name);
        }
    }

    #[test]
    fn placeholders_are_filled_once_and_values_are_left_alone() {
        let word = crate::quoting::shell_word("/it's {job}/$x");
        let text = render(WATCHER, &[("job", "task-1"), ("companion", &word)]);
        assert!(
            text.contains("'/it'\\''s {job}/$x' status task-1 --wait"),
            "{text}"
        );
        assert!(!text.contains("{companion}"));
    }
}
