//! The child process and the threads that turn it into events.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use serde_json::Value;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::liveness::Identity;
use crate::texts::say;
use crate::{joblog, json};

/// Events that may wait to be read before the app-server is held back.
const BACKLOG: usize = 256;
/// Lines of stderr that are kept for the reason of a failure.
const STDERR_LINES: usize = 12;
/// A warning that Codex prints in sandboxes and that says nothing about a job.
const STDERR_NOISE: &str = "WARNING: proceeding, even though we could not update PATH";

/// What a worker can hear of.
#[derive(Debug)]
pub enum Event {
    /// A JSON message.
    Message(Value),
    /// A line that is no JSON.
    Noise(String),
    /// The app-server closed its output.
    OutputClosed,
    /// It closed its stderr, and every line of it has been taken.
    StderrClosed,
    /// The process ended.
    Exited(Exit),
    /// This worker got a signal.
    Signal(i32),
}

/// How the app-server ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit(pub ExitStatus);

impl std::fmt::Display for Exit {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.0.code(), self.0.signal()) {
            (Some(code), _) => formatter.write_str(&say!(EXIT_CODE, code = code)),
            (None, Some(signal)) => {
                formatter.write_str(&say!(EXIT_SIGNAL, signal = signal_name(signal)))
            }
            (None, None) => formatter.write_str(&say!(EXIT_UNKNOWN)),
        }
    }
}

/// `SIGTERM` for 15.
pub fn signal_name(number: i32) -> String {
    nix::sys::signal::Signal::try_from(number)
        .map_or_else(|_| number.to_string(), |signal| signal.as_str().to_owned())
}

/// The app-server cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// There is no `codex` on PATH.
    #[error("{}", say!(CODEX_MISSING))]
    Missing,
    /// The system refused.
    #[error("{}", say!(CODEX_NOT_STARTED, error = .0))]
    Io(#[from] io::Error),
}

/// The last lines of stderr.
#[derive(Debug, Clone, Default)]
pub struct StderrTail(Arc<Mutex<VecDeque<String>>>);

impl StderrTail {
    pub(super) fn push(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == STDERR_LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    /// The lines, oldest first.
    pub fn text(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// A running app-server.
pub struct Process {
    /// Who it is.
    pub identity: Identity,
    /// Lines for its stdin; dropping this closes it, which asks the process to end.
    pub stdin: Option<Sender<String>>,
    /// What happens.
    pub events: Receiver<Event>,
    /// The end of what it said on stderr.
    pub stderr: StderrTail,
}

/// Starts `codex app-server` in a directory. Its stderr goes to the job's log.
pub fn launch(cwd: &Path, log: &Path) -> Result<Process, LaunchError> {
    let mut child = Command::new("codex")
        .arg("app-server")
        .current_dir(cwd)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound if cwd.is_dir() => LaunchError::Missing,
            _ => LaunchError::Io(error),
        })?;
    let identity = Identity::of(child.id().cast_signed());
    let (sender, events) = sync_channel(BACKLOG);
    let stderr = StderrTail::default();
    let mut stdin = None;
    if let Some(pipe) = child.stdin.take() {
        let (lines, queue) = channel();
        stdin = Some(lines);
        named("codex-stdin", move || write_lines(pipe, &queue))?;
    }
    if let Some(pipe) = child.stderr.take() {
        let (tail, log) = (stderr.clone(), log.to_path_buf());
        let sender = sender.clone();
        named("codex-stderr", move || {
            read_stderr(pipe, &tail, &log);
            let _ = sender.send(Event::StderrClosed);
        })?;
    }
    if let Some(pipe) = child.stdout.take() {
        let sender = sender.clone();
        named("codex-stdout", move || read_messages(pipe, &sender))?;
    }
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP])?;
    let for_signals = sender.clone();
    named("signals", move || {
        for signal in signals.forever() {
            if for_signals.send(Event::Signal(signal)).is_err() {
                return;
            }
        }
    })?;
    named("codex-exit", move || wait_for_exit(child, &sender))?;
    Ok(Process {
        identity,
        stdin,
        events,
        stderr,
    })
}

fn named(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new()
        .name(name.into())
        .stack_size(128 * 1024)
        .spawn(body)
        .map(drop)
}

/// In a thread of its own, so that an app-server that stops reading holds up nobody.
fn write_lines(mut pipe: ChildStdin, queue: &Receiver<String>) {
    for line in queue {
        if pipe
            .write_all(line.as_bytes())
            .and_then(|()| pipe.flush())
            .is_err()
        {
            return;
        }
    }
}

fn wait_for_exit(mut child: Child, sender: &SyncSender<Event>) {
    if let Ok(status) = child.wait() {
        let _ = sender.send(Event::Exited(Exit(status)));
    }
}

/// One event a line, whatever its length; bytes that are no UTF-8 are replaced.
fn read_messages(pipe: impl Read, sender: &SyncSender<Event>) {
    let mut reader = BufReader::with_capacity(64 * 1024, pipe);
    let mut line = Vec::new();
    loop {
        line.clear();
        match reader.read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let event = match json::parse(&line) {
            Ok(message) if message.is_object() => Event::Message(message),
            _ => Event::Noise(crate::job::shorten(&String::from_utf8_lossy(&line), 200)),
        };
        if sender.send(event).is_err() {
            return;
        }
    }
    let _ = sender.send(Event::OutputClosed);
}

fn read_stderr(pipe: impl Read, tail: &StderrTail, log: &Path) {
    let mut reader = BufReader::new(pipe);
    let mut line = Vec::new();
    loop {
        line.clear();
        match reader.read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let text = String::from_utf8_lossy(&line);
        let text = without_colour(text.trim_end());
        if !text.is_empty() && !text.starts_with(STDERR_NOISE) {
            let line = say!(LOG_STDERR, line = crate::job::shorten(&text, 500));
            joblog::line(log, &line);
            tail.push(text);
        }
    }
}

/// The text without the escape sequences by which terminals colour it.
fn without_colour(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\x1b[") {
        plain.push_str(before);
        let end = after.find(|letter: char| letter.is_ascii_alphabetic());
        rest = end.map_or("", |end| &after[end + 1..]);
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_taken_out() {
        assert_eq!(
            without_colour("\x1b[31mERROR\x1b[0m \x1b[2mcodex\x1b[0m: x"),
            "ERROR codex: x"
        );
        assert_eq!(without_colour("cut \x1b[3"), "cut ");
    }

    #[test]
    fn messages_noise_and_broken_text_are_told_apart() {
        let input: &[u8] = b"{\"id\":1}\n\n\x1b[?2004h\n[]\n{\"a\":\"\xff\"}\n{\"half";
        let (sender, receiver) = sync_channel(16);
        read_messages(input, &sender);
        drop(sender);
        let kinds: Vec<&str> = receiver
            .iter()
            .map(|event| match event {
                Event::Message(_) => "message",
                Event::Noise(_) => "noise",
                _ => "closed",
            })
            .collect();
        assert_eq!(
            kinds,
            ["message", "noise", "noise", "message", "noise", "closed"]
        );
    }
}
