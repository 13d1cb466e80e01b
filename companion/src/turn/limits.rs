//! How long each step may take.

use std::time::Duration;

use crate::environment::{NotMilliseconds, limit};

const REQUEST: &str = "CODEX_COMPANION_REQUEST_TIMEOUT_MS";

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
}
