//! How long each step may take.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::arguments::Arguments;
use crate::environment::{self, NotMilliseconds, limit, limit_of};

const REQUEST: &str = "CODEX_COMPANION_REQUEST_TIMEOUT_MS";

/// A limit that a command line can set.
struct Choice {
    /// The option, without its dashes.
    option: &'static str,
    /// Its field in the `limits` of a record's request.
    field: &'static str,
    /// Sets it.
    set: fn(&mut Limits, Option<Duration>),
}

impl Choice {
    const fn new(
        option: &'static str,
        field: &'static str,
        set: fn(&mut Limits, Option<Duration>),
    ) -> Self {
        Self { option, field, set }
    }
}

const CHOICES: [Choice; 5] = [
    Choice::new("request-limit-ms", "requestMs", |limits, limit| {
        (limits.initialize, limits.request) = (limit, limit);
    }),
    Choice::new("silence-warning-ms", "silenceWarningMs", |limits, limit| {
        limits.quiet = limit;
    }),
    Choice::new("silence-limit-ms", "silenceMs", |limits, limit| {
        limits.idle = limit
    }),
    Choice::new("drain-limit-ms", "drainMs", |limits, limit| {
        limits.drain = limit
    }),
    Choice::new("turn-limit-ms", "turnMs", |limits, limit| {
        limits.turn = limit
    }),
];

/// Limits of one run of Codex; none means no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For the reply to `initialize`.
    pub initialize: Option<Duration>,
    /// For the reply to any other request. Start-up of MCP servers happens within
    /// `thread/start` or `turn/start` and was reported to take 225 s.
    pub request: Option<Duration>,
    /// For the reply to an interrupt and the end of the turn after it.
    pub interrupt: Duration,
    /// Silence after which the log says so.
    pub quiet: Option<Duration>,
    /// Silence that ends the turn. Longer than the 30 minutes of a watcher, since
    /// a long test run of Codex may be silent for that long.
    pub idle: Option<Duration>,
    /// Silence after a final answer that ends the wait for the turn's own end.
    pub drain: Option<Duration>,
    /// The whole turn.
    pub turn: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            initialize: Some(Duration::from_secs(60)),
            request: Some(Duration::from_secs(300)),
            interrupt: Duration::from_secs(5),
            quiet: Some(Duration::from_secs(300)),
            idle: Some(Duration::from_secs(3600)),
            drain: Some(Duration::from_secs(120)),
            turn: None,
        }
    }
}

impl Limits {
    /// The limits of the environment; each variable is in milliseconds and 0 means none.
    pub fn from_environment() -> Result<Self, NotMilliseconds> {
        let default = Self::default();
        Ok(Self {
            initialize: limit(REQUEST, default.initialize)?,
            request: limit(REQUEST, default.request)?,
            interrupt: default.interrupt,
            quiet: limit("CODEX_COMPANION_TURN_IDLE_WARNING_MS", default.quiet)?,
            idle: limit("CODEX_COMPANION_TURN_IDLE_TIMEOUT_MS", default.idle)?,
            drain: limit("CODEX_COMPANION_TURN_DRAIN_TIMEOUT_MS", default.drain)?,
            turn: limit("CODEX_COMPANION_TURN_TIMEOUT_MS", default.turn)?,
        })
    }

    /// The limits of a command line, as the `limits` of a record's request hold them:
    /// the worker, which has no command line of the user, reads them there.
    pub fn chosen(arguments: &Arguments) -> Result<Map<String, Value>, NotMilliseconds> {
        let mut chosen = Map::new();
        for choice in CHOICES {
            if let Some(value) = arguments.value(choice.option) {
                let name = format!("--{}", choice.option);
                let milliseconds = environment::milliseconds(&name, value)?;
                chosen.insert(choice.field.to_owned(), json!(milliseconds));
            }
        }
        Ok(chosen)
    }

    /// The limits of a job: those of its request before those of the environment.
    pub fn of_request(request: Option<&Value>) -> Result<Self, NotMilliseconds> {
        let mut limits = Self::from_environment()?;
        let chosen = request.and_then(|request| request.get("limits"));
        for choice in CHOICES {
            if let Some(value) = chosen.and_then(|chosen| chosen.get(choice.field)) {
                let milliseconds = environment::milliseconds(choice.field, &value.to_string())?;
                (choice.set)(&mut limits, limit_of(milliseconds));
            }
        }
        Ok(limits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_comes_before_the_environment() {
        let request = json!({"limits": {"requestMs": 5, "silenceMs": 0, "turnMs": 7}});
        let limits = Limits::of_request(Some(&request)).unwrap();
        let expected = Limits {
            initialize: Some(Duration::from_millis(5)),
            request: Some(Duration::from_millis(5)),
            idle: None,
            turn: Some(Duration::from_millis(7)),
            ..Limits::default()
        };
        assert_eq!(limits, expected);
        assert_eq!(Limits::of_request(None).unwrap(), Limits::default());
    }

    #[test]
    fn a_record_that_holds_no_number_is_refused() {
        let request = json!({"limits": {"silenceMs": "soon"}});
        let error = Limits::of_request(Some(&request)).unwrap_err().to_string();
        assert!(
            error.contains("silenceMs") && error.contains("soon"),
            "{error}"
        );
    }
}
