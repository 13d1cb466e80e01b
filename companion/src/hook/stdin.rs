//! Reading one event from stdin.

use std::io::{self, Read};
use std::os::fd::AsFd;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use serde_json::Value;

use crate::json;
use crate::texts::say;

/// There is no event.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// Stdin cannot be read.
    #[error("{}", say!(INPUT_UNREADABLE, error = .0))]
    Unreadable(#[from] io::Error),
    /// It holds something else.
    #[error("{}", say!(INPUT_NOT_JSON, error = .0))]
    NotJson(#[from] serde_json::Error),
}

/// The event on stdin; none when stdin is empty.
///
/// Nothing is read beyond it, so a caller that keeps stdin open holds up nobody.
pub fn read_event() -> Result<Option<Value>, InputError> {
    event(Patient(io::stdin().lock()))
}

fn event(reader: impl Read) -> Result<Option<Value>, InputError> {
    let text = json::first_text(reader)?;
    if text.trim_ascii().is_empty() {
        return Ok(None);
    }
    Ok(Some(json::parse(&text)?))
}

/// A stdin that may be set to non-blocking: waits instead of failing.
struct Patient<R>(R);

impl<R: Read + AsFd> Read for Patient<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.0.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let mut stdin = [PollFd::new(self.0.as_fd(), PollFlags::POLLIN)];
                    poll(&mut stdin, PollTimeout::NONE)?;
                }
                done => return done,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::unix::net::UnixStream;

    #[test]
    fn an_open_and_non_blocking_stdin_is_no_obstacle() {
        let (mut writer, reader) = UnixStream::pair().unwrap();
        reader.set_nonblocking(true).unwrap();
        let read = std::thread::spawn(move || event(Patient(reader)));
        writer.write_all(b" {\"a\":").unwrap();
        writer.write_all(b"{\"b\":1}}").unwrap();
        let event = read.join().unwrap().unwrap().unwrap();
        assert_eq!(event["a"]["b"], 1);
        drop(writer);
    }

    #[test]
    fn empty_and_broken_input() {
        assert_eq!(event(&b" \n"[..]).unwrap(), None);
        assert_eq!(
            event(&b"{\"a\":\"\\ud83d\"}"[..]).unwrap().unwrap()["a"],
            "\u{fffd}"
        );
        assert!(event(&b"{\"a\":"[..]).is_err());
        assert!(event(&b"nonsense"[..]).is_err());
    }
}
