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
    /// The last line, whose end never came. Standard input ends with it.
    Unfinished(Line),
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
                let input = next_input(&mut reader);
                while stop.load(Ordering::Acquire) {
                    thread::park();
                }
                let ended = matches!(input, Input::End);
                if to.send(input).is_err() || ended {
                    return;
                }
            }
        })?;
    Ok(())
}

/// The next line, or the end.
fn next_input(reader: &mut impl BufRead) -> Input {
    let mut line = Line::default();
    let mut any = false;
    loop {
        let piece = match reader.fill_buf() {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) | Ok([]) if any => return Input::Unfinished(line),
            Err(_) | Ok([]) => return Input::End,
            Ok(piece) => piece,
        };
        any = true;
        let end = piece.iter().position(|byte| *byte == b'\n');
        line.extend(&piece[..end.unwrap_or(piece.len())]);
        let taken = end.map_or(piece.len(), |end| end + 1);
        reader.consume(taken);
        if end.is_some() {
            return Input::Line(line);
        }
    }
}
