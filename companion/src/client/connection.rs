//! Requests and their replies, notifications, and the end of a connection.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use super::answers;
use super::process::{self, Event, Exit, LaunchError, Process};
use crate::liveness::Identity;
use crate::texts::say;
use crate::{joblog, time};

/// Tries of a request that the server is too busy for, and the first pause between them.
const OVERLOAD_TRIES: u32 = 5;
const OVERLOAD_PAUSE: Duration = Duration::from_secs(1);
/// The code of "Server overloaded; retry later." (observed on codex 0.117 to 0.169).
const OVERLOADED: i64 = -32001;
/// How long output may still come after the process ended (a grandchild can hold the pipe),
/// from the last that came and in all.
const DRAIN: Duration = Duration::from_millis(500);
const LONGEST_DRAIN: Duration = Duration::from_secs(30);
/// Steps of a shutdown: after closing stdin, after SIGTERM.
const SHUTDOWN_STEP: Duration = Duration::from_secs(1);

/// A request that brought no result.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// The server answered with an error.
    #[error("{message}")]
    Refused {
        /// The JSON-RPC code.
        code: i64,
        /// The server's words.
        message: String,
    },
    /// No answer within the limit.
    #[error("{}", say!(REQUEST_TIMED_OUT, method = .method, seconds = time::seconds(*.limit)))]
    TimedOut {
        /// The request.
        method: String,
        /// How long was waited.
        limit: Duration,
    },
    /// The app-server ended.
    #[error("{0}")]
    Ended(String),
    /// This worker got a signal.
    #[error("{}", say!(STOPPED_BY_SIGNAL, signal = process::signal_name(*.0)))]
    Signal(i32),
}

/// A connection to one app-server process.
pub struct Connection {
    process: Process,
    log: PathBuf,
    next_id: u64,
    kept: VecDeque<Value>,
    exit: Option<Exit>,
    output_closed: bool,
    stderr_closed: bool,
    /// When the first sign of the end came.
    ending: Option<Instant>,
}

impl Connection {
    /// Starts an app-server in `cwd`; its stderr and oddities go to `log`.
    pub fn launch(cwd: &Path, log: &Path) -> Result<Self, LaunchError> {
        Ok(Self::over(process::launch(cwd, log)?, log))
    }

    fn over(process: Process, log: &Path) -> Self {
        Self {
            process,
            log: log.to_path_buf(),
            next_id: 1,
            kept: VecDeque::new(),
            exit: None,
            output_closed: false,
            stderr_closed: false,
            ending: None,
        }
    }

    /// The app-server's process.
    pub fn identity(&self) -> Identity {
        self.process.identity
    }

    /// The last lines of its stderr.
    pub fn stderr(&self) -> String {
        self.process.stderr.text()
    }

    /// Introduces this client.
    pub fn initialize(&mut self, limit: Option<Duration>) -> Result<Value, RequestError> {
        let params = json!({
            "clientInfo": {
                "title": "Codex companion",
                "name": "claude_code_codex_companion",
                "version": env!("CARGO_PKG_VERSION"),
            },
            "capabilities": {
                "experimentalApi": false,
                "optOutNotificationMethods": [
                    "item/agentMessage/delta",
                    "item/reasoning/summaryTextDelta",
                    "item/reasoning/summaryPartAdded",
                    "item/reasoning/textDelta",
                ],
            },
        });
        let reply = self.request("initialize", &params, limit)?;
        self.send(&json!({"method": "initialized", "params": {}}));
        Ok(reply)
    }

    /// Sends a request and waits for its reply; one that the server is too busy
    /// for is sent again. Notifications that come meanwhile are kept in order.
    pub fn request(
        &mut self,
        method: &str,
        params: &Value,
        limit: Option<Duration>,
    ) -> Result<Value, RequestError> {
        let mut pause = OVERLOAD_PAUSE;
        for attempt in 1.. {
            match self.request_once(method, params, limit) {
                Err(RequestError::Refused {
                    code: OVERLOADED,
                    message,
                }) if attempt < OVERLOAD_TRIES => {
                    let seconds = pause.as_secs();
                    let note = say!(
                        LOG_BUSY,
                        error = message,
                        method = method,
                        seconds = seconds
                    );
                    joblog::line(&self.log, &note);
                    self.hold(pause)?;
                    pause *= 2;
                }
                other => return other,
            }
        }
        Err(RequestError::Ended(String::new()))
    }

    fn request_once(
        &mut self,
        method: &str,
        params: &Value,
        limit: Option<Duration>,
    ) -> Result<Value, RequestError> {
        let id = self.next_id;
        self.next_id += 1;
        self.send(&json!({"id": id, "method": method, "params": params}));
        let deadline = limit.map(|limit| Instant::now() + limit);
        loop {
            let Some(message) = self.receive(deadline)? else {
                return Err(RequestError::TimedOut {
                    method: method.to_owned(),
                    limit: limit.unwrap_or_default(),
                });
            };
            if message.get("method").is_some() {
                self.kept.push_back(message);
            } else if message.get("id").and_then(Value::as_u64) == Some(id) {
                return reply_of(message);
            }
        }
    }

    /// The next notification; none when the deadline passes first.
    pub fn notification(
        &mut self,
        deadline: Option<Instant>,
    ) -> Result<Option<Value>, RequestError> {
        if let Some(kept) = self.kept.pop_front() {
            return Ok(Some(kept));
        }
        loop {
            match self.receive(deadline)? {
                Some(message) if message.get("method").is_some() => return Ok(Some(message)),
                Some(_) => {}
                None => return Ok(None),
            }
        }
    }

