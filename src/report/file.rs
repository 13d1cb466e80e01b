//! Reports in files: `FORMAT=FILE`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::{archive, github, html, json, junit};
use crate::choose::Shard;
use crate::nearest::nearest;
use crate::run::Outcome;

/// A report to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFile {
    /// Its format.
    pub format: Format,
    /// Its file; only `github` needs none.
    pub path: Option<PathBuf>,
}

/// The formats of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON document with an entry a scenario.
    Json,
    /// JUnit XML.
    Junit,
    /// One page that needs no network.
    Html,
    /// Annotations on standard output, and a summary in the file or in the job's summary.
    Github,
    /// Everything, for `merge`.
    Archive,
}

const FORMATS: [(&str, Format); 5] = [
    ("json", Format::Json),
    ("junit", Format::Junit),
    ("html", Format::Html),
    ("github", Format::Github),
    ("archive", Format::Archive),
];

/// The file that GitHub shows as the summary of a job.
const SUMMARY: &str = "GITHUB_STEP_SUMMARY";

impl FromStr for ReportFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = FORMATS.map(|(name, _)| name);
        let (name, path) = text
            .split_once('=')
            .map_or((text, None), |(name, path)| (name, Some(path)));
        let Some((_, format)) = FORMATS.into_iter().find(|(known, _)| *known == name) else {
            return Err(match nearest(name, known) {
                Some(close) => format!("unknown format `{name}`; did you mean `{close}`?"),
                None => format!("unknown format `{name}`; there are {}", known.join(", ")),
            });
        };
        match path {
            None if format != Format::Github => {
                Err(format!("`{name}` names no file; write {name}=FILE"))
            }
            Some("") => Err(format!("`{text}` names no file; write {name}=FILE")),
            path => Ok(ReportFile {
                format,
                path: path.map(PathBuf::from),
            }),
        }
    }
}

/// What a run was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// The part of the library that was run.
    pub shard: Option<Shard>,
    /// What the user called it.
    pub label: Option<String>,
}

/// Why a report could not be written.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("cannot write the report {path}")]
#[diagnostic(help("give a file in a folder that can be written to"))]
pub struct WriteError {
    path: PathBuf,
    source: std::io::Error,
}

/// Writes the report.
///
/// # Errors
/// When its file cannot be written.
pub fn write(file: &ReportFile, outcomes: &[Outcome], about: &About) -> Result<(), WriteError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| WriteError { path, source }
    };
    let text = match file.format {
        Format::Json => json::render(outcomes),
        Format::Junit => junit::render(outcomes),
        Format::Html => html::render(outcomes),
        Format::Archive => archive::render(outcomes, about),
        Format::Github => github::summary(outcomes),
    };
    if file.format == Format::Github {
        write!(std::io::stdout(), "{}", github::annotations(outcomes))
            .map_err(failed(Path::new("standard output")))?;
    }
    let Some(path) = &file.path else {
        let Some(summary) = std::env::var_os(SUMMARY).map(PathBuf::from) else {
            return Ok(());
        };
        let open = std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(&summary);
        return open
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(failed(&summary));
    };
    // A report is not lost because nobody made its folder.
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed(path))?;
    }
    std::fs::write(path, text).map_err(failed(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("junti=x", "did you mean `junit`?")]
    #[case("zzzzz=x", "there are json")]
    #[case("html", "write html=FILE")]
    #[case("json=", "names no file")]
    fn a_wrong_report_is_refused_with_the_remedy(#[case] text: &str, #[case] part: &str) {
        let error = text.parse::<ReportFile>().unwrap_err();
        assert!(error.contains(part), "{error}");
    }

    #[test]
    fn github_needs_no_file() {
        assert_eq!("github".parse::<ReportFile>().unwrap().path, None);
    }
}
