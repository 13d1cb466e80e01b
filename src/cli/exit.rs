//! How the harness ends, and how it says why.

use std::process::ExitCode;

use miette::Report;

/// The exit codes of the harness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All held.
    Held = 0,
    /// A scenario failed.
    Failed = 1,
    /// Wrong usage, or a subject that cannot be used.
    Usage = 2,
    /// A scenario file is wrong.
    Scenario = 3,
    /// There is nothing to run.
    Nothing = 4,
    /// The harness itself broke; this says nothing about the subject.
    Broken = 5,
    /// The user stopped it.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// An end with reasons.
#[derive(Debug)]
pub struct Stop {
    /// The exit code.
    pub exit: Exit,
    /// What to tell the user.
    pub reports: Vec<Report>,
}

impl Stop {
    /// An end with one reason.
    pub fn new(exit: Exit, report: impl Into<Report>) -> Stop {
        Stop {
            exit,
            reports: vec![report.into()],
        }
    }

    /// Tells the user and gives the exit code.
    pub fn report(self) -> ExitCode {
        for report in &self.reports {
            tell!("{report:?}");
        }
        self.exit.into()
    }
}

/// What was asked for cannot be done as it was asked for, and what to ask for instead.
pub(super) fn usage(help: &str, what: impl std::fmt::Display) -> Stop {
    Stop::new(Exit::Usage, miette::miette!(help = help, "{what}"))
}

/// The harness could not do something that is no matter of the scenarios or of the subject.
pub(super) fn broken(what: &str, error: &dyn std::error::Error) -> Stop {
    Stop::new(Exit::Broken, miette::miette!("cannot {what}: {error}"))
}

/// Whether writing failed only because nobody reads any more, which is no failure.
pub(super) fn written(result: std::io::Result<()>) -> Result<(), Stop> {
    match result {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Stop::new(
            Exit::Broken,
            miette::miette!("cannot write the output: {error}"),
        )),
        _ => Ok(()),
    }
}
