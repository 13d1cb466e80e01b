//! Finds and reads the scenarios that the user means.

use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use miette::Report;

use super::arguments::Selection;
use super::exit::{Exit, Stop};
use crate::scenario::{Error, Scenario, parse};

static LIBRARY: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/scenarios");

/// The folder that is run when none is named.
const USUAL: &str = "scenarios";

/// A scenario with its file.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    /// The path without the ending, from the folder that was named.
    pub(super) name: String,
    /// The file as the user knows it.
    pub(super) file: String,
    /// Its text.
    pub(super) text: String,
    /// What it says.
    pub(super) scenario: Scenario,
}

/// The chosen scenarios in the order of their names.
///
/// # Errors
/// When a path cannot be read, a file is wrong (all wrong files are reported), or nothing is chosen.
pub(super) fn select(selection: &Selection) -> Result<Vec<Chosen>, Stop> {
    let mut files = files(&selection.paths)?;
    files.sort();
    files.dedup_by(|left, right| left.1 == right.1);
    let (mut chosen, mut wrong) = (Vec::new(), Vec::new());
    for (name, file, text) in files {
        match parse(&file, &text) {
            Ok(scenario) => chosen.push(Chosen { name, file, text, scenario }),
            Err(error) => wrong.push(Report::new(error)),
        }
    }
    if !wrong.is_empty() {
        return Err(Stop { exit: Exit::Scenario, reports: wrong });
    }
    let total = chosen.len();
    chosen.retain(|chosen| wanted(selection, chosen));
    if chosen.is_empty() {
        let report = if total == 0 {
            miette::miette!(help = "write one, or name a folder that has some", "there are no scenarios (*.yaml) here")
        } else {
            miette::miette!(help = "`rescue-harness list` shows what there is", "none of {total} scenarios is chosen by these filters")
        };
        return Err(Stop::new(Exit::Nothing, report));
    }
    Ok(chosen)
}

fn wanted(selection: &Selection, chosen: &Chosen) -> bool {
    let text = format!("{} {}", chosen.name, chosen.scenario.title).to_lowercase();
    let has_text = selection.filter.is_empty() || selection.filter.iter().any(|part| text.contains(&part.to_lowercase()));
    let has = |wanted: &[String], given: &[String]| wanted.is_empty() || wanted.iter().any(|one| given.contains(one));
    has_text && has(&selection.source, &chosen.scenario.source.0) && has(&selection.tag, &chosen.scenario.tags)
}

type Named = (String, String, String);

fn files(paths: &[PathBuf]) -> Result<Vec<Named>, Stop> {
    if paths.is_empty() && !Path::new(USUAL).is_dir() {
        return Ok(library(&LIBRARY));
    }
    let usual = [PathBuf::from(USUAL)];
    let mut found = Vec::new();
    for path in if paths.is_empty() { &usual[..] } else { paths } {
        let before = found.len();
        walk(path, path, &mut found)?;
        if found.len() == before && !paths.is_empty() {
            let report = miette::miette!(help = "scenario files end in .yaml", "{} holds no scenario files", path.display());
            return Err(Stop::new(Exit::Nothing, report));
        }
    }
    Ok(found)
}

fn walk(root: &Path, path: &Path, found: &mut Vec<Named>) -> Result<(), Stop> {
    let unreadable = |source| Stop::new(Exit::Scenario, Error::Unreadable { path: path.to_owned(), source });
    if path.is_dir() {
        for entry in std::fs::read_dir(path).map_err(unreadable)? {
            walk(root, &entry.map_err(unreadable)?.path(), found)?;
        }
    } else if path == root || path.extension().is_some_and(|extension| extension == "yaml") {
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        let inner = path.strip_prefix(root).unwrap_or(path);
        let inner = if inner.as_os_str().is_empty() { Path::new(path.file_name().unwrap_or_default()) } else { inner };
        found.push((inner.with_extension("").display().to_string(), path.display().to_string(), text));
    }
    Ok(())
}

fn library(folder: &Dir<'_>) -> Vec<Named> {
    let own = folder.files().filter(|file| file.path().extension().is_some_and(|extension| extension == "yaml"));
    let own = own.filter_map(|file| {
        let path = file.path();
        Some((path.with_extension("").display().to_string(), format!("{USUAL}/{}", path.display()), file.contents_utf8()?.to_owned()))
    });
    own.chain(folder.dirs().flat_map(library)).collect()
}
