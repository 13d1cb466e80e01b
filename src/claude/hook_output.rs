//! What a hook's end means: its exit code, standard output and standard error.
//!
//! Observed on 2.1.197 and 2.1.330; `continue` and `systemMessage` from the documentation of 2026-08.

use super::facts::HookText;
use super::text::fill;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

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
    /// The event is blocked; for Stop and SubagentStop the turn goes on, and what was done already gets feedback.
    pub block: Option<Block>,
    /// Claude is to stop altogether, with this reason.
    pub halt: Option<String>,
    /// A message for the user.
    pub message: Option<String>,
    /// What the user sees of a hook that went wrong, without anything being blocked.
    pub problem: Option<String>,
    /// Context that was too long to be passed on: the whole of it belongs in a file.
    pub overflow: Option<Overflow>,
}

/// A hook blocks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// The reason as it is told: of an answer its own words, of exit code 2 the command and its errors.
    pub reason: String,
    /// The hook's command as it is told.
    pub command: String,
    /// It exited with code 2; else it answered.
    pub by_exit: bool,
}

/// Context that was too long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overflow {
    /// The file that it belongs in.
    pub path: String,
    /// The whole of it.
    pub text: String,
}

/// The hook that ended.
#[derive(Clone, Copy, Debug)]
pub struct Hook<'a> {
    /// The event.
    pub event: &'a str,
    /// The id of the tool call that it is about, or another name for the occasion.
    pub call: &'a str,
    /// The command as hooks.json has it.
    pub written: &'a str,
    /// The command with the plugin's folder in it.
    pub expanded: &'a str,
    /// The name of the plugin.
    pub plugin: &'a str,
    /// The folder for what is too long to be told.
    pub results: &'a str,
    /// How many characters of context are passed on whole.
    pub limit: usize,
    /// What the version says of hooks.
    pub text: &'a HookText,
}

/// Reads the end of a hook.
pub fn take(hook: &Hook<'_>, ended: &Ended) -> Taken {
    if ended.timed_out {
        return problem("timed out; its output is dropped");
    }
    let mut taken = match ended.code {
        Some(0) => succeeded(hook, &ended.stdout),
        Some(2) => refused(hook, &ended.stderr),
        Some(code) => problem(&with_detail(
            &format!("exited with code {code}"),
            &ended.stderr,
        )),
        None => problem(&with_detail("was ended by a signal", &ended.stderr)),
    };
    if let Some(context) = taken.context.take() {
        let fits = context.chars().count() <= hook.limit;
        let overflow = (!fits).then(|| overflow(hook, &context));
        taken.context = Some(match &overflow {
            None => context,
            Some(overflow) => preview(hook, overflow),
        });
        taken.overflow = overflow;
    }
    taken
}

/// The events whose plain output on exit 0 becomes context.
const PLAIN_OUTPUT_IS_CONTEXT: [&str; 2] = ["SessionStart", "UserPromptSubmit"];

/// How many characters of context that is too long are shown.
const PREVIEW: usize = 2000;

fn succeeded(hook: &Hook<'_>, stdout: &str) -> Taken {
    let stdout = stdout.trim();
    if !stdout.starts_with('{') {
        let plain = PLAIN_OUTPUT_IS_CONTEXT.contains(&hook.event) && !stdout.is_empty();
        return Taken {
            context: plain.then(|| stdout.to_owned()),
            ..Taken::default()
        };
    }
    match serde_json::from_str::<Value>(stdout) {
        Ok(Value::Object(output)) => answered(hook, &output),
        _ => problem("printed something that begins like JSON and is none"),
    }
}

fn answered(hook: &Hook<'_>, output: &Map<String, Value>) -> Taken {
    let event = hook.event;
    let block = |reason: Option<String>| Block {
        reason: reason.unwrap_or_default(),
        command: hook.written.to_owned(),
        by_exit: false,
    };
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
        Some("block") => taken.block = Some(block(text(output, "reason"))),
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
                        taken.block = Some(block(text(specific, "permissionDecisionReason")));
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

/// The events that exit code 2 blocks, or gives feedback about when it is too late for that.
const BLOCKABLE: [&str; 6] = [
    "PreToolUse",
    "PostToolUse",
    "PostToolUseFailure",
    "Stop",
    "SubagentStop",
    "UserPromptSubmit",
];

fn refused(hook: &Hook<'_>, stderr: &str) -> Taken {
    if !BLOCKABLE.contains(&hook.event) {
        return problem(&with_detail("exited with code 2", stderr));
    }
    let command = if hook.text.exit_2_expanded {
        hook.expanded
    } else {
        hook.written
    };
    let values = [
        ("command", command),
        ("stderr", stderr),
        ("plugin", hook.plugin),
    ];
    let block = Block {
        reason: fill(&hook.text.exit_2, &values),
        command: command.to_owned(),
        by_exit: true,
    };
    Taken {
        block: Some(block),
        ..Taken::default()
    }
}

fn overflow(hook: &Hook<'_>, context: &str) -> Overflow {
    let digest: String = Sha256::digest(context)
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let values = [
        ("call", hook.call),
        ("event", hook.event),
        ("digest", &digest),
    ];
    let name = fill(&hook.text.too_long_file, &values);
    Overflow {
        path: format!("{}/{name}", hook.results),
        text: context.to_owned(),
    }
}

fn preview(hook: &Hook<'_>, Overflow { path, text }: &Overflow) -> String {
    let shown: String = text.chars().take(PREVIEW).collect();
    let size = size(text.len());
    let values = [("size", size.as_str()), ("path", path), ("preview", &shown)];
    fill(&hook.text.too_long, &values)
}

/// Bytes as Claude Code tells them: `9.8KB`.
fn size(bytes: usize) -> String {
    let tenths = (bytes * 10 + 512) / 1024;
    match (tenths / 10, tenths % 10) {
        (whole, 0) => format!("{whole}KB"),
        (whole, tenth) => format!("{whole}.{tenth}KB"),
    }
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
mod tests;
