//! The commands of `codex-companion`.

mod cancel;
mod doctor;
mod export_plugin;
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

use crate::arguments::{Arguments, MissingValue, Options};
use crate::review::ReviewError;
use crate::selection::SelectionError;
use crate::state::StoreError;
use crate::worker::WorkerError;

/// A command could not do what it was asked for; the text goes to stderr.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The command line is wrong.
    #[error(transparent)]
    Arguments(#[from] MissingValue),
    /// A sentence for the user.
    #[error("{0}")]
    Text(String),
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

const USAGE: &str = "\
Usage: codex-companion <command>

  task [--background|--wait] [--write] [--resume-last|--resume|--resume-thread ID|--fresh]
       [--model NAME] [--effort none|minimal|low|medium|high|xhigh] [--cwd DIR]
       [--prompt-file FILE] [--json] [PROMPT]
  status [JOB] [--wait] [--timeout-ms N] [--all] [--json]
  result [JOB] [--json]
  cancel [JOB] [--json]
  review [--base REF] [--scope auto|working-tree|branch] [--model NAME] [--json]
  adversarial-review [--base REF] [--scope SCOPE] [--model NAME] [--json] [FOCUS]
  task-resume-candidate [--json]
  setup [--enable-review-gate|--disable-review-gate] [--json]
  doctor [--json]
  export-plugin DIR
";

/// Runs the command line and gives the exit code.
pub fn run(raw: Vec<OsString>) -> ExitCode {
    let mut words = raw
        .into_iter()
        .map(|word| word.to_string_lossy().into_owned());
    let command = words.next().unwrap_or_default();
    let rest: Vec<String> = words.collect();
    let done = match command.as_str() {
        "" | "help" | "--help" | "-h" => {
            output::text(USAGE);
            Ok(true)
        }
        "--version" => {
            output::text(concat!("codex-companion ", env!("CARGO_PKG_VERSION"), "\n"));
            Ok(true)
        }
        "task" => task::run(&rest),
        "task-worker" => internal::task_worker(&rest),
        "spawn-worker" => internal::spawn_worker(&rest),
        "status" => status::run(&rest),
        "result" => result::run(&rest),
        "cancel" => cancel::run(&rest),
        "task-resume-candidate" => resume_candidate::run(&rest),
        "setup" => setup::run(&rest),
        "doctor" => doctor::run(&rest),
        "export-plugin" => export_plugin::run(&rest),
        "review" => review::run(&rest, review::Reviewer::Native),
        "adversarial-review" => review::run(&rest, review::Reviewer::Adversarial),
        other => Err(CommandError::Text(format!(
            "There is no command {other}\n\n{}",
            USAGE.trim_end()
        ))),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// The directory that the command is about: `--cwd`, or the working directory.
fn directory(arguments: &Arguments) -> Result<PathBuf, CommandError> {
    let here = std::env::current_dir().map_err(|error| {
        CommandError::Text(format!("The working directory cannot be used: {error}"))
    })?;
    let Some(wanted) = arguments.value("cwd") else {
        return Ok(here);
    };
    let joined = here.join(wanted);
    Ok(normalized(&joined))
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
};

/// The first word, unless it is empty.
fn reference(arguments: &Arguments) -> Option<&str> {
    arguments
        .words
        .first()
        .map(String::as_str)
        .filter(|word| !word.is_empty())
}
