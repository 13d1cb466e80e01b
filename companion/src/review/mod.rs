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
use crate::texts::{self, render};

/// A review cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// The directory lies in no repository.
    #[error("{}", render(texts::NO_REPOSITORY, &[("path", &.0.to_string_lossy())]))]
    NoRepository(PathBuf),
    /// No branch to compare with was found.
    #[error("{}", texts::NO_DEFAULT_BRANCH.template)]
    NoDefaultBranch,
    /// The scope does not exist.
    #[error("{}", render(texts::UNKNOWN_SCOPE, &[("scope", .0)]))]
    UnknownScope(String),
    /// The built-in reviewer takes no focus.
    #[error("{}", render(texts::REVIEW_TAKES_NO_FOCUS, &[("focus", .0)]))]
    FocusNotTaken(String),
    /// Git failed.
    #[error("git {command} failed: {detail}")]
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
        "none given"
    } else {
        focus
    };
    let guidance = if context.complete {
        "The whole change is given below; use it as your first evidence."
    } else {
        "Only an outline of the change is given below. Read the change itself with git commands that write nothing before you judge."
    };
    let values = [
        ("{target}", target.label()),
        ("{focus}", focus.to_owned()),
        ("{guidance}", guidance.to_owned()),
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
