//! The Bash tool: its input, and what it returns however the command ended.

use super::{Outcome, Returned};
use crate::claude::facts::{Bash, Seconds};
use crate::claude::profile::Profile;
use crate::claude::text::{duration, fill};
use serde_json::{Map, Value, json};

/// What a command printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

/// Who called Bash: it decides what becomes of a command in the background.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The main thread.
    MainThread,
    /// A subagent that the main thread waits for.
    ForegroundSubagent,
    /// A subagent in the background.
    BackgroundSubagent,
}

/// How a Bash call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BashEnd {
    /// The command ended by itself.
    Exited {
        /// Its exit code; 128 and the signal's number when a signal ended it.
        code: i32,
        /// What it printed.
        output: Output,
    },
    /// It was killed at its timeout.
    TimedOut {
        /// The timeout in milliseconds.
        timeout_ms: u64,
        /// What it had printed.
        output: Output,
    },
    /// The user interrupted it.
    Aborted {
        /// What it had printed.
        output: Output,
    },
    /// It goes on in the background.
    Background {
        /// How it came there.
        moved: Moved,
        /// The id of the task.
        id: String,
        /// The file that its output is written to.
        path: String,
        /// Who called.
        owner: Owner,
        /// What it had printed.
        output: Output,
    },
}

/// How a command came to run in the background.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// The call asked for it.
    Explicit,
    /// It outlived its timeout, in milliseconds.
    Timeout(u64),
    /// The user moved it.
    ByUser,
}

/// The `tool_input` of a Bash call.
pub fn bash_input(
    command: &str,
    timeout_ms: Option<u64>,
    description: &str,
    background: Option<bool>,
) -> Value {
    let mut input = Map::new();
    input.insert("command".into(), command.into());
    if let Some(timeout) = timeout_ms {
        input.insert("timeout".into(), timeout.into());
    }
    input.insert("description".into(), description.into());
    if let Some(background) = background {
        input.insert("run_in_background".into(), background.into());
    }
    Value::Object(input)
}

/// The timeout of a call that asks for `asked` milliseconds.
pub fn effective_timeout(asked: Option<u64>, facts: &Bash) -> u64 {
    asked
        .unwrap_or(facts.default_timeout_ms)
        .min(facts.max_timeout_ms)
}

/// How long a command may run in the background, in milliseconds: it is stopped then. One that a
/// foreground subagent owns has no limit of its own; it ends with the subagent.
pub fn background_limit(moved: Moved, owner: Owner, facts: &Bash) -> Option<u64> {
    match (moved, owner) {
        (_, Owner::ForegroundSubagent) => None,
        (Moved::Explicit | Moved::ByUser, _) => facts.explicit_limit_ms,
        (Moved::Timeout(_), _) => facts.auto_background.limit_ms,
    }
}

impl BashEnd {
    /// What the call returned.
    pub fn returned(&self, profile: &Profile) -> Returned {
        let text = &profile.bash.text;
        match self {
            BashEnd::Exited { code: 0, output } => {
                let (stdout, stderr) = trimmed(output);
                let shown = joined(&[stdout, stderr]);
                let shown = if shown.is_empty() {
                    text.no_output.clone()
                } else {
                    shown
                };
                Returned {
                    outcome: Outcome::Response(response(stdout, stderr, false)),
                    blocks: vec![shown],
                }
            }
            BashEnd::Exited { code, output } => {
                let (stdout, stderr) = trimmed(output);
                let first = fill(&text.exit_code, &[("code", &code.to_string())]);
                Returned::failure(joined(&[&first, stdout, stderr]), false)
            }
            BashEnd::TimedOut { timeout_ms, output } => {
                let (stdout, stderr) = trimmed(output);
                let first = fill(&text.exit_code, &[("code", "143")]);
                let timed_out = fill(&text.timed_out, &[("duration", &duration(*timeout_ms))]);
                let last = if stderr.is_empty() {
                    timed_out
                } else {
                    format!("{timed_out} {stderr}")
                };
                Returned::failure(joined(&[&first, stdout, &last]), false)
            }
            BashEnd::Aborted { output } => {
                let (stdout, stderr) = trimmed(output);
                let shown = joined(&[stdout, stderr, &text.aborted]);
                Returned {
                    outcome: Outcome::Response(response(stdout, stderr, true)),
                    blocks: vec![shown],
                }
            }
            BashEnd::Background {
                moved,
                id,
                path,
                owner,
                output,
            } => in_background(profile, *moved, id, path, *owner, output),
        }
    }
}

fn in_background(
    profile: &Profile,
    moved: Moved,
    id: &str,
    path: &str,
    owner: Owner,
    output: &Output,
) -> Returned {
    let text = &profile.bash.text;
    let facts = &profile.bash.auto_background;
    let (stdout, stderr) = if facts.shows_output {
        trimmed(output)
    } else {
        ("", "")
    };
    let owned = owner == Owner::ForegroundSubagent;
    let fate = if owned {
        &text.fate_in_foreground_subagent
    } else {
        &text.fate
    };
    let limit = match background_limit(moved, owner, &profile.bash) {
        Some(limit) => fill(&text.limit, &[("minutes", &(limit / 60_000).to_string())]),
        None => String::new(),
    };
    let silence = if stdout.is_empty() && stderr.is_empty() {
        text.silence.as_str()
    } else {
        ""
    };
    let (template, seconds) = match moved {
        Moved::Explicit => (&text.explicit, 0),
        Moved::Timeout(timeout) => (&text.timeout, seconds(timeout, facts.seconds)),
        Moved::ByUser => (&text.by_user, 0),
    };
    let said = fill(
        template,
        &[
            ("id", id),
            ("path", path),
            ("fate", fate),
            ("limit", &limit),
            ("silence", silence),
            ("seconds", &seconds.to_string()),
        ],
    );
    let mut response = response(stdout, stderr, false);
    response["backgroundTaskId"] = json!(id);
    if moved == Moved::ByUser {
        response["backgroundedByUser"] = json!(true);
    }
    if profile.payload.bash_timeout_fields {
        if let Moved::Timeout(timeout) = moved {
            response["timedOutAfterMs"] = json!(timeout);
        }
        if owned {
            response["backgroundEndsWithFinalResponse"] = json!(true);
        }
    }
    Returned {
        outcome: Outcome::Response(response),
        blocks: vec![joined(&[stdout, stderr, &said])],
    }
}

fn response(stdout: &str, stderr: &str, interrupted: bool) -> Value {
    json!({
        "stdout": stdout,
        "stderr": stderr,
        "interrupted": interrupted,
        "isImage": false,
        "noOutputExpected": false,
    })
}

fn seconds(milliseconds: u64, how: Seconds) -> u64 {
    match how {
        Seconds::Floor => milliseconds / 1000,
        Seconds::Round => (milliseconds + 500) / 1000,
    }
}

/// The output without empty lines before and after it.
fn trimmed(output: &Output) -> (&str, &str) {
    (bare(&output.stdout), output.stderr.trim())
}

fn bare(text: &str) -> &str {
    let text = text.trim_end();
    let empty = text
        .split_inclusive('\n')
        .take_while(|line| line.trim().is_empty());
    &text[empty.map(str::len).sum()..]
}

fn joined(parts: &[&str]) -> String {
    parts
        .iter()
        .filter(|part| !part.is_empty())
        .copied()
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests;
