//! Recording: standing between a client and a real server.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use serde_json::{Value, json};

use super::{Entry, Redaction, Way};

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
    /// The command cannot be waited for.
    #[error("cannot wait for the command: {0}")]
    Wait(#[source] io::Error),
}

/// The transcript that is being written.
struct Log {
    file: File,
    start: Instant,
    redaction: Redaction,
}

impl Log {
    fn write(&mut self, dir: Way, mut msg: Value) {
        self.redaction.apply(&mut msg);
        let entry = Entry {
            t: self.start.elapsed().as_secs_f64(),
            dir,
            msg,
        };
        if let Ok(mut line) = serde_json::to_vec(&entry) {
            line.push(b'\n');
            // A transcript that cannot be written on must not disturb the conversation.
            let _ = self.file.write_all(&line);
        }
    }

    fn write_line(&mut self, message: Way, raw: Way, line: &[u8]) {
        match serde_json::from_slice::<Value>(line) {
            Ok(value) if value.is_object() => self.write(message, value),
            _ => self.write(raw, String::from_utf8_lossy(line).into()),
        }
    }
}

type Shared = Arc<Mutex<Log>>;

/// Runs a command between this process's standard streams, and writes down what goes over them.
///
/// Returns when the command ended and its output was passed on, with its exit status.
///
/// # Errors
/// See [`RecordError`].
pub fn record(
    command: &[OsString],
    out: &Path,
    redaction: Redaction,
) -> Result<ExitStatus, RecordError> {
    let (program, args) = command.split_first().ok_or(RecordError::NoCommand)?;
    let file = File::create(out).map_err(|source| RecordError::Unwritable {
        path: out.to_owned(),
        source,
    })?;
    let log: Shared = Arc::new(Mutex::new(Log {
        file,
        start: Instant::now(),
        redaction,
    }));
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|source| RecordError::Unstartable {
            program: program.clone(),
            source,
        })?;
    let shown: Vec<String> = args
        .iter()
        .map(|arg| arg.to_string_lossy().into_owned())
        .collect();
    write(&log, Way::Meta, json!({ "args": shown }));
    if let Some(stdin) = child.stdin.take() {
        let log = Arc::clone(&log);
        // This thread may wait for the client for ever; it ends with the process.
        thread::spawn(move || {
            pass_on(
                io::stdin().lock(),
                stdin,
                &log,
                Way::ToServer,
                Way::ToServerRaw,
            );
            write(&log, Way::Meta, json!({ "action": "close stdin" }));
        });
    }
    let errors = child.stderr.take().map(|stderr| {
        let log = Arc::clone(&log);
        thread::spawn(move || pass_on(stderr, io::stderr(), &log, Way::Stderr, Way::Stderr))
    });
    if let Some(stdout) = child.stdout.take() {
        pass_on(stdout, io::stdout(), &log, Way::ToClient, Way::ToClientRaw);
        write(&log, Way::Meta, json!({ "stdout": "EOF" }));
    }
    let status = child.wait().map_err(RecordError::Wait)?;
    if let Some(errors) = errors {
        // A thread that panicked has nothing more to pass on.
        let _ = errors.join();
    }
    let exit = status
        .code()
        .unwrap_or_else(|| -status.signal().unwrap_or_default());
    write(&log, Way::Meta, json!({ "exit": exit }));
    Ok(status)
}

fn write(log: &Shared, dir: Way, msg: Value) {
    log.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .write(dir, msg);
}

/// Passes lines on as they come, and writes each down before.
fn pass_on(from: impl Read, mut to: impl Write, log: &Shared, message: Way, raw: Way) {
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while from
        .read_until(b'\n', &mut line)
        .is_ok_and(|count| count > 0)
    {
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        {
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            if message == Way::Stderr {
                log.write(Way::Stderr, String::from_utf8_lossy(text).into());
            } else {
                log.write_line(message, raw, text);
            }
        }
        if to.write_all(&line).and_then(|()| to.flush()).is_err() {
            return;
        }
        line.clear();
    }
}
