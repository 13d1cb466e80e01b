//! The way in: lines from standard input, and signals, each read in a thread of its own.

use std::io::{BufRead, BufReader};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::thread;

use super::long::Line;

/// Something that the server must look at.
#[derive(Debug)]
pub enum Input {
    /// A line from standard input, without its end.
    Line(Line),
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
                let line = next_line(&mut reader);
                while stop.load(Ordering::Acquire) {
                    thread::park();
                }
                let input = line.map_or(Input::End, Input::Line);
                let ended = matches!(input, Input::End);
                if to.send(input).is_err() || ended {
                    return;
                }
            }
        })?;
    Ok(())
}

/// The next line; none at the end. A last line without its end gets no answer from the real 0.117.0,
/// 0.134.0 and 0.169.0. Whether it still takes effect there is not known: 0.117.0 says that it drops a message.
fn next_line(reader: &mut impl BufRead) -> Option<Line> {
    let mut line = Line::default();
    loop {
        let piece = match reader.fill_buf() {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) | Ok([]) => return None,
            Ok(piece) => piece,
        };
        let end = piece.iter().position(|byte| *byte == b'\n');
        line.extend(&piece[..end.unwrap_or(piece.len())]);
        let taken = end.map_or(piece.len(), |end| end + 1);
        reader.consume(taken);
        if end.is_some() {
            return Some(line);
        }
    }
}
