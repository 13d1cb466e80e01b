//! The command line.

mod arguments;
mod bisect;
mod check;
mod exit;
mod list;
mod matrix;
mod readme;
mod run;
mod schema;
mod select;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};
pub use exit::Exit;

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
            let code = if error.use_stderr() { Exit::Usage } else { Exit::Held };
            let _ = error.print();
            return code.into();
        }
    };
    let result = match arguments.command {
        Command::Run(arguments) => run::run(&arguments),
        Command::List(arguments) => list::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Schema => schema::run(),
        Command::Matrix(arguments) => matrix::matrix(&arguments),
        Command::Bisect(arguments) => bisect::bisect(&arguments),
        Command::Readme(selection) => readme::run(&selection),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => failure.report(),
    }
}
