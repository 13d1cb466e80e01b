//! One stream that the recorder stands in: bytes are passed on as they come, and lines written down.

use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use serde_json::{Value, json};

use super::log::{Log, tell};
use super::{Entry, Way, line};

/// After the command ended its output is waited for so long while nothing comes: a process that it
/// left behind may hold its streams for ever.
const DRAIN: Duration = Duration::from_millis(500);

/// After the command ended, a client that takes nothing is waited for so many times [`DRAIN`].
const STUCK: u32 = 20;

/// The command itself has left at most so many bytes in a pipe when it ends: the most that a pipe
/// holds by default. What comes after them is from a process that it left behind.
const PIPE: u64 = 1 << 20;

/// A stream of lines.
#[derive(Debug)]
pub(super) struct Stream {
    /// Its name in the transcript.
    pub name: &'static str,
    /// Who reads it.
    reader: &'static str,
    /// The way of its messages, and of its other lines.
    ways: (Way, Way),
    /// Where it is written down.
    pub log: Log,
    state: Mutex<State>,
}

/// How far a stream came.
#[derive(Debug, Default)]
struct State {
    /// The line that has no end yet.
    line: Vec<u8>,
    /// When its last bytes came, in seconds.
    came: f64,
    /// So many bytes came.
    read: u64,
    /// Something came and is being passed on.
    busy: bool,
}

impl Stream {
    pub(super) fn new(
        name: &'static str,
        reader: &'static str,
        ways: (Way, Way),
        log: &Log,
    ) -> Self {
        Self {
            name,
            reader,
            ways,
            log: log.clone(),
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many bytes came, and whether some are being passed on.
    fn progress(&self) -> (u64, bool) {
        let state = self.state();
        (state.read, state.busy)
    }

    /// Passes everything on until the stream ends. Lines are written down before they are passed
    /// on, so that the order in the transcript is that of cause and effect; what comes after the
    /// reader is gone is written down all the same.
    pub(super) fn pass_on(&self, mut from: impl Read + AsFd, to: impl Write + AsFd) {
        let mut buffer = vec![0; 64 * 1024];
        let mut to = Some(to);
        loop {
            self.state().busy = false;
            let count = match from.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if ready(&error, &from, PollFlags::POLLIN) => continue,
                Err(error) => {
                    let problem = format!("cannot read {}: {error}", self.name);
                    tell(&problem);
                    self.log.write(Way::Meta, json!({ "error": problem }));
                    break;
                }
            };
            self.take(&buffer[..count]);
            if let Some(open) = &mut to
                && let Err(error) = write(open, &buffer[..count])
            {
                let note = format!("closed by {}: {error}", self.reader);
                self.log.write(Way::Meta, json!({ self.name: note }));
                to = None;
            }
        }
        drop(to);
        self.end();
    }

    /// Takes in bytes, and writes down the lines that they end.
    fn take(&self, bytes: &[u8]) {
        let mut state = self.state();
        state.busy = true;
        state.read += bytes.len() as u64;
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            state.line.extend_from_slice(piece);
            if state.line.pop_if(|byte| *byte == b'\n').is_some() {
                self.write_down(&state.line, self.log.now(), false);
                state.line.clear();
            }
        }
        state.came = self.log.now();
    }

    /// No more comes: what there is of a last line is written down as half a line.
    pub(super) fn end(&self) {
        let mut state = self.state();
        let line = std::mem::take(&mut state.line);
        if !line.is_empty() {
            self.write_down(&line, state.came, true);
        }
    }

    fn write_down(&self, bytes: &[u8], t: f64, unfinished: bool) {
        let (message, raw) = self.ways;
        let (dir, msg) = match serde_json::from_slice::<Value>(bytes) {
            Ok(value) if value.is_object() && message != raw => (message, value),
            _ => (raw, line::to_value(bytes)),
        };
        self.log.put(Entry {
            t,
            dir,
            msg,
            unfinished,
        });
    }

    /// Waits after the command's end until the stream is over; what cannot be waited for is noted.
    pub(super) fn drain(&self, over: &Receiver<()>) {
        let (begun, _) = self.progress();
        let mut stuck = 0;
        loop {
            let before = self.progress();
            if over.recv_timeout(DRAIN) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let now = self.progress();
            let (read, busy) = now;
            let why = if read.saturating_sub(begun) > PIPE || (now == before && !busy) {
                "a process that the command left behind holds it"
            } else if now == before {
                stuck += 1;
                if stuck < STUCK {
                    continue;
                }
                "the client does not read it"
            } else {
                stuck = 0;
                continue;
            };
            self.end();
            let note = format!("{why}; what comes later is not recorded");
            let cut = json!({ "cut": self.name, "because": note });
            self.log.write(Way::Meta, cut);
            return;
        }
    }
}

/// Writes everything, however long it takes.
fn write(to: &mut (impl Write + AsFd), mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match to.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => bytes = &bytes[count..],
            Err(error) if ready(&error, to, PollFlags::POLLOUT) => {}
            Err(error) => return Err(error),
        }
    }
    to.flush()
}

/// Whether it is worth another try, after waiting for it: the other side may have made the stream
/// one that does not block.
fn ready(error: &io::Error, stream: &impl AsFd, flags: PollFlags) -> bool {
    match error.kind() {
        io::ErrorKind::Interrupted => true,
        io::ErrorKind::WouldBlock => {
            let mut wanted = [PollFd::new(stream.as_fd(), flags)];
            let polled = poll(&mut wanted, PollTimeout::NONE);
            polled.is_ok() || polled == Err(nix::errno::Errno::EINTR)
        }
        _ => false,
    }
}
