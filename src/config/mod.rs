//! `rescue-harness.toml`: what a project always gives on the command line.

use std::path::{Path, PathBuf};

use fake_codex::duration::SimDuration;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::scenario::{Error, read, remedy::explain};

/// The name of the file, looked for in the current folder.
pub const FILE: &str = "rescue-harness.toml";

/// Defaults for the command line; what is typed comes before them.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Config {
    /// Scenario files or folders.
    pub scenarios: Vec<PathBuf>,
    /// The plugin folder to run.
    pub plugin: Option<PathBuf>,
    /// The plugin's revision.
    pub revision: Option<String>,
    /// How many scenarios run at once.
    pub jobs: Option<u16>,
    /// How late short polls may fire.
    pub coalesce: Option<SimDuration>,
    /// Reports to write, `FORMAT=FILE`.
    pub report: Vec<String>,
    /// Say nothing about scenarios that are as they must be.
    pub quiet: bool,
    /// The file, for the places of mistakes.
    #[serde(skip)]
    text: String,
}

impl Config {
    /// The paths, which the file names, if there is something at each; they count from the current folder, as the file
    /// does.
    ///
    /// # Errors
    /// When there is nothing at one, with the place in the file.
    pub fn there<'a>(&self, paths: impl IntoIterator<Item = &'a PathBuf>) -> Result<(), Error> {
        let Some(path) = paths.into_iter().find(|path| !path.exists()) else {
            return Ok(());
        };
        let name = path.display().to_string();
        let at = self.text.find(name.as_str()).unwrap_or(0);
        let message = format!("there is nothing at `{name}`");
        let remedy = Some("write a path that counts from the folder of this file".into());
        Err(Error::at(
            FILE,
            &self.text,
            at..at + name.len(),
            message,
            remedy,
        ))
    }
}

/// Reads the file in `folder`; without one there are no defaults.
///
/// # Errors
/// When it cannot be read or something in it is wrong, with the place.
pub fn load(folder: &Path) -> Result<Config, Error> {
    let path = folder.join(FILE);
    match read(&path) {
        Ok(text) => parse(&text),
        Err(Error::Unreadable { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            Ok(Config::default())
        }
        Err(error) => Err(error),
    }
}

/// What to do about what the TOML reader says.
const REMEDIES: [(&str, &str); 6] = [
    (
        "expected u16",
        "write a whole number from 1 to 65535, without quotation marks",
    ),
    ("expected a sequence", "write a list: [\"…\", \"…\"]"),
    (
        "must be quoted",
        "put a text in quotation marks; write true and false without",
    ),
    (
        "expected a boolean",
        "write true or false, without quotation marks",
    ),
    ("expected path string", "write a path in quotation marks"),
    ("duplicate key", "keep one of them"),
];

fn parse(text: &str) -> Result<Config, Error> {
    let wrong = |range, message: &str| {
        let known = REMEDIES.iter().find(|(part, _)| message.contains(part));
        let (message, remedy) = match known {
            Some((_, remedy)) => (message.to_owned(), Some((*remedy).to_owned())),
            None => explain(message),
        };
        Error::at(FILE, text, range, message, remedy)
    };
    let mut config: Config = toml::from_str(text)
        .map_err(|error| wrong(error.span().unwrap_or(0..1), error.message()))?;
    if config.jobs == Some(0) {
        let at = text.find("jobs").unwrap_or(0);
        return Err(wrong(
            at..at + 4,
            "`jobs` is zero; give at least 1, or leave it out for one a CPU",
        ));
    }
    for report in &config.report {
        if let Err(message) = report.parse::<crate::report::ReportFile>() {
            let at = text.find(report.as_str()).unwrap_or(0);
            return Err(wrong(at..at + report.len(), &message));
        }
    }
    text.clone_into(&mut config.text);
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("jbos = 2", "unknown field `jbos`", 1)]
    #[case("quiet = yes", "must be quoted", 1)]
    #[case("jobs = -1", "expected u16", 1)]
    #[case("report = [\"html\"]", "`html` names no file", 1)]
    #[case("quiet = true\njobs = 0", "`jobs` is zero", 2)]
    #[case("coalesce = \"5\"", "has no unit", 1)]
    #[case("report = [\"junti=x.xml\"]", "unknown format `junti`", 1)]
    fn a_mistake_gives_its_place_and_a_remedy(
        #[case] text: &str,
        #[case] part: &str,
        #[case] at: u64,
    ) {
        match parse(text).unwrap_err() {
            Error::Invalid {
                line,
                message,
                remedy,
                ..
            } => {
                assert!(message.contains(part), "{message}");
                assert_eq!(line, at);
                assert!(remedy.is_some());
            }
            other => panic!("{other}"),
        }
    }

    #[test]
    fn what_is_named_has_to_be_there() {
        let config = parse("quiet = true\nscenarios = [\"src\", \"mien\"]\n").unwrap();
        assert!(config.there(&config.scenarios[..1]).is_ok());
        let error = config.there(&config.scenarios).unwrap_err();
        assert!(matches!(error, Error::Invalid { line: 2, .. }), "{error}");
    }

    #[test]
    fn no_file_gives_no_defaults() {
        assert_eq!(load(Path::new("/nonexistent")).unwrap(), Config::default());
    }
}
