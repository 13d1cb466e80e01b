//! Reads a scenario file, and says exactly what is wrong with one.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use miette::{Diagnostic, SourceSpan};

use super::Scenario;
use super::excerpt::Excerpt;

/// Why a scenario file cannot be run.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot read {path}")]
    #[diagnostic(help("give a scenario file, or a folder with *.yaml files"))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// It is nothing that a scenario can be read from.
    #[error("{path} {message}")]
    Odd {
        /// The file.
        path: PathBuf,
        /// What it is.
        message: String,
        /// The remedy.
        #[help]
        remedy: String,
    },
    /// The file is no valid scenario.
    #[error("{name}:{line}:{column}: {message}")]
    Invalid {
        /// The file's name.
        name: String,
        /// Line, from one.
        line: u64,
        /// Column, from one.
        column: u64,
        /// What is wrong.
        message: String,
        /// The file's text, as it is shown.
        #[source_code]
        text: Arc<Excerpt>,
        /// The place.
        #[label("here")]
        span: SourceSpan,
        /// The remedy.
        #[help]
        remedy: Option<String>,
    },
}

/// Reads the scenario file at `path`.
///
/// # Errors
/// When the file cannot be read or is no valid scenario.
pub fn load(path: &Path) -> Result<Scenario, Error> {
    let text = super::read::read(path)?;
    parse(&path.display().to_string(), &text)
}

/// Reads a scenario from `text`; `name` stands for its file in errors.
///
/// # Errors
/// When the text is no valid scenario.
pub fn parse(name: &str, text: &str) -> Result<Scenario, Error> {
    let scenario: Scenario =
        serde_saphyr::from_str(text).map_err(|error| invalid(name, text, &error))?;
    if let Some(problem) = super::check::first_problem(&scenario) {
        return Err(problem.at(name, text));
    }
    Ok(scenario)
}

impl Error {
    /// An error about the line `line` (from one) of a file.
    pub fn at_line(
        name: &str,
        text: &str,
        line: u64,
        message: String,
        remedy: Option<String>,
    ) -> Error {
        let begin = line_begin(text, line);
        let content = text
            .get(begin..)
            .and_then(|rest| rest.lines().next())
            .unwrap_or_default();
        let indent = content.len() - content.trim_start().len();
        Error::at(
            name,
            text,
            begin + indent..begin + content.trim_end().len(),
            message,
            remedy,
        )
    }

    /// An error about the value of the first `key` from the line `line` (from one) on; about the line when there is none.
    pub(super) fn at_key(
        name: &str,
        text: &str,
        line: u64,
        key: &str,
        message: String,
        remedy: Option<String>,
    ) -> Error {
        let begin = line_begin(text, line);
        let rest = text.get(begin..).unwrap_or_default();
        let pattern = format!("{key}:");
        let found = rest.match_indices(&pattern).find(|(at, _)| {
            !key.is_empty()
                && !rest.get(..*at).is_some_and(|before| {
                    before.ends_with(|last: char| last.is_alphanumeric() || last == '-')
                })
        });
        match found {
            Some((at, _)) => {
                let line = rest
                    .get(at..)
                    .and_then(|rest| rest.lines().next())
                    .unwrap_or_default();
                // In a map on one line the value ends where the next key begins or the map ends.
                let value = line.split([',', '}']).next().unwrap_or(line);
                Error::at(
                    name,
                    text,
                    begin + at..begin + at + value.trim_end().len(),
                    message,
                    remedy,
                )
            }
            None => Error::at_line(name, text, line, message, remedy),
        }
    }

    /// An error about some bytes of a file; those of several lines are shown by their first line.
    pub fn at(
        name: &str,
        text: &str,
        range: Range<usize>,
        message: String,
        remedy: Option<String>,
    ) -> Error {
        let start = (0..=range.start.min(text.len()))
            .rev()
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or(0);
        // What is missing at the end is missed after the last word.
        let last = text
            .trim_end()
            .char_indices()
            .next_back()
            .map_or(0, |(at, _)| at);
        let start = start.min(last);
        let before = text.get(..start).unwrap_or_default();
        let begin = before.rfind('\n').map_or(0, |at| at + 1);
        let rest_of_line = text
            .get(start..)
            .and_then(|rest| rest.lines().next())
            .unwrap_or_default()
            .trim_end()
            .len();
        let column = text.get(begin..start).unwrap_or_default().chars().count() as u64 + 1;
        let end = start + range.len().clamp(1, rest_of_line.max(1));
        let (excerpt, span) = Excerpt::new(name, text, start, end, column);
        Error::Invalid {
            name: name.to_owned(),
            line: before.matches('\n').count() as u64 + 1,
            column,
            message,
            text: Arc::new(excerpt),
            span,
            remedy,
        }
    }
}

/// The byte that a line (from one) begins with.
fn line_begin(text: &str, line: u64) -> usize {
    let skip = usize::try_from(line.saturating_sub(1)).unwrap_or(0);
    text.split_inclusive('\n').take(skip).map(str::len).sum()
}

fn invalid(name: &str, text: &str, error: &serde_saphyr::Error) -> Error {
    let (message, remedy) = super::remedy::explain(&plain_message(error));
    let Some(at) = error.location() else {
        return Error::at(name, text, 0..1, message, remedy);
    };
    let start = at
        .span()
        .byte_offset()
        .and_then(|offset| usize::try_from(offset).ok())
        .filter(|offset| *offset > 0 || at.line() == 1);
    let start = start.unwrap_or_else(|| {
        let begin = line_begin(text, at.line());
        let column = usize::try_from(at.column().saturating_sub(1)).unwrap_or(0);
        let rest = text.get(begin..).unwrap_or_default();
        begin
            + rest
                .char_indices()
                .nth(column)
                .map_or(rest.len(), |(offset, _)| offset)
    });
    let length = at
        .span()
        .byte_len()
        .and_then(|length| usize::try_from(length).ok())
        .unwrap_or(1);
    Error::at(name, text, start..start + length.max(1), message, remedy)
}

/// The parser's message without the place, which is shown beside it.
fn plain_message(error: &serde_saphyr::Error) -> String {
    let text = error.without_snippet().to_string();
    let text = text.lines().next().unwrap_or_default();
    let text = text.split(" at line ").next().unwrap_or(text);
    let text = text
        .split(", set DuplicateKeyPolicy")
        .next()
        .unwrap_or(text);
    text.strip_prefix("error: ").unwrap_or(text).to_owned()
}
