//! Reads a scenario file, and says exactly what is wrong with one.

use std::path::{Path, PathBuf};

use miette::{Diagnostic, NamedSource, SourceSpan};

use super::Scenario;

/// Why a scenario file cannot be run.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot read {path}: {source}")]
    #[diagnostic(help("give a scenario file, or a folder with *.yaml files"))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
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
        /// The file's text.
        #[source_code]
        text: NamedSource<String>,
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
    let text = std::fs::read_to_string(path).map_err(|source| Error::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    parse(&path.display().to_string(), &text)
}

/// Reads a scenario from `text`; `name` stands for its file in errors.
///
/// # Errors
/// When the text is no valid scenario.
pub fn parse(name: &str, text: &str) -> Result<Scenario, Error> {
    let scenario: Scenario =
        serde_saphyr::from_str(text).map_err(|error| invalid(name, text, &error))?;
    if let Some((line, message, remedy)) = super::check::first_problem(&scenario) {
        return Err(Error::at_line(name, text, line, message, Some(remedy)));
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
        let skip = usize::try_from(line.saturating_sub(1)).unwrap_or(0);
        let offset: usize = text.split_inclusive('\n').take(skip).map(str::len).sum();
        let content = text
            .get(offset..)
            .and_then(|rest| rest.lines().next())
            .unwrap_or_default();
        let indent = content.len() - content.trim_start().len();
        Error::Invalid {
            name: name.to_owned(),
            line,
            column: indent as u64 + 1,
            message,
            text: NamedSource::new(name, text.to_owned()).with_language("yaml"),
            span: (offset + indent, content.trim().len()).into(),
            remedy,
        }
    }
}

fn invalid(name: &str, text: &str, error: &serde_saphyr::Error) -> Error {
    let location = error.location();
    let (line, column) = location.map_or((1, 1), |at| (at.line(), at.column()));
    let offset = location
        .and_then(|at| at.span().byte_offset())
        .map_or(0, |at| usize::try_from(at).unwrap_or(0));
    let length = location
        .and_then(|at| at.span().byte_len())
        .map_or(1, |len| usize::try_from(len).unwrap_or(1));
    let message = plain_message(error);
    let remedy = super::remedy::remedy(&message);
    Error::Invalid {
        name: name.to_owned(),
        line,
        column,
        message,
        text: NamedSource::new(name, text.to_owned()).with_language("yaml"),
        span: (offset.min(text.len()), length.max(1)).into(),
        remedy,
    }
}

/// The parser's message without the place, which is shown beside it.
fn plain_message(error: &serde_saphyr::Error) -> String {
    let text = error.without_snippet().to_string();
    let text = text.lines().next().unwrap_or_default();
    let text = text.split(" at line ").next().unwrap_or(text);
    text.strip_prefix("error: ").unwrap_or(text).to_owned()
}
