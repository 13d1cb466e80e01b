//! `rescue-harness record`, `replay` and `transcript`: conversations of a client with `codex app-server`.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{IsTerminal, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitCode, ExitStatus};

use clap::Parser;
use fake_codex::script::Script;
use fake_codex::transcript::{self, Pace, Redaction, Transcript};

use super::arguments::{
    Arguments, Command, RecordArguments, ReplayArguments, ShowArguments, TranscriptArguments,
};
use super::exit::{Exit, Stop, usage, written};
use super::select::Chosen;
use super::{run, show, wrapper};
use crate::new::editor_line;
use crate::scenario::parse;

fn refused(error: &dyn std::error::Error) -> Stop {
    let help = "`rescue-harness record --out FILE -- codex app-server` records one; docs/reproduce.md shows the steps";
    Stop::new(Exit::Usage, miette::miette!(help = help, "{error}"))
}

/// Stands between a client and the command, and writes down what they say. Ends as the command does.
pub(super) fn record(arguments: &RecordArguments) -> Result<ExitCode, Stop> {
    if let Some(folder) = &arguments.wrapper {
        return wrapper::make(folder, arguments.keep_secrets).map(|()| ExitCode::SUCCESS);
    }
    let redaction = if arguments.keep_secrets {
        Redaction::none()
    } else {
        Redaction::from_environment()
    };
    if arguments.out.is_dir() {
        let help = "name a file in it";
        let out = arguments.out.display();
        return Err(usage(help, format!("{out} is a folder")));
    }
    let recorded = transcript::record(&arguments.command, &arguments.out, redaction)
        .map_err(|error| Stop::new(Exit::Usage, miette::miette!("{error}")))?;
    // On a pipe this would be a word of the server to its client.
    if std::io::stderr().is_terminal() {
        tell!("recorded in {}", recorded.path.display());
    }
    Ok(end_like(recorded.status))
}

/// Ends this process by the signal that ended the command, or gives its exit code.
fn end_like(status: ExitStatus) -> ExitCode {
    if let Some(signal) = status.signal() {
        // A signal that cannot be repeated is told as a shell tells it.
        let _ = signal_hook::low_level::emulate_default_handler(signal);
        return ExitCode::from(u8::try_from(128 + signal).unwrap_or(1));
    }
    ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1))
}

/// Answers a client on standard input as the recorded server did.
pub(super) fn serve(path: &Path) -> Result<ExitCode, Stop> {
    let transcript = Transcript::read(path).map_err(|error| refused(&error))?;
    let status = transcript::replay(&transcript).map_err(|error| refused(&error))?;
    Ok(end_like(status))
}

/// Plays a conversation back under simulated time: the subject talks to a Codex that does what the recorded one did.
pub(super) fn replay(arguments: &ReplayArguments) -> Result<Exit, Stop> {
    let text = scenario_of(&arguments.file, arguments.at_once)?;
    let mut words: Vec<OsString> = vec!["rescue-harness".into(), "run".into()];
    if let Some(plugin) = &arguments.plugin {
        words.extend(["--plugin".into(), plugin.clone().into()]);
        // It looks after its job ten times a second, and each look is many events.
        words.extend(["--coalesce".into(), "5s".into()]);
    }
    words.extend(arguments.keep.then(|| OsString::from("--keep")));
    let typed = Arguments::try_parse_from(words)
        .map_err(|error| Stop::new(Exit::Usage, miette::miette!("{error}")))?;
    let Command::Run(typed) = typed.command else {
        return Ok(Exit::Broken);
    };
    let (name, file) = (stem(&arguments.file), arguments.file.display().to_string());
    // A transcript that makes a wrong scenario is told as what it is, a fault of this program.
    let scenario = parse(&file, &text).map_err(|error| Stop::new(Exit::Broken, error))?;
    let chosen = Chosen {
        name,
        file,
        text,
        scenario,
    };
    let exit = run::run_this(&typed, chosen)?;
    let all = ShowArguments {
        run: None,
        actor: Vec::new(),
        kind: Vec::new(),
        grep: None,
        from: None,
        until: None,
        all: false,
        json: false,
    };
    written(writeln!(anstream::stdout()))?;
    show::run(&all)?;
    Ok(exit)
}

/// Prints a scenario in which fake-codex does what the recorded server did.
pub(super) fn scenario(arguments: &TranscriptArguments) -> Result<Exit, Stop> {
    let text = scenario_of(&arguments.file, arguments.at_once)?;
    written(write!(anstream::stdout(), "{text}"))?;
    Ok(Exit::Held)
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}

/// The text of a scenario in which fake-codex does what the recorded server did.
fn scenario_of(file: &Path, at_once: bool) -> Result<String, Stop> {
    let transcript = Transcript::read(file).map_err(|error| refused(&error))?;
    if !transcript.is_conversation() {
        return Err(no_conversation(file, &transcript));
    }
    let pace = if at_once {
        Pace::AtOnce
    } else {
        Pace::Recorded
    };
    let script = transcript::to_script(&transcript, pace);
    if script.turns.is_empty() && script.reviews.is_empty() {
        let help = "record the `codex app-server` that the client talks to while it runs a turn";
        let file = file.display();
        tell!("{file} has no turn: {help}");
    }
    let yaml = script.to_yaml().map_err(|error| refused(&error))?;
    let mut text = editor_line("");
    let title = format!("What {} shows", stem(file));
    let _ = write!(text, "\ntitle: {}\n", serde_json::Value::from(title));
    if let Some(number) = transcript.number()
        && number != script.version.number()
    {
        let _ = writeln!(
            text,
            "# Codex {number} was recorded; {} is the nearest version that fake-codex speaks.",
            script.version.number()
        );
    }
    text.push_str("codex:\n");
    for line in yaml.lines() {
        let _ = writeln!(text, "{}{line}", if line.is_empty() { "" } else { "  " });
    }
    text.push_str("# Say here what was done with it, and what must be true.\nsteps:\n");
    text.push_str(&steps(&script));
    text.push_str("expect: {}\n");
    Ok(text)
}

/// There is nothing that a scenario could be made of.
fn no_conversation(file: &Path, transcript: &Transcript) -> Stop {
    let words = transcript
        .entries
        .iter()
        .find_map(|entry| entry.msg["args"].as_array());
    let words: Vec<&str> = words
        .into_iter()
        .flatten()
        .filter_map(|w| w.as_str())
        .collect();
    let file = file.display();
    let what = match words.as_slice() {
        [] => "it has no message of a client or a server".to_owned(),
        words => format!("the recorded command was called with `{}`", words.join(" ")),
    };
    let help = "take the transcript of the `codex app-server` that the client talked to; its first line has \"app-server\"";
    Stop::new(
        Exit::Usage,
        miette::miette!(
            help = help,
            "{file} is no conversation with an app-server: {what}"
        ),
    )
}

/// A step for each turn and each review.
fn steps(script: &Script) -> String {
    let turn = "  - agent: {task: '\"fix the parser\"'}\n";
    let review = "  - companion: {run: review}\n";
    let turns = turn.repeat(script.turns.len());
    let reviews = review.repeat(script.reviews.len());
    if turns.is_empty() && reviews.is_empty() {
        turn.to_owned()
    } else {
        turns + &reviews
    }
}
