//! Replaying: playing the server's side of a transcript.

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::Value;
use signal_hook::iterator::Signals;

use super::place::Places;
use super::{Entry, Transcript, Way, line};

/// Why a transcript cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The client sends something else than was recorded.
    #[error(
        "the client sent {found} where the transcript has {expected}, {t:.3} s after its start; replay needs a client that asks the same, otherwise make a script of the transcript"
    )]
    Unlike {
        /// What was recorded.
        expected: String,
        /// When it was recorded, in seconds.
        t: f64,
        /// What came.
        found: String,
    },
    /// A stream failed.
    #[error("cannot talk to the client: {0}")]
    Stream(#[from] io::Error),
}

/// Plays the server's side of a transcript on the standard streams, in its recorded time.
///
/// What the client asks is matched by method, of several at once by parameters too, and each reply
/// goes to the id of the client's own request. Paths that were redacted, such as `${HOME}/x`, become
/// those of this process. Half a line stays half a line. Where the recorded client ended the server,
/// by a signal or by closing its input, the client at hand is waited for; one that reads no more
/// ends nothing. Returns how the recorded process ended, which this one is to repeat.
///
/// # Errors
/// See [`ReplayError`].
pub fn replay(transcript: &Transcript) -> Result<ExitStatus, ReplayError> {
    let (to, from) = mpsc::channel();
    listen(&transcript.entries, &to)?;
    let mut player = Player {
        entries: &transcript.entries,
        done: vec![false; transcript.entries.len()],
        from,
        _to: to,
        stdout: Some(File::from(io::stdout().as_fd().try_clone_to_owned()?)),
        places: Places::here(),
        early: VecDeque::new(),
        ids: HashMap::new(),
        clock: 0.0,
        ended: false,
        signalled: false,
    };
    player.play()?;
    let exit = transcript
        .entries
        .iter()
        .rev()
        .find_map(|entry| entry.msg["exit"].as_i64());
    if exit.is_none() {
        // The recording broke off; the server may have lived on for as long as its client.
        while player.next_line()?.is_some() {}
    }
    let exit = exit.and_then(|exit| i32::try_from(exit).ok()).unwrap_or(0);
    // As the system tells it: an exit code in the second byte, a signal in the first.
    let raw = if exit < 0 { -exit } else { (exit & 0xff) << 8 };
    Ok(ExitStatus::from_raw(raw))
}

/// What comes from the client.
enum Input {
    /// A line, without its end.
    Line(Vec<u8>),
    /// Nothing more.
    End,
    /// One of the signals that the recorded client sent.
    Signal,
    /// Its stream cannot be read.
    Failed(io::Error),
}

/// The signal that the recorded client sent here.
fn signal_of(entry: &Entry) -> Option<Signal> {
    let action = entry.msg["action"].as_str()?;
    action.strip_prefix("signal ")?.parse().ok()
}

/// Reads what the client sends, in threads of their own. Signals that were not recorded do what
/// they always do.
fn listen(entries: &[Entry], to: &Sender<Input>) -> io::Result<()> {
    let forbidden = [Signal::SIGKILL, Signal::SIGSTOP];
    let signals: Vec<i32> = entries
        .iter()
        .filter_map(signal_of)
        .filter(|signal| !forbidden.contains(signal))
        .map(|signal| signal as i32)
        .collect();
    if !signals.is_empty() {
        let mut signals = Signals::new(signals)?;
        let to = to.clone();
        thread::spawn(move || {
            for _ in signals.forever() {
                if to.send(Input::Signal).is_err() {
                    return;
                }
            }
        });
    }
    let to = to.clone();
    let mut stdin = BufReader::new(File::from(io::stdin().as_fd().try_clone_to_owned()?));
    thread::spawn(move || {
        loop {
            let mut line = Vec::new();
            let input = match stdin.read_until(b'\n', &mut line) {
                Err(error) => Input::Failed(error),
                // The real server does not answer a last line that has no end.
                Ok(_) if line.pop_if(|byte| *byte == b'\n').is_none() => Input::End,
                Ok(_) => Input::Line(line),
            };
            let over = !matches!(input, Input::Line(_));
            if to.send(input).is_err() || over {
                return;
            }
        }
    });
    Ok(())
}

