//! Recording: standing between a client and a real server.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;

use super::log::{Log, Writer};
use super::{Redaction, Way};

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

/// After the command ended its output is waited for so long: a process that it left behind may
/// hold its streams for ever.
const DRAIN: Duration = Duration::from_millis(500);

/// Runs a command between this process's standard streams, and writes down what goes over them.
///
/// A file that is there already is kept: the transcript goes to `NAME-2.EXT`, and so on, so that
/// a client that starts its server several times loses nothing. Signals that ask this process to
/// end are passed on to the command, and written down. Returns when the command ended and its
/// output was passed on.
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
    let shown: Vec<String> = args
        .iter()
        .map(|arg| arg.to_string_lossy().into_owned())
        .collect();
    log.write(Way::Meta, json!({ "args": shown }));
    pass_signals_on(signals, child.id(), log.clone()).map_err(broken("pass signals on"))?;
    if let Some(stdin) = child.stdin.take() {
        let log = log.clone();
        // This thread may wait for the client for ever; it ends with the process.
        thread::spawn(move || {
            let way = (Way::ToServer, Way::ToServerRaw);
            pass_on(io::stdin().lock(), stdin, &log, way);
            log.write(Way::Meta, json!({ "action": "close stdin" }));
        });
    }
    let stderr = child.stderr.take().map(|stderr| {
        let log = log.clone();
        in_background(move || pass_on(stderr, io::stderr(), &log, (Way::Stderr, Way::Stderr)))
    });
    let stdout = child.stdout.take().map(|stdout| {
        let log = log.clone();
        in_background(move || {
            pass_on(
                stdout,
                io::stdout(),
                &log,
                (Way::ToClient, Way::ToClientRaw),
            );
            log.write(Way::Meta, json!({ "stdout": "EOF" }));
        })
    });
    let status = child.wait().map_err(broken("wait for the command"))?;
    for stream in [stdout, stderr].into_iter().flatten() {
        // Either it is passed on whole, or somebody else holds it.
        let _ = stream.recv_timeout(DRAIN);
    }
    let exit = status
        .code()
        .unwrap_or_else(|| -status.signal().unwrap_or_default());
    log.write(Way::Meta, json!({ "exit": exit }));
    Ok(status)
}

/// Runs something in a thread of its own; the receiver is disconnected when it is over.
fn in_background(run: impl FnOnce() + Send + 'static) -> Receiver<()> {
    let (over, is_over) = mpsc::channel();
    thread::spawn(move || {
        run();
        drop(over);
    });
    is_over
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

/// Passes lines on as they come, and writes each down before: messages the first way, other lines
/// the second.
fn pass_on(from: impl Read, mut to: impl Write, log: &Log, (message, raw): (Way, Way)) {
    let mut from = BufReader::with_capacity(64 * 1024, from);
    let mut line = Vec::new();
    while from
        .read_until(b'\n', &mut line)
        .is_ok_and(|count| count > 0)
    {
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        match serde_json::from_slice::<Value>(text) {
            Ok(value) if value.is_object() && message != raw => log.write(message, value),
            _ => log.write(raw, String::from_utf8_lossy(text).into()),
        }
        if to.write_all(&line).and_then(|()| to.flush()).is_err() {
            return;
        }
        line.clear();
    }
}
