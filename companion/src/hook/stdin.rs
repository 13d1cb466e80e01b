//! Reading one event from stdin.

use std::io::{self, BufReader, Read};
use std::os::fd::AsFd;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use serde_json::Value;

/// The first JSON value on stdin; none when stdin is empty.
///
/// Nothing is read beyond the value, so a caller that keeps stdin open holds up nobody.
pub fn read_event() -> Result<Option<Value>, serde_json::Error> {
    first_value(BufReader::new(Patient(io::stdin().lock())))
}

fn first_value(reader: impl Read) -> Result<Option<Value>, serde_json::Error> {
    serde_json::Deserializer::from_reader(reader)
        .into_iter()
        .next()
        .transpose()
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
        let event = std::thread::spawn(move || first_value(Patient(reader)));
        writer.write_all(b" {\"a\":").unwrap();
        writer.write_all(b"{\"b\":1}}").unwrap();
        let event = event.join().unwrap().unwrap().unwrap();
        assert_eq!(event["a"]["b"], 1);
        drop(writer);
    }

    #[test]
    fn empty_and_broken_input() {
        assert_eq!(first_value(&b" \n"[..]).unwrap(), None);
        assert!(first_value(&b"{\"a\":"[..]).is_err());
        assert!(first_value(&b"nonsense"[..]).is_err());
    }
}
