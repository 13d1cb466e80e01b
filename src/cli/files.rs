//! The scenario files under the paths that the user names, or those that the harness carries.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use super::exit::{Exit, Stop};
use crate::scenario::{Error, read};

static LIBRARY: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/scenarios");

/// The folder that is run when none is named.
pub(super) const USUAL: &str = "scenarios";

/// A scenario's name, its file as the user knows it, and its text, or why there is none.
pub(super) type Named = (String, String, Result<String, Error>);

/// Whether a file is a scenario by its name.
pub(super) fn is_scenario(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending == "yaml" || ending == "yml")
}

/// Writes a file in place of what it was, in one step: a crash leaves the old one.
pub(super) fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    // What a link leads to is replaced, not the link.
    let path = path.canonicalize()?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    std::io::Write::write_all(&mut new, text.as_bytes())?;
    let permissions = std::fs::metadata(&path)?.permissions();
    new.as_file().set_permissions(permissions)?;
    new.persist(&path)?;
    Ok(())
}

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
        walk(path, path, &mut BTreeSet::new(), &mut found)?;
        if found.len() == before && !paths.is_empty() {
            let report = miette::miette!(
                help = "scenario files end in .yaml or .yml",
                "{} holds no scenario files",
                path.display()
            );
            return Err(Stop::new(Exit::Nothing, report));
        }
    }
    Ok(found)
}

fn walk(
    root: &Path,
    path: &Path,
    seen: &mut BTreeSet<PathBuf>,
    found: &mut Vec<Named>,
) -> Result<(), Stop> {
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
        // A link may lead back to where it is.
        if !seen.insert(path.canonicalize().map_err(unreadable)?) {
            return Ok(());
        }
        for entry in std::fs::read_dir(path).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            if !entry.file_name().as_encoded_bytes().starts_with(b".") {
                walk(root, &entry.path(), seen, found)?;
            }
        }
    } else if path == root || is_scenario(path) {
        let inner = path.strip_prefix(root).unwrap_or(path);
        let inner = if inner.as_os_str().is_empty() {
            Path::new(path.file_name().unwrap_or_default())
        } else {
            inner
        };
        found.push((
            inner.with_extension("").display().to_string(),
            path.display().to_string(),
            read(path),
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
            Ok(file.contents_utf8()?.to_owned()),
        ))
    });
    own.chain(folder.dirs().flat_map(library)).collect()
}
