//! Code reviews: what is reviewed, what Codex is asked, how its answer reads.

mod answer;
mod context;
mod git;
mod report;
mod target;

pub use answer::parse;
pub use context::{Context, collect};
pub use report::{native, structured};
pub use target::Target;

use std::path::PathBuf;

use crate::program::ProgramError;
use crate::texts::say;

/// A review cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// The directory lies in no repository.
    #[error("{}", say!(NO_REPOSITORY, path = .0.to_string_lossy()))]
    NoRepository(PathBuf),
    /// No branch to compare with was found.
    #[error("{}", say!(NO_DEFAULT_BRANCH))]
    NoDefaultBranch,
    /// The scope does not exist.
    #[error("{}", say!(UNKNOWN_SCOPE, scope = .0))]
    UnknownScope(String),
    /// The built-in reviewer takes no focus.
    #[error("{}", say!(REVIEW_TAKES_NO_FOCUS, focus = .0))]
    FocusNotTaken(String),
    /// Git failed.
    #[error("{}", say!(GIT_FAILED, command = .command, error = .detail))]
    Git {
        /// Its arguments.
        command: String,
        /// What it said.
        detail: String,
    },
    /// Git cannot be run.
    #[error(transparent)]
    Program(#[from] ProgramError),
}

/// What an adversarial reviewer is told; `{…}` is filled in.
const ADVERSARIAL: &str = include_str!("adversarial.md");
/// The JSON Schema of its answer.
const SCHEMA: &str = include_str!("answer.schema.json");

/// The schema that the answer must follow.
pub fn answer_schema() -> serde_json::Value {
    serde_json::from_str(SCHEMA).unwrap_or_default()
}

/// The prompt of an adversarial review.
pub fn adversarial_prompt(context: &Context, target: &Target, focus: &str) -> String {
    let focus = if focus.is_empty() {
        say!(NO_FOCUS)
    } else {
        focus.to_owned()
    };
    let guidance = if context.complete {
        say!(CHANGE_WHOLE)
    } else {
        say!(CHANGE_OUTLINE)
    };
    let values = [
        ("{target}", target.label()),
        ("{focus}", focus),
        ("{guidance}", guidance),
        ("{context}", context.text.clone()),
    ];
    let mut prompt = String::new();
    let mut rest = ADVERSARIAL;
    while let Some(start) = rest.find('{') {
        let (before, after) = rest.split_at(start);
        prompt.push_str(before);
        let found = values.iter().find(|(name, _)| after.starts_with(name));
        let (piece, length) = found.map_or(("{", 1), |(name, value)| (value.as_str(), name.len()));
        prompt.push_str(piece);
        rest = &after[length..];
    }
    prompt.push_str(rest);
    prompt
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_is_json_and_the_prompt_is_filled() {
        assert_eq!(answer_schema()["type"], "object");
        let context = Context {
            complete: false,
            text: "CHANGE {focus}".into(),
            ..Context::default()
        };
        let prompt = adversarial_prompt(&context, &Target::working_tree(true), "races");
        assert!(prompt.contains("working tree diff") && prompt.contains("races"));
        assert!(
            prompt.contains("CHANGE {focus}"),
            "values are not filled in again"
        );
        assert!(!prompt.contains("{guidance}"));
    }
}
