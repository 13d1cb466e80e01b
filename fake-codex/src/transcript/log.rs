//! The transcript that is being written, by a thread of its own.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::redact::Streams;
use super::{Entry, Redaction, Way};

/// What waits for the rest of a word is written after this time all the same.
const PATIENCE: Duration = Duration::from_secs(1);

/// So many entries may be on their way to the writer; then the conversation waits for it.
const ON_THE_WAY: usize = 1024;

/// Transcripts of one name are counted up to this number.
const MOST_FILES: usize = 100_000;

/// The way into a transcript.
#[derive(Debug, Clone)]
pub(super) struct Log {
    to: SyncSender<Option<Entry>>,
    start: Instant,
}

impl Log {
    /// Writes something down, as of now.
    pub(super) fn write(&self, dir: Way, msg: Value) {
        self.put(Entry::new(self.now(), dir, msg));
    }

    /// The time, in seconds since the start.
    pub(super) fn now(&self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }

    /// Writes down an entry that has its time already.
    pub(super) fn put(&self, entry: Entry) {
        // A transcript that cannot be written on must not disturb the conversation.
        let _ = self.to.send(Some(entry));
    }
}

/// The thread that writes a transcript.
#[derive(Debug)]
pub(super) struct Writer {
    thread: JoinHandle<()>,
    to: SyncSender<Option<Entry>>,
}

impl Writer {
    /// Begins a transcript in a new file; the file's path may differ from `out`, which is kept if
    /// it is there already.
    pub(super) fn start(out: &Path, redaction: Redaction) -> io::Result<(Log, Self, PathBuf)> {
        let (file, path) = create(out)?;
        let (to, from) = mpsc::sync_channel(ON_THE_WAY);
        let thread = thread::Builder::new()
            .name("transcript".to_owned())
            .spawn({
                let path = path.clone();
                move || write(file, &path, &from, Streams::new(redaction))
            })?;
        let log = Log {
            to: to.clone(),
            start: Instant::now(),
        };
        Ok((log, Self { thread, to }, path))
    }

    /// Writes everything that waits, and ends.
    pub(super) fn finish(self) {
        // A writer that is gone has nothing left to write.
        let _ = self.to.send(None);
        let _ = self.thread.join();
    }
}

/// Makes a file that only its owner can read, beside one that is there already.
fn create(out: &Path) -> io::Result<(File, PathBuf)> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let stem = out.file_stem().unwrap_or_default().to_string_lossy();
    let extension = out
        .extension()
        .map(|extension| format!(".{}", extension.to_string_lossy()))
        .unwrap_or_default();
    let mut path = out.to_owned();
    for number in 2..MOST_FILES {
        match options.open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            result => return Ok((result?, path)),
        }
        path = out.with_file_name(format!("{stem}-{number}{extension}"));
    }
    Err(io::Error::from(io::ErrorKind::AlreadyExists))
}

fn write(mut file: File, path: &Path, from: &Receiver<Option<Entry>>, mut streams: Streams) {
    let mut failed = false;
    loop {
        let entry = if streams.is_waiting() {
            from.recv_timeout(PATIENCE)
        } else {
            from.recv().map_err(|_| RecvTimeoutError::Disconnected)
        };
        let (entries, over) = match entry {
            Ok(Some(entry)) => (streams.take(entry), false),
            Err(RecvTimeoutError::Timeout) => (streams.release(), false),
            Ok(None) | Err(RecvTimeoutError::Disconnected) => (streams.release(), true),
        };
        for entry in entries {
            // A full disk must not disturb the conversation, but it is told.
            if let Err(error) = write_entry(&mut file, &entry)
                && !failed
            {
                failed = true;
                let path = path.display();
                tell(&format!(
                    "cannot write the transcript {path}: {error}; the recording has gaps from here on"
                ));
            }
        }
        if over {
            return;
        }
    }
}

fn write_entry(file: &mut File, entry: &Entry) -> io::Result<()> {
    let mut line = serde_json::to_vec(entry)?;
    line.push(b'\n');
    file.write_all(&line)
}

/// Tells the user what the recording lacks; a standard error that is closed is no reason to end.
pub(super) fn tell(text: &str) {
    let _ = writeln!(io::stderr(), "recorder: {text}");
}
