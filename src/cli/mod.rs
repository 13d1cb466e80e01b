//! The command line.

mod arguments;
mod bisect;
mod bless;
mod check;
mod doctor;
mod edges;
mod exit;
mod explore;
mod files;
mod list;
mod matrix;
mod merge;
mod new;
mod pause;
mod readme;
mod run;
mod schema;
mod select;
mod show;
mod transcript;
mod watch;
mod words;
mod wrapper;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};
pub use exit::Exit;
use exit::Stop;

/// Runs the process as `rescue-harness` with the arguments of the command line.
pub fn run() -> ExitCode {
    let mut hidden = std::env::args_os().skip(1);
    match hidden.next().as_ref().and_then(|name| name.to_str()) {
        Some("__scenario") => return crate::run::serve(),
        Some("__keeper") => return crate::runner::keep(&hidden.collect::<Vec<_>>()),
        _ => {}
    }
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let code = if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Held
            };
            let _ = error.print();
            return code.into();
        }
    };
    let result = match arguments.command {
        Command::Run(arguments) => run::run(&arguments),
        Command::List(arguments) => list::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Matrix(arguments) => matrix::matrix(&arguments),
        Command::Bisect(arguments) => bisect::bisect(&arguments),
        Command::Explore(arguments) => explore::run(&arguments),
        Command::Readme(selection) => readme::run(&selection),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Show(arguments) => show::run(&arguments),
        Command::New(arguments) => new::run(&arguments),
        Command::Words(arguments) => words::run(&arguments),
        Command::Merge(arguments) => merge::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Record(arguments) => return ended(transcript::record(&arguments)),
        Command::Replay(arguments) if arguments.serve => {
            return ended(transcript::serve(&arguments.file));
        }
        Command::Replay(arguments) => transcript::replay(&arguments),
        Command::Transcript(arguments) => transcript::scenario(&arguments),
        Command::Completions { shell } => edges::completions(shell),
        Command::Man { folder } => edges::manual(&folder),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => failure.report(),
    }
}

/// The exit code of a command that ends as another program does.
fn ended(result: Result<ExitCode, Stop>) -> ExitCode {
    result.unwrap_or_else(Stop::report)
}