struct Player<'a> {
    entries: &'a [Entry],
    /// The entries that were played, or taken, out of their turn.
    done: Vec<bool>,
    from: Receiver<Input>,
    /// Kept, so that waiting for the end of a pause is possible when nobody sends any more.
    _to: Sender<Input>,
    /// None after its end, and when nobody reads it any more.
    stdout: Option<File>,
    places: Places,
    /// Lines that came during a pause.
    early: VecDeque<Vec<u8>>,
    /// The client's ids by the recorded ones.
    ids: HashMap<String, Value>,
    clock: f64,
    ended: bool,
    signalled: bool,
}

impl Player<'_> {
    fn play(&mut self) -> Result<(), ReplayError> {
        for (index, entry) in self.entries.iter().enumerate() {
            let signal = signal_of(entry).is_some();
            // A signal that comes earlier than the recorded one ends what was to come until then.
            if self.done[index] || (self.signalled && !signal) {
                continue;
            }
            match entry.dir {
                // It had no effect, and its end cannot be waited for.
                Way::ToServer | Way::ToServerRaw if entry.unfinished => {}
                Way::ToServer | Way::ToServerRaw => self.take(index)?,
                Way::ToClient => {
                    self.pause(entry.t)?;
                    self.send(entry);
                }
                Way::ToClientRaw => {
                    self.pause(entry.t)?;
                    self.write(&self.raw(entry));
                }
                Way::Stderr => {
                    self.pause(entry.t)?;
                    // A client that does not read it ends nothing.
                    let _ = io::stderr().write_all(&self.raw(entry));
                }
                Way::Meta if signal => {
                    while !self.signalled && self.next_line()?.is_some() {}
                    self.signalled = false;
                    self.clock = entry.t;
                }
                Way::Meta if entry.msg["action"] == "close stdin" => {
                    while self.next_line()?.is_some() {}
                    self.clock = entry.t;
                }
                Way::Meta if entry.msg["stdout"] == "EOF" => {
                    self.pause(entry.t)?;
                    self.close();
                }
                Way::Meta if entry.msg.get("exit").is_some() => self.pause(entry.t)?,
                Way::Meta => {}
            }
        }
        Ok(())
    }

    /// Waits as long as the server did, and keeps what the client sends meanwhile.
    fn pause(&mut self, t: f64) -> io::Result<()> {
        let gap = Duration::try_from_secs_f64(t - self.clock).unwrap_or_default();
        self.clock = self.clock.max(t);
        let until = Instant::now() + gap;
        while !self.signalled {
            let rest = until.saturating_duration_since(Instant::now());
            match self.from.recv_timeout(rest) {
                Ok(Input::Line(line)) => self.early.push_back(line),
                Ok(Input::End) => self.ended = true,
                Ok(Input::Signal) => self.signalled = true,
                Ok(Input::Failed(error)) => return Err(error),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            }
        }
        Ok(())
    }

    /// The next line of the client; none at its end, and when a signal came.
    fn next_line(&mut self) -> io::Result<Option<Vec<u8>>> {
        if let Some(line) = self.early.pop_front() {
            return Ok(Some(line));
        }
        if self.ended || self.signalled {
            return Ok(None);
        }
        match self.from.recv() {
            Ok(Input::Line(line)) => return Ok(Some(line)),
            Ok(Input::Signal) => self.signalled = true,
            Ok(Input::Failed(error)) => return Err(error),
            Ok(Input::End) | Err(_) => self.ended = true,
        }
        Ok(None)
    }

    /// Waits until the client has sent what it sent here. What it sends before that, and sent
    /// later in the recording, is taken and answered at once.
    fn take(&mut self, index: usize) -> Result<(), ReplayError> {
        loop {
            let line = self.next_line()?;
            if line.is_none() && self.signalled {
                return Ok(());
            }
            let message = line.as_deref().map(understood);
            let found = message
                .as_ref()
                .and_then(|message| self.recorded_as(index, message));
            let (Some(message), Some(found)) = (&message, found) else {
                return Err(ReplayError::Unlike {
                    expected: name(&self.entries[index].msg),
                    t: self.entries[index].t,
                    found: message.map_or_else(|| "nothing more".to_owned(), |m| name(&m)),
                });
            };
            self.done[found] = true;
            let recorded = &self.entries[found].msg;
            if let (Some(theirs), Some(recorded)) = (message.get("id"), recorded.get("id")) {
                self.ids.insert(recorded.to_string(), theirs.clone());
            }
            if found == index {
                self.clock = self.entries[index].t;
                return Ok(());
            }
            if let Some(reply) = self.reply_to(found) {
                self.done[reply] = true;
                self.send(&self.entries[reply]);
            }
        }
    }

    /// The recorded message, at `index` or later, that this one is.
    fn recorded_as(&self, index: usize, message: &Value) -> Option<usize> {
        let wanted = name(message);
        let mut same = (index..self.entries.len()).filter(|&at| {
            let entry = &self.entries[at];
            let from_client = matches!(entry.dir, Way::ToServer | Way::ToServerRaw);
            from_client && !entry.unfinished && !self.done[at] && name(&entry.msg) == wanted
        });
        let first = same.next()?;
        // Of several that are under way at once the one that asks the same.
        let alike = |at: &usize| {
            let recorded = self.places.put(&self.entries[*at].msg["params"]);
            recorded == message["params"]
        };
        let answered = self.reply_to(first).unwrap_or(self.entries.len());
        let alike = std::iter::once(first)
            .chain(same.take_while(|at| *at < answered))
            .find(alike);
        Some(alike.unwrap_or(first))
    }

    /// The recorded reply to a recorded request.
    fn reply_to(&self, request: usize) -> Option<usize> {
        let id = self.entries[request].msg.get("id")?;
        (request..self.entries.len()).find(|&at| {
            let entry = &self.entries[at];
            let reply = entry.dir == Way::ToClient && entry.msg.get("method").is_none();
            reply && !self.done[at] && entry.msg.get("id") == Some(id)
        })
    }

    fn send(&mut self, entry: &Entry) {
        let mut message = self.places.put(&entry.msg);
        if message.get("method").is_none()
            && let Some(id) = self.ids.get(&message["id"].to_string())
        {
            message["id"] = id.clone();
        }
        self.write(&with_end(message.to_string().into_bytes(), entry));
    }

    /// The bytes of a line that is no message.
    fn raw(&self, entry: &Entry) -> Vec<u8> {
        let bytes = line::to_bytes(&self.places.put(&entry.msg)).unwrap_or_default();
        with_end(bytes, entry)
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(stdout) = &mut self.stdout
            && stdout.write_all(bytes).is_err()
        {
            self.stdout = None;
        }
    }

    /// Closes standard output: its reader sees the end.
    fn close(&mut self) {
        self.stdout = None;
        if let Ok(nothing) = File::options().write(true).open("/dev/null") {
            // The descriptor itself stays in use, so that no later file takes its number.
            let _ = nix::unistd::dup2_stdout(nothing);
        }
    }
}

/// The line with its end, unless that never came.
fn with_end(mut line: Vec<u8>, entry: &Entry) -> Vec<u8> {
    if !entry.unfinished {
        line.push(b'\n');
    }
    line
}

/// The message in a line, or what stands in a transcript for a line that is none.
fn understood(bytes: &[u8]) -> Value {
    match serde_json::from_slice::<Value>(bytes) {
        Ok(value) if value.is_object() => value,
        _ => line::to_value(bytes),
    }
}

/// What a message is, for comparison.
fn name(message: &Value) -> String {
    match (message["method"].as_str(), message.get("id")) {
        (Some(method), _) => method.to_owned(),
        (None, Some(id)) => format!("the answer to {id}"),
        (None, None) => "a line that is no message".to_owned(),
    }
}
