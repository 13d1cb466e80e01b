//! `rescue-harness schema`.

use std::io::Write;
use std::path::Path;

use super::arguments::{Described, SchemaArguments};
use super::exit::{Exit, Stop, written};
use super::files::files;
use crate::config::Config;
use crate::new::{FILE, editor_line, schema};

pub(super) fn run(arguments: &SchemaArguments) -> Result<Exit, Stop> {
    if let Some(folder) = &arguments.install {
        install(folder)?;
        return Ok(Exit::Held);
    }
    let text = match arguments.of {
        Described::Scenario => schema(),
        Described::Config => printed(&schemars::schema_for!(Config)),
        Described::Report => printed(&crate::report::schema()),
    };
    written(write!(anstream::stdout().lock(), "{text}"))?;
    Ok(Exit::Held)
}

fn printed(schema: &schemars::Schema) -> String {
    serde_json::to_string_pretty(schema).unwrap_or_default() + "\n"
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
        let text = text.map_err(|error| Stop::new(Exit::Scenario, error))?;
        if !text.contains("yaml-language-server:") {
            super::files::replace(Path::new(&file), &format!("{}\n{text}", editor_line(&name)))
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
