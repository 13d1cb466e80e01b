//! The app-server: one thread that takes messages in, moves turns on, and sends messages.
//!
//! Nothing waits here but [`Server::serve`], on the channel from the reading thread and until the
//! earliest deadline of a turn, so that a simulated clock sees every wait.

mod command;
mod decision;
mod fault;
mod input;
mod interrupt;
mod late;
mod launch;
mod long;
mod outgoing;
mod params;
mod patch;
mod progress;
mod receive;
mod requests;
mod review;
mod runner;
mod signals;
mod steps;
mod subagent;
mod thread;
mod thread_requests;
mod tools;
mod turns;
mod wire;

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::time::Instant;

use serde_json::json;

use crate::events::Events;
use crate::home::codex_home;
use crate::ledger::{Ledger, LedgerError};
use crate::message::notification::{Event, Notification};
use crate::script::{Script, Version};
use input::Input;
use late::Late;
use outgoing::Outgoing;
use runner::Runner;
use thread::Thread;
use wire::Wire;

pub(crate) use launch::start_event;
use signals::die_by;

/// After so many operations of turns the input is looked at, though turns could go on.
const OPERATIONS_PER_LOOK: usize = 1000;

/// The client as it introduced itself.
#[derive(Debug, Default)]
struct Client {
    name: String,
    opted_out: HashSet<String>,
    experimental: bool,
}

/// The state of the app-server.
pub(crate) struct Server {
    script: Script,
    version: Version,
    events: Arc<Events>,
    wire: Wire,
    ledger: Ledger,
    codex_home: PathBuf,
    client: Option<Client>,
    threads: BTreeMap<String, Thread>,
    runners: Vec<Runner>,
    next_runner: u64,
    next_request: u64,
    /// Methods of requests to the client that wait for an answer, with their runner.
    asked: BTreeMap<u64, (String, u64)>,
    /// Messages that are sent after the next one.
    held: Vec<Outgoing>,
    /// Items whose end comes after that of their turn.
    late: Vec<Late>,
    input: Receiver<Input>,
    inlet: Sender<Input>,
    stop_reading: Arc<AtomicBool>,
}

/// Serves the protocol on the standard streams until the input ends.
pub(crate) fn serve(script: Script, events: Arc<Events>) -> ExitCode {
    let mut server = Server::new(script, events);
    if let Err(error) = server.watch_signals() {
        tell!("fake codex: cannot watch for signals: {error}");
        return ExitCode::FAILURE;
    }
    if let Some(code) = server.start_up() {
        return code;
    }
    let started = input::read_stdin(server.inlet.clone(), Arc::clone(&server.stop_reading));
    if let Err(error) = started {
        tell!("fake codex: cannot read standard input: {error}");
        return ExitCode::FAILURE;
    }
    server.run()
}

impl Server {
    fn new(script: Script, events: Arc<Events>) -> Self {
        let (inlet, input) = mpsc::channel();
        let codex_home = codex_home();
        Self {
            version: script.version,
            ledger: Ledger::new(&codex_home),
            script,
            events,
            wire: Wire::new(),
            codex_home,
            client: None,
            threads: BTreeMap::new(),
            runners: Vec::new(),
            next_runner: 0,
            next_request: 0,
            asked: BTreeMap::new(),
            held: Vec::new(),
            late: Vec::new(),
            input,
            inlet,
            stop_reading: Arc::new(AtomicBool::new(false)),
        }
    }

    fn watch_signals(&self) -> std::io::Result<()> {
        let (events, inlet) = (Arc::clone(&self.events), self.inlet.clone());
        signals::watch(events, self.script.signals.clone(), self.version, inlet)
    }

    fn run(&mut self) -> ExitCode {
        loop {
            self.advance_turns();
            self.wire.flush();
            let input = self.next_input();
            match input {
                Ok(Input::Line(line)) => self.receive(line),
                Ok(Input::Unfinished(line)) => {
                    if self.version.takes_unfinished_line() {
                        // It has its effect, and the connection is gone before its reply.
                        if !self.script.signals.ignore_eof {
                            self.wire.fall_silent();
                        }
                        self.receive(line);
                    }
                }
                Ok(Input::CommandEnded {
                    runner,
                    output,
                    exit,
                }) => {
                    self.command_ended(runner, output, exit);
                }
                Ok(Input::End) if self.script.signals.ignore_eof => {
                    self.events.record("eof", json!({ "ignored": true }));
                }
                Ok(Input::End) => {
                    self.events.record("eof", json!({ "ignored": false }));
                    std::thread::sleep(self.script.signals.exit_delay.get());
                    return self.end("end of input");
                }
                Ok(Input::Terminate) => return self.end("SIGTERM"),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.end("end of input"),
            }
        }
    }

    /// The next input, waited for until a turn can go on; a turn that can already waits for nothing.
    fn next_input(&self) -> Result<Input, RecvTimeoutError> {
        let Some(deadline) = self.next_deadline() else {
            return self
                .input
                .recv()
                .map_err(|_| RecvTimeoutError::Disconnected);
        };
        let left = deadline.saturating_duration_since(Instant::now());
        if !left.is_zero() {
            return self.input.recv_timeout(left);
        }
        self.input.try_recv().map_err(|error| match error {
            TryRecvError::Empty => RecvTimeoutError::Timeout,
            TryRecvError::Disconnected => RecvTimeoutError::Disconnected,
        })
    }

    /// Moves turns on until each of them waits for something.
    fn advance_turns(&mut self) {
        self.finish_late_items();
        for _ in 0..OPERATIONS_PER_LOOK {
            let now = Instant::now();
            let Some(index) = self.runners.iter().position(|runner| runner.is_due(now)) else {
                return;
            };
            self.step(index);
        }
    }

    fn next_deadline(&self) -> Option<Instant> {
        let turns = self.runners.iter().filter_map(Runner::deadline);
        turns.chain(self.late.iter().map(|late| late.at)).min()
    }

    /// Ends the server as it ends of itself.
    fn end(&mut self, because: &str) -> ExitCode {
        self.wire.flush();
        self.events
            .record("exit", json!({ "code": 0, "because": because }));
        self.store_interruptions();
        // Commands that were really run end with the server, as those of the real one do.
        for runner in &mut self.runners {
            runner.end_command();
        }
        ExitCode::SUCCESS
    }

    fn notify(&mut self, notification: Notification) {
        let opted_out = |client: &Client| client.opted_out.contains(notification.method());
        if self.client.as_ref().is_some_and(opted_out) {
            return;
        }
        let value = notification.to_value(self.version);
        self.send(Outgoing::notification(&notification, value));
    }

    fn notify_about(&mut self, thread: &str, turn: Option<&str>, event: Event) {
        self.notify(Notification::About {
            thread: thread.to_owned(),
            turn: turn.map(str::to_owned),
            event,
        });
    }

    /// The value, or the default and a word on standard error: a count that cannot be kept must
    /// be seen, but the protocol has no place for it.
    fn counted<T: Default>(&self, result: Result<T, LedgerError>) -> T {
        result.unwrap_or_else(|error| {
            tell!("fake codex: {error}");
            self.events
                .record("problem", json!({ "message": error.to_string() }));
            T::default()
        })
    }

    fn complain(&self, message: &str) {
        tell!("fake codex: {message}");
        self.events.record("problem", json!({ "message": message }));
    }

    fn home_text(&self) -> String {
        self.codex_home.display().to_string()
    }
}
