//! Starting a turn and waiting for its end.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Capture, Limits, Progress, Reporter, TurnEnd};
use crate::client::{Connection, RequestError};
use crate::texts::{self, say};
use crate::time;

/// How long after an error that will not be retried the server may still say how the turn ended.
const AFTER_ERROR: Duration = Duration::from_secs(2);
/// Pause before an interrupt is tried again. Codex 0.134 and 0.169 answer one that
/// follows the start closely with "no active turn" and keep the turn running.
const INTERRUPT_PAUSE: Duration = Duration::from_millis(200);
const INTERRUPT_TRIES: u32 = 5;

/// Why a turn is stopped from this side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// A signal to this worker.
    Signal(i32),
    /// The job ended on record, by somebody else's hand.
    JobEnded,
}

/// Starts a turn with `method` and `params` on a thread and sees it to its end.
///
/// A stop from this side comes next to the end that it led to.
pub fn run(
    connection: &mut Connection,
    thread: &str,
    (method, params): (&str, &Value),
    limits: &Limits,
    report: &mut Reporter,
) -> (TurnEnd, Option<Stop>) {
    let review = method == "review/start";
    let mut turn = Turn {
        connection,
        capture: Capture::new(thread),
        limits,
        report,
        thread: thread.to_owned(),
        quiet_told: false,
        since: Instant::now(),
        last: Instant::now(),
    };
    let ending = match turn.connection.request(method, params, limits.request) {
        Ok(reply) => {
            turn.capture.acknowledged(&reply);
            turn.follow()
        }
        Err(error) => turn.ending_of(error),
    };
    let interrupted = match &ending {
        Ending::Natural | Ending::Reason(_) => None,
        Ending::Limit(_) | Ending::Stopped(_) => turn.interrupt(),
    };
    let (reason, stop) = match ending {
        Ending::Natural => (None, None),
        Ending::Reason(reason) | Ending::Limit(reason) => (Some(reason), None),
        Ending::Stopped(stop) => (None, Some(stop)),
    };
    let end = turn.capture.end(reason, interrupted, review);
    (end, stop)
}

enum Ending {
    /// The server said how the turn ended.
    Natural,
    /// It cannot go on.
    Reason(String),
    /// A limit was reached; the turn still runs.
    Limit(String),
    /// It is to be stopped.
    Stopped(Stop),
}

struct Turn<'a, 'r> {
    connection: &'a mut Connection,
    capture: Capture,
    limits: &'a Limits,
    report: &'a mut Reporter<'r>,
    thread: String,
    quiet_told: bool,
    since: Instant,
    last: Instant,
}

impl Turn<'_, '_> {
    fn follow(&mut self) -> Ending {
        self.last = Instant::now();
        while !self.capture.has_ended() {
            match self.connection.notification(self.deadline()) {
                Ok(Some(message)) => {
                    self.last = Instant::now();
                    self.quiet_told = false;
                    for progress in self.capture.apply(&message) {
                        if !(self.report)(progress) {
                            return Ending::Stopped(Stop::JobEnded);
                        }
                    }
                }
                Ok(None) => {
                    if let Some(ending) = self.limit_reached() {
                        return ending;
                    }
                }
                Err(error) => return self.ending_of(error),
            }
        }
        Ending::Natural
    }

    fn ending_of(&self, error: RequestError) -> Ending {
        match error {
            RequestError::Signal(signal) => Ending::Stopped(Stop::Signal(signal)),
            RequestError::TimedOut { .. } => Ending::Limit(error.to_string()),
            RequestError::Refused { .. } | RequestError::Ended(_) => {
                Ending::Reason(error.to_string())
            }
        }
    }

    /// When to look at the limits next.
    fn deadline(&self) -> Option<Instant> {
        let from_last = |limit: Option<Duration>| limit.map(|limit| self.last + limit);
        let quiet = if self.quiet_told {
            None
        } else {
            from_last(self.limits.quiet)
        };
        let drain = if self.capture.has_answered() {
            from_last(self.limits.drain)
        } else {
            None
        };
        let error = self.capture.has_given_up().then(|| self.last + AFTER_ERROR);
        let turn = self.limits.turn.map(|limit| self.since + limit);
        [quiet, drain, error, turn, from_last(self.limits.idle)]
            .into_iter()
            .flatten()
            .min()
    }