    fn hold(&mut self, pause: Duration) -> Result<(), RequestError> {
        let until = Instant::now() + pause;
        while let Some(message) = self.receive(Some(until))? {
            if message.get("method").is_some() {
                self.kept.push_back(message);
            }
        }
        Ok(())
    }

    /// The next message that is no request of the server; those are answered here.
    fn receive(&mut self, deadline: Option<Instant>) -> Result<Option<Value>, RequestError> {
        loop {
            match self.next_event(deadline) {
                Ok(Event::Message(message)) => {
                    let method = message.get("method").and_then(Value::as_str);
                    match (message.get("id"), method) {
                        (Some(id), Some(method)) => self.answer(id, method, &message),
                        _ => return Ok(Some(message)),
                    }
                }
                Ok(Event::Noise(line)) => {
                    joblog::line(&self.log, &say!(LOG_NOISE, line = line));
                }
                Ok(Event::Signal(signal)) => return Err(RequestError::Signal(signal)),
                Ok(Event::Exited(exit)) => self.exit = Some(exit),
                Ok(Event::OutputClosed) => self.output_closed = true,
                Ok(Event::StderrClosed) => self.stderr_closed = true,
                Err(RecvTimeoutError::Timeout) if !self.has_ended() => return Ok(None),
                Err(_) => return Err(RequestError::Ended(self.reason_of_end())),
            }
            if self.has_ended() && self.is_drained() {
                return Err(RequestError::Ended(self.reason_of_end()));
            }
        }
    }

    fn has_ended(&self) -> bool {
        self.exit.is_some() || self.output_closed
    }

    /// Whether nothing more is to come, or has had its time. The last words on stderr
    /// say why Codex ended, and they may arrive after the end itself.
    fn is_drained(&mut self) -> bool {
        let since = *self.ending.get_or_insert_with(Instant::now);
        let all = self.exit.is_some() && self.output_closed && self.stderr_closed;
        all || since.elapsed() >= LONGEST_DRAIN
    }

    /// Once one sign of the end is there, the others are waited for only briefly.
    fn next_event(&self, deadline: Option<Instant>) -> Result<Event, RecvTimeoutError> {
        let drain = self.has_ended().then(|| Instant::now() + DRAIN);
        let until = [deadline, drain].into_iter().flatten().min();
        match until {
            None => self
                .process
                .events
                .recv()
                .map_err(|_| RecvTimeoutError::Disconnected),
            Some(until) => self
                .process
                .events
                .recv_timeout(until.saturating_duration_since(Instant::now())),
        }
    }

    fn answer(&mut self, id: &Value, method: &str, message: &Value) {
        let answer = answers::to(method, message.get("params").unwrap_or(&Value::Null));
        joblog::line(&self.log, &answer.note);
        self.send(&match answer.body {
            Ok(result) => json!({"id": id, "result": result}),
            Err(error) => json!({"id": id, "error": error}),
        });
    }

    /// A write that fails is no error of its own: the end of the process follows as an event.
    fn send(&mut self, message: &Value) {
        if let Some(stdin) = &self.process.stdin {
            let _ = stdin.send(format!("{message}\n"));
        }
    }

    fn reason_of_end(&self) -> String {
        let mut reason = match self.exit {
            Some(exit) => exit.to_string(),
            None => say!(OUTPUT_CLOSED),
        };
        let stderr = self.stderr();
        if !stderr.is_empty() {
            reason = say!(WITH_STDERR, reason = reason, stderr = stderr);
        }
        say!(CODEX_EXITED, reason = reason)
    }

    /// Ends the app-server: closes its stdin, then SIGTERM, then SIGKILL. After
    /// this returns it runs no more.
    pub fn shut_down(mut self) {
        drop(self.process.stdin.take());
        let steps = [None, Some(Signal::SIGTERM), Some(Signal::SIGKILL)];
        for signal in steps {
            if self.exit.is_some() {
                return;
            }
            if let Some(signal) = signal {
                joblog::line(&self.log, &say!(LOG_ENDING_CODEX, signal = signal));
                self.process.identity.signal(signal);
            }
            self.wait_for_exit(Instant::now() + SHUTDOWN_STEP);
        }
    }

    fn wait_for_exit(&mut self, until: Instant) {
        while self.exit.is_none() {
            let left = until.saturating_duration_since(Instant::now());
            match self.process.events.recv_timeout(left) {
                Ok(Event::Exited(exit)) => self.exit = Some(exit),
                Ok(_) => {}
                Err(_) => return,
            }
        }
    }
}

fn reply_of(mut message: Value) -> Result<Value, RequestError> {
    match message.get("error").filter(|error| !error.is_null()) {
        Some(error) => Err(RequestError::Refused {
            code: error
                .get("code")
                .and_then(Value::as_i64)
                .unwrap_or_default(),
            message: error
                .get("message")
                .and_then(Value::as_str)
                .map_or_else(|| say!(REFUSED_WITHOUT_REASON), str::to_owned),
        }),
        None => Ok(message
            .get_mut("result")
            .map(Value::take)
            .unwrap_or_default()),
    }
}

#[cfg(test)]
#[path = "connection_tests.rs"]
mod tests;
