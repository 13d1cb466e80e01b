//! `rescue-harness record`, `replay` and `transcript`: conversations of a client with `codex app-server`.

use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::ExitCode;

use fake_codex::transcript::{self, Pace, Redaction, Transcript};

use super::arguments::{RecordArguments, TranscriptArguments};
use super::exit::{Exit, Stop, written};
use crate::new::editor_line;

fn refused(error: &dyn std::error::Error) -> Stop {
    Stop::new(Exit::Usage, miette::miette!("{error}"))
}

/// Stands between a client and the command, and writes down what they say. Ends as the command does.
pub(super) fn record(arguments: &RecordArguments) -> Result<ExitCode, Stop> {
    let redaction = if arguments.keep_secrets {
        Redaction::none()
    } else {
        Redaction::from_environment()
    };
    let status = transcript::record(&arguments.command, &arguments.out, redaction)
        .map_err(|error| refused(&error))?;
    let code = status
        .code()
        .or_else(|| Some(128 + status.signal()?))
        .unwrap_or(1);
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}

/// Answers a client on standard input as the recorded server did.
pub(super) fn replay(path: &Path) -> Result<ExitCode, Stop> {
    let transcript = Transcript::read(path).map_err(|error| refused(&error))?;
    transcript::replay(&transcript).map_err(|error| refused(&error))
}

/// Prints a scenario in which fake-codex does what the recorded server did.
pub(super) fn scenario(arguments: &TranscriptArguments) -> Result<Exit, Stop> {
    let transcript = Transcript::read(&arguments.file).map_err(|error| refused(&error))?;
    let pace = if arguments.at_once {
        Pace::AtOnce
    } else {
        Pace::Recorded
    };
    let script = transcript::to_script(&transcript, pace)
        .to_yaml()
        .map_err(|error| refused(&error))?;
    let indented: String = script
        .lines()
        .map(|line| {
            if line.is_empty() {
                "\n".to_owned()
            } else {
                format!("  {line}\n")
            }
        })
        .collect();
    let title = format!("What {} shows", arguments.file.display());
    let text = format!(
        "{}\ntitle: {}\ncodex:\n{indented}\
         # Say here what was done with it, and what must be true.\n\
         steps:\n  - agent: {{task: '\"fix the parser\"'}}\nexpect: {{}}\n",
        editor_line(""),
        serde_json::Value::from(title),
    );
    written(write!(anstream::stdout(), "{text}"))?;
    Ok(Exit::Held)
}
