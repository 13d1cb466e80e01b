//! `rescue-harness schema`.

use std::io::Write;
use std::path::Path;

use super::arguments::SchemaArguments;
use super::exit::{Exit, Stop, written};
use super::files::files;
use crate::new::{FILE, editor_line, schema};

pub(super) fn run(arguments: &SchemaArguments) -> Result<Exit, Stop> {
    match &arguments.install {
        None => written(write!(anstream::stdout().lock(), "{}", schema()))?,
        Some(folder) => install(folder)?,
    }
    Ok(Exit::Held)
}

/// Writes the schema, and the editor's line into each file that has none.
fn install(folder: &Path) -> Result<(), Stop> {
    let failed = |path: &Path, error: std::io::Error| {
        let help = "the folder must exist and be writable";
        Stop::new(
            Exit::Usage,
            miette::miette!(help = help, "cannot write {}: {error}", path.display()),
        )
    };
    let path = folder.join(FILE);
    std::fs::write(&path, schema()).map_err(|error| failed(&path, error))?;
    let mut changed = 0;
    for (name, file, text) in files(&[folder.to_owned()])? {
        if !text.contains("yaml-language-server:") {
            std::fs::write(&file, format!("{}\n{text}", editor_line(&name)))
                .map_err(|error| failed(Path::new(&file), error))?;
            changed += 1;
        }
    }
    written(writeln!(
        anstream::stdout(),
        "wrote {}, and the editor's line into {changed} files",
        path.display()
    ))
}
