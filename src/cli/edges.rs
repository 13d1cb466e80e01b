//! Completions and manual pages.

use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;

use super::arguments::Arguments;
use super::exit::{Exit, Stop, written};

/// `rescue-harness completions SHELL`.
pub(super) fn completions(shell: Shell) -> Result<Exit, Stop> {
    let mut text = Vec::new();
    clap_complete::generate(
        shell,
        &mut Arguments::command(),
        "rescue-harness",
        &mut text,
    );
    written(std::io::Write::write_all(&mut std::io::stdout(), &text))?;
    Ok(Exit::Held)
}

/// `rescue-harness man FOLDER`.
pub(super) fn manual(folder: &Path) -> Result<Exit, Stop> {
    let result = std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Arguments::command(), folder));
    match result {
        Ok(()) => Ok(Exit::Held),
        Err(error) => Err(Stop::new(
            Exit::Broken,
            miette::miette!(
                "cannot write the manual pages into {}: {error}",
                folder.display()
            ),
        )),
    }
}
