//! The scenario files under the paths that the user names, or those that the harness carries.

use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use super::exit::{Exit, Stop};
use crate::scenario::Error;

static LIBRARY: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/scenarios");

/// The folder that is run when none is named.
pub(super) const USUAL: &str = "scenarios";

/// A scenario's name, its file as the user knows it, and its text.
pub(super) type Named = (String, String, String);

/// All scenario files under `paths`.
///
/// # Errors
/// When a path cannot be read or holds no scenario files.
pub(super) fn files(paths: &[PathBuf]) -> Result<Vec<Named>, Stop> {
    if paths.is_empty() && !Path::new(USUAL).is_dir() {
        return Ok(library(&LIBRARY));
    }
    let usual = [PathBuf::from(USUAL)];
    let mut found = Vec::new();
    for path in if paths.is_empty() { &usual[..] } else { paths } {
        let before = found.len();
        walk(path, path, &mut found)?;
        if found.len() == before && !paths.is_empty() {
            let report = miette::miette!(
                help = "scenario files end in .yaml",
                "{} holds no scenario files",
                path.display()
            );
            return Err(Stop::new(Exit::Nothing, report));
        }
    }
    Ok(found)
}

fn walk(root: &Path, path: &Path, found: &mut Vec<Named>) -> Result<(), Stop> {
    let unreadable = |source| {
        Stop::new(
            Exit::Scenario,
            Error::Unreadable {
                path: path.to_owned(),
                source,
            },
        )
    };
    if path.is_dir() {
        for entry in std::fs::read_dir(path).map_err(unreadable)? {
            walk(root, &entry.map_err(unreadable)?.path(), found)?;
        }
    } else if path == root
        || path
            .extension()
            .is_some_and(|extension| extension == "yaml")
    {
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        let inner = path.strip_prefix(root).unwrap_or(path);
        let inner = if inner.as_os_str().is_empty() {
            Path::new(path.file_name().unwrap_or_default())
        } else {
            inner
        };
        found.push((
            inner.with_extension("").display().to_string(),
            path.display().to_string(),
            text,
        ));
    }
    Ok(())
}

fn library(folder: &Dir<'_>) -> Vec<Named> {
    let own = folder.files().filter(|file| {
        file.path()
            .extension()
            .is_some_and(|extension| extension == "yaml")
    });
    let own = own.filter_map(|file| {
        let path = file.path();
        Some((
            path.with_extension("").display().to_string(),
            format!("{USUAL}/{}", path.display()),
            file.contents_utf8()?.to_owned(),
        ))
    });
    own.chain(folder.dirs().flat_map(library)).collect()
}
