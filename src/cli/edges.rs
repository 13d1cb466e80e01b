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
    let text = String::from_utf8_lossy(&text);
    // clap_complete 4.6 gives the parts of a program with a hyphen two names in its script for bash, and finds none.
    let text = text.replace("rescue__subcmd__harness", "rescue__harness");
    written(std::io::Write::write_all(
        &mut std::io::stdout(),
        text.as_bytes(),
    ))?;
    Ok(Exit::Held)
}

/// `rescue-harness man FOLDER`.
pub(super) fn manual(folder: &Path) -> Result<Exit, Stop> {
    let result = std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Arguments::command(), folder));
    match result {
        Ok(()) => Ok(Exit::Held),
        Err(error) => Err(Stop::new(
            Exit::Usage,
            miette::miette!(
                help = "give a folder that is there or can be made",
                "cannot write the manual pages into {}: {error}",
                folder.display()
            ),
        )),
    }
}
