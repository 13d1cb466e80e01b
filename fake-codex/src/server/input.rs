//! The way in: lines from standard input, and signals, each read in a thread of its own.

use std::io::{BufRead, BufReader};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::thread;

/// Something that the server must look at.
#[derive(Debug)]
pub enum Input {
    /// A line from standard input, without its end.
    Line(Vec<u8>),
    /// Standard input ended.
    End,
    /// SIGTERM came, and this version exits of itself.
    Terminate,
    /// A command that was really run ended.
    CommandEnded {
        /// The runner that started it.
        runner: u64,
        /// What it wrote.
        output: String,
        /// Its exit code.
        exit: i32,
    },
}

/// Reads standard input until it ends, in a thread of its own.
///
/// When `stop` is set no further line is delivered, nor the end.
///
/// # Errors
/// The thread cannot be started.
pub fn read_stdin(to: Sender<Input>, stop: Arc<AtomicBool>) -> std::io::Result<()> {
    thread::Builder::new()
        .name("stdin".to_owned())
        .spawn(move || {
            let mut reader = BufReader::with_capacity(64 * 1024, std::io::stdin().lock());
            loop {
                let mut line = Vec::new();
                let count = reader.read_until(b'\n', &mut line).unwrap_or(0);
                while stop.load(Ordering::Acquire) {
                    thread::park();
                }
                // A last line without its end is not a message.
                let input = if count == 0 || line.pop() != Some(b'\n') {
                    Input::End
                } else {
                    Input::Line(line)
                };
                let ended = matches!(input, Input::End);
                if to.send(input).is_err() || ended {
                    return;
                }
            }
        })?;
    Ok(())
}
