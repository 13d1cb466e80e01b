//! Recording: standing between a client and a real server.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;

use super::log::{Log, Writer};
use super::pass::Stream;
use super::{Redaction, Way, line};

/// Why a conversation cannot be recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// There is no command.
    #[error(
        "there is no command to record; write it after `--`, for example `-- codex app-server`"
    )]
    NoCommand,
    /// The transcript cannot be written.
    #[error("cannot write the transcript {path}: {source}", path = .path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The command cannot be started.
    #[error("cannot start {program:?}: {source}; check that it is installed and on the PATH")]
    Unstartable {
        /// The program.
        program: OsString,
        /// The reason.
        source: io::Error,
    },
    /// The recorder cannot do its work.
    #[error("cannot {what}: {source}")]
    Broken {
        /// What cannot be done.
        what: &'static str,
        /// The reason.
        source: io::Error,
    },
}

/// What a recording came to.
#[derive(Debug)]
pub struct Recorded {
    /// How the command ended.
    pub status: ExitStatus,
    /// The file with the transcript.
    pub path: PathBuf,
}

/// Runs a command between this process's standard streams, and writes down what goes over them.
///
/// A file that is there already is kept: the transcript goes to `NAME-2.EXT`, and so on, so that
/// a client that starts its server several times loses nothing. Signals that ask this process to
/// end are passed on to the command, and written down. Returns when the command ended and its
/// output was passed on. What cannot be recorded is told on standard error, and noted in the
/// transcript: streams that fail, and output that a process writes that the command left behind.
///
/// # Errors
/// See [`RecordError`].
pub fn record(
    command: &[OsString],
    out: &Path,
    redaction: Redaction,
) -> Result<Recorded, RecordError> {
    let (program, args) = command.split_first().ok_or(RecordError::NoCommand)?;
    let (log, writer, path) =
        Writer::start(out, redaction).map_err(|source| RecordError::Unwritable {
            path: out.to_owned(),
            source,
        })?;
    // From before the command begins: a signal that comes at once must not leave it behind.
    let signals =
        Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM]).map_err(|source| RecordError::Broken {
            what: "listen for signals",
            source,
        })?;
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|source| RecordError::Unstartable {
            program: program.clone(),
            source,
        });
    if let Err(error) = &child {
        log.write(Way::Meta, json!({ "error": error.to_string() }));
    }
    let result = match &mut child {
        Ok(child) => converse(child, args, signals, &log),
        Err(_) => Ok(ExitStatus::default()),
    };
    drop(log);
    writer.finish();
    child?;
    let status = result?;
    Ok(Recorded { status, path })
}

/// Passes everything on until the command has ended; how it ended.
fn converse(
    child: &mut Child,
    args: &[OsString],
    signals: Signals,
    log: &Log,
) -> Result<ExitStatus, RecordError> {
    let broken = |what| move |source| RecordError::Broken { what, source };
    let shown: Vec<Value> = args
        .iter()
        .map(|arg| line::to_value(arg.as_bytes()))
        .collect();
    log.write(Way::Meta, json!({ "args": shown }));
    pass_signals_on(signals, child.id(), log.clone()).map_err(broken("pass signals on"))?;
    let asked = (Way::ToServer, Way::ToServerRaw);
    let stdin = Arc::new(Stream::new("stdin", "the server", asked, log));
    if let Some(to) = child.stdin.take() {
        let from = own(io::stdin().as_fd()).map_err(broken("read from the client"))?;
        let stdin = Arc::clone(&stdin);
        // This thread may wait for the client for ever; it ends with the process.
        thread::spawn(move || {
            stdin.pass_on(from, to);
            let closed = json!({ "action": "close stdin" });
            stdin.log.write(Way::Meta, closed);
        });
    }
    let output = [
        (
            "stdout",
            child.stdout.take().map(OwnedFd::from),
            own(io::stdout().as_fd()),
            (Way::ToClient, Way::ToClientRaw),
        ),
        (
            "stderr",
            child.stderr.take().map(OwnedFd::from),
            own(io::stderr().as_fd()),
            (Way::Stderr, Way::Stderr),
        ),
    ];
    let mut told = Vec::new();
    for (name, from, to, ways) in output {
        let to = to.map_err(broken("write to the client"))?;
        if let Some(from) = from {
            let stream = Stream::new(name, "the client", ways, log);
            told.push(in_background(stream, File::from(from), to));
        }
    }
    let status = child.wait().map_err(broken("wait for the command"))?;
    for (stream, over) in &told {
        stream.drain(over);
    }
    stdin.end();
    let exit = status
        .code()
        .unwrap_or_else(|| -status.signal().unwrap_or_default());
    log.write(Way::Meta, json!({ "exit": exit }));
    Ok(status)
}

/// A stream of this process, unbuffered.
fn own(stream: BorrowedFd<'_>) -> io::Result<File> {
    stream.try_clone_to_owned().map(File::from)
}

/// Passes a stream on in a thread of its own; the receiver is disconnected when it is over.
fn in_background(stream: Stream, from: File, to: File) -> (Arc<Stream>, Receiver<()>) {
    let (over, is_over) = mpsc::channel();
    let stream = Arc::new(stream);
    let passing = Arc::clone(&stream);
    thread::spawn(move || {
        passing.pass_on(from, to);
        if passing.name == "stdout" {
            passing.log.write(Way::Meta, json!({ "stdout": "EOF" }));
        }
        drop(over);
    });
    (stream, is_over)
}

/// Gives the command the signals that ask this process to end.
fn pass_signals_on(mut signals: Signals, child: u32, log: Log) -> io::Result<()> {
    let child = i32::try_from(child)
        .map(Pid::from_raw)
        .map_err(io::Error::other)?;
    thread::spawn(move || {
        for signal in signals.forever() {
            if let Ok(signal) = Signal::try_from(signal) {
                log.write(Way::Meta, json!({ "action": format!("signal {signal}") }));
                // A command that is gone already has ended otherwise.
                let _ = kill(child, signal);
            }
        }
    });
    Ok(())
}
