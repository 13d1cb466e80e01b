use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use super::super::process::StderrTail;
use super::*;

/// A connection whose events the test sends, each taken before the send returns.
fn ending() -> (SyncSender<Event>, StderrTail, JoinHandle<String>) {
    let (sender, events) = sync_channel(0);
    let stderr = StderrTail::default();
    let process = Process {
        identity: Identity::of(1),
        stdin: None,
        events,
        stderr: stderr.clone(),
    };
    let worker = thread::spawn(move || {
        let mut connection = Connection::over(process, Path::new("/dev/null"));
        match connection.notification(None) {
            Err(RequestError::Ended(reason)) => reason,
            other => format!("{other:?}"),
        }
    });
    (sender, stderr, worker)
}

fn exited() -> Event {
    Event::Exited(Exit(ExitStatus::from_raw(101 << 8)))
}

#[test]
fn the_last_words_on_stderr_are_waited_for() {
    let (sender, stderr, worker) = ending();
    sender.send(Event::OutputClosed).unwrap();
    sender.send(exited()).unwrap();
    stderr.push("thread 'main' panicked".to_owned());
    sender.send(Event::StderrClosed).unwrap();
    let reason = worker.join().unwrap();
    assert!(
        reason.contains("exit 101; stderr: thread 'main' panicked"),
        "{reason}"
    );
}

#[test]
fn a_stderr_that_somebody_holds_open_is_not_waited_for_for_ever() {
    let (sender, _, worker) = ending();
    sender.send(Event::OutputClosed).unwrap();
    sender.send(exited()).unwrap();
    let reason = worker.join().unwrap();
    assert!(reason.contains("(exit 101)"), "{reason}");
    drop(sender);
}

#[test]
fn stderr_alone_is_no_end() {
    let (sender, _, worker) = ending();
    sender.send(Event::StderrClosed).unwrap();
    sender
        .send(Event::Message(json!({"method": "turn/started"})))
        .unwrap();
    assert!(worker.join().unwrap().contains("turn/started"));
}
