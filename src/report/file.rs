//! Reports in files: `FORMAT=FILE`.

use std::path::PathBuf;
use std::str::FromStr;

use super::json;
use crate::run::Outcome;

/// A report to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFile {
    /// Its format.
    pub format: Format,
    /// Its file.
    pub path: PathBuf,
}

/// The formats of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON document with an entry a scenario.
    Json,
}

const FORMATS: [(&str, Format); 1] = [("json", Format::Json)];

impl Format {
    /// Whether the format shows the event logs.
    pub fn needs_events(self) -> bool {
        match self {
            Format::Json => false,
        }
    }
}

impl FromStr for ReportFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = FORMATS.map(|(name, _)| name).join(", ");
        let (name, path) = text.split_once('=').ok_or_else(|| format!("write FORMAT=FILE, where FORMAT is one of {known}"))?;
        let (_, format) =
            FORMATS.into_iter().find(|(known, _)| *known == name).ok_or_else(|| format!("unknown format `{name}`; there are {known}"))?;
        if path.is_empty() {
            return Err(format!("`{text}` names no file"));
        }
        Ok(ReportFile { format, path: path.into() })
    }
}

/// Why a report could not be written.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("cannot write the report {path}: {source}")]
pub struct WriteError {
    path: PathBuf,
    source: std::io::Error,
}

/// Writes the report.
///
/// # Errors
/// When its file cannot be written.
pub fn write(file: &ReportFile, outcomes: &[Outcome]) -> Result<(), WriteError> {
    let text = match file.format {
        Format::Json => json::render(outcomes),
    };
    std::fs::write(&file.path, text).map_err(|source| WriteError { path: file.path.clone(), source })
}