    fn limit_reached(&mut self) -> Option<Ending> {
        let silent = self.last.elapsed();
        let passed = |limit: Option<Duration>, time: Duration| limit.filter(|limit| time >= *limit);
        if self.capture.has_given_up() && silent >= AFTER_ERROR {
            return Some(Ending::Natural);
        }
        if let Some(limit) = passed(self.limits.turn, self.since.elapsed()) {
            return Some(Ending::Limit(self.limit_text(texts::TURN_LIMIT, limit)));
        }
        if let Some(limit) = passed(self.limits.idle, silent) {
            return Some(Ending::Limit(self.limit_text(texts::IDLE_LIMIT, limit)));
        }
        if self.capture.has_answered()
            && let Some(limit) = passed(self.limits.drain, silent)
        {
            if self.server_says_completed() {
                self.capture.confirm_completed();
                (self.report)(Progress::line(say!(LOG_END_CONFIRMED), Some("finalizing")));
                return Some(Ending::Natural);
            }
            return Some(Ending::Limit(self.limit_text(texts::IDLE_LIMIT, limit)));
        }
        if passed(self.limits.quiet, silent).is_some() && !self.quiet_told {
            self.quiet_told = true;
            let span = time::readable(i64::try_from(silent.as_secs()).unwrap_or(i64::MAX));
            let line = say!(LOG_SILENT, span = span, event = self.capture.last_event());
            (self.report)(Progress::line(line, None));
        }
        None
    }

    fn limit_text(&self, text: texts::Text, limit: Duration) -> String {
        let seconds = time::seconds(limit);
        texts::render(
            text,
            &[("seconds", &seconds), ("event", &self.capture.last_event())],
        )
    }

    /// Asks for the thread's own record of the turn.
    fn server_says_completed(&mut self) -> bool {
        let params = json!({"threadId": self.thread, "includeTurns": true});
        let limit = Some(self.limits.interrupt);
        let Ok(reply) = self.connection.request("thread/read", &params, limit) else {
            return false;
        };
        let turns = reply.pointer("/thread/turns").and_then(Value::as_array);
        turns.into_iter().flatten().any(|turn| {
            turn.get("id").and_then(Value::as_str) == self.capture.turn()
                && turn.get("status").and_then(Value::as_str) == Some("completed")
        })
    }

    /// Asks Codex to stop the turn and gives it a moment to say that it did.
    /// None when there is no turn that could be stopped.
    fn interrupt(&mut self) -> Option<bool> {
        let turn = self.capture.turn()?.to_owned();
        let params = json!({"threadId": self.thread, "turnId": turn});
        let mut agreed = false;
        for _ in 0..INTERRUPT_TRIES {
            match self
                .connection
                .request("turn/interrupt", &params, Some(self.limits.interrupt))
            {
                Ok(_) => {
                    agreed = true;
                    break;
                }
                Err(RequestError::Refused { .. }) if !self.capture.has_ended() => {
                    self.listen(Instant::now() + INTERRUPT_PAUSE);
                }
                Err(_) => break,
            }
        }
        let values = [("turn", turn.as_str()), ("thread", self.thread.as_str())];
        let line = if agreed {
            texts::render(texts::LOG_INTERRUPT_REQUESTED, &values)
        } else {
            texts::render(texts::LOG_INTERRUPT_REFUSED, &values)
        };
        (self.report)(Progress::line(line, None));
        if agreed {
            self.listen(Instant::now() + self.limits.interrupt);
        }
        Some(agreed)
    }

    /// Takes notifications until the turn ended or the time is over.
    fn listen(&mut self, until: Instant) {
        while !self.capture.has_ended() {
            match self.connection.notification(Some(until)) {
                Ok(Some(message)) => {
                    for progress in self.capture.apply(&message) {
                        (self.report)(progress);
                    }
                }
                Err(RequestError::Signal(_)) => {}
                Ok(None) | Err(_) => return,
            }
        }
    }
}
