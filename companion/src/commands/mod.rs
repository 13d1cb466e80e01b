//! The commands of `codex-companion`.

mod cancel;
mod doctor;
mod export_plugin;
mod help;
mod internal;
mod output;
mod result;
mod resume_candidate;
mod review;
mod setup;
mod status;
mod task;
mod task_options;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::arguments::{Arguments, ArgumentsError, Options, Words};
use crate::environment::NotMilliseconds;
use crate::review::ReviewError;
use crate::selection::SelectionError;
use crate::state::StoreError;
use crate::texts::{self, render, say};
use crate::worker::WorkerError;

/// A command could not do what it was asked for; the text goes to stderr.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The command line is wrong.
    #[error(transparent)]
    Arguments(#[from] ArgumentsError),
    /// A sentence for the user.
    #[error("{0}")]
    Text(String),
    /// A limit of the environment is no number.
    #[error(transparent)]
    Limit(#[from] NotMilliseconds),
    /// No job fits.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// The records cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The review cannot begin.
    #[error(transparent)]
    Review(#[from] ReviewError),
    /// The worker cannot work.
    #[error(transparent)]
    Worker(#[from] WorkerError),
}

pub use cancel::cancel;
pub use task::start as start_task;
pub use task_options::TaskOptions;

/// Runs the command line and gives the exit code.
pub fn run(raw: Vec<OsString>) -> ExitCode {
    let mut words = Vec::new();
    for (number, word) in raw.into_iter().enumerate() {
        match word.into_string() {
            Ok(word) => words.push(word),
            Err(word) => {
                let place = say!(ARGUMENT_NUMBER, number = number + 1);
                tell!("{}", not_text(&place, &word.to_string_lossy()));
                return ExitCode::FAILURE;
            }
        }
    }
    let command = words.first().map(String::as_str).unwrap_or_default();
    let done = match run_command(command, words.get(1..).unwrap_or_default()) {
        Err(CommandError::Arguments(ArgumentsError::Help)) => {
            output::text(help::of(command));
            Ok(true)
        }
        done => done,
    };
    let code = match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            tell!("{error}");
            ExitCode::FAILURE
        }
    };
    match output::failure() {
        Some(error) => {
            tell!("{}", say!(OUTPUT_NOT_WRITTEN, error = error));
            ExitCode::FAILURE
        }
        None => code,
    }
}

fn run_command(command: &str, rest: &[String]) -> Result<bool, CommandError> {
    match command {
        "" | "help" | "--help" | "-h" => {
            output::text(
                rest.first()
                    .map_or(help::OVERVIEW, |command| help::of(command)),
            );
            Ok(true)
        }
        "--version" | "-V" => {
            output::text(concat!("codex-companion ", env!("CARGO_PKG_VERSION"), "\n"));
            Ok(true)
        }
        "task" => task::run(rest),
        "task-worker" => internal::task_worker(rest),
        "spawn-worker" => internal::spawn_worker(rest),
        "status" => status::run(rest),
        "result" => result::run(rest),
        "cancel" => cancel::run(rest),
        "task-resume-candidate" => resume_candidate::run(rest),
        "setup" => setup::run(rest),
        "doctor" => doctor::run(rest),
        "export-plugin" => export_plugin::run(rest),
        "review" => review::run(rest, review::Reviewer::Native),
        "adversarial-review" => review::run(rest, review::Reviewer::Adversarial),
        other => Err(CommandError::Text(format!(
            "{}\n\n{}",
            say!(NO_COMMAND, command = other),
            help::OVERVIEW.trim_end()
        ))),
    }
}

fn not_text(place: &str, text: &str) -> CommandError {
    let text = crate::job::shorten(text, 96);
    CommandError::Text(render(
        texts::NOT_TEXT,
        &[("place", place), ("text", &text)],
    ))
}

/// The directory that the command is about: `--cwd`, or the working directory.
fn directory(arguments: &Arguments) -> Result<PathBuf, CommandError> {
    let here = std::env::current_dir()
        .map_err(|error| CommandError::Text(say!(NO_WORKING_DIRECTORY, error = error)))?;
    let Some(wanted) = arguments.value("cwd") else {
        return Ok(here);
    };
    let joined = here.join(wanted);
    Ok(normalized(&joined))
}

/// The directory that work is to be done in: it must be one, and its name must be text.
fn working_directory(arguments: &Arguments) -> Result<PathBuf, CommandError> {
    let path = directory(arguments)?;
    let shown = path.to_string_lossy();
    if path.to_str().is_none() {
        return Err(not_text(&say!(WORKING_DIRECTORY_NAME), &shown));
    }
    if path.is_dir() {
        Ok(path)
    } else {
        let text = render(texts::NO_DIRECTORY, &[("path", &shown)]);
        Err(CommandError::Text(text))
    }
}

/// The path without `.` and `..`, by its text alone, as Node's `path.resolve` does it.
fn normalized(path: &std::path::Path) -> PathBuf {
    use std::path::Component;
    let mut result = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                result.pop();
            }
            other => result.push(other),
        }
    }
    result
}

/// Options of the commands that take a job.
const JOB_OPTIONS: Options = Options {
    values: &["cwd"],
    flags: &["json"],
    words: Words::AtMost(1),
};
/// Options of the commands that take nothing else.
const PLAIN_OPTIONS: Options = Options {
    words: Words::AtMost(0),
    ..JOB_OPTIONS
};

/// The first word, unless it is empty.
fn reference(arguments: &Arguments) -> Option<&str> {
    arguments
        .words
        .first()
        .map(String::as_str)
        .filter(|word| !word.is_empty())
}
