//! Locks on files, waited for without polling.
//!
//! The kernel gives a lock back when its holder dies, so none is ever stale. A
//! wait with a limit blocks in a second thread, which is left behind when the
//! limit passes: the process is about to end then.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::texts::say;

/// How a lock is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// By one holder.
    Alone,
    /// Together with others that only look.
    Shared,
}

/// Why a lock was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody else held it until the limit.
    #[error("{}", say!(LOCK_HELD))]
    Held,
    /// The file cannot be opened or locked.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Opens (and creates) a file that serves as a lock.
pub fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
}

/// Takes the lock if it is free.
pub fn try_now(file: &File, held: Held) -> Result<(), LockError> {
    let taken = match held {
        Held::Alone => file.try_lock(),
        Held::Shared => file.try_lock_shared(),
    };
    taken.map_err(|error| match error {
        TryLockError::WouldBlock => LockError::Held,
        TryLockError::Error(error) => LockError::Io(error),
    })
}

/// Takes the lock, waiting for it at most `limit` (without one: for ever).
pub fn lock_within(file: File, held: Held, limit: Option<Duration>) -> Result<File, LockError> {
    lock_as_long_as(file, held, limit, || false)
}

/// As [`lock_within`], but whenever the limit has passed, `goes_on` says whether to wait as long again.
pub fn lock_as_long_as(
    file: File,
    held: Held,
    limit: Option<Duration>,
    mut goes_on: impl FnMut() -> bool,
) -> Result<File, LockError> {
    match try_now(&file, held) {
        Err(LockError::Held) => {}
        Err(error) => return Err(error),
        Ok(()) => return Ok(file),
    }
    let block = move || {
        match held {
            Held::Alone => file.lock(),
            Held::Shared => file.lock_shared(),
        }
        .map(|()| file)
    };
    let Some(limit) = limit else {
        return Ok(block()?);
    };
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new()
        .name("lock".into())
        .spawn(move || sender.send(block()))?;
    loop {
        match receiver.recv_timeout(limit) {
            Ok(locked) => return Ok(locked?),
            Err(mpsc::RecvTimeoutError::Timeout) if goes_on() => {}
            Err(_) => return Err(LockError::Held),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_goes_on_while_there_is_a_reason() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("lock");
        let mut first = Some(lock_within(open(&path).unwrap(), Held::Alone, None).unwrap());
        let mut asked = 0;
        let goes_on = || {
            asked += 1;
            if asked == 3 {
                first = None;
            }
            true
        };
        let limit = Some(Duration::from_millis(1));
        lock_as_long_as(open(&path).unwrap(), Held::Alone, limit, goes_on).unwrap();
        assert!(asked >= 3);
    }

    #[test]
    fn a_held_lock_is_reported_and_released_by_drop() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("lock");
        let first = lock_within(open(&path).unwrap(), Held::Alone, None).unwrap();
        let denied = try_now(&open(&path).unwrap(), Held::Shared);
        assert!(matches!(denied, Err(LockError::Held)));
        let waiting = open(&path).unwrap();
        let waiter = thread::spawn(move || lock_within(waiting, Held::Alone, None).is_ok());
        drop(first);
        assert!(waiter.join().unwrap());
    }
}
