//! Faults: what goes wrong, and at which point of the protocol.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::point::Point;
use super::short::Short;
use crate::duration::SimDuration;

/// Something that goes wrong at a point of the protocol.
///
/// Exactly one of `before` and `after` is given. `before` a received message means before it is
/// looked at; `after` means when its handling (with an immediate reply) is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fault {
    /// The point before which it happens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Point>,
    /// The point after which it happens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Point>,
    /// Which passage of the point it is, counted from 1 over all processes of the run.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    #[schemars(range(min = 1))]
    pub nth: u32,
    /// It happens at every passage from the `nth` on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub every: bool,
    /// What happens.
    #[serde(rename = "do")]
    pub action: Action,
}

fn first() -> u32 {
    1
}

fn is_first(nth: &u32) -> bool {
    *nth == 1
}

/// One thing that goes wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// The process ends with this exit code or signal, without a word.
    Crash(ExitStatus),
    /// The process ends with exit code 0, without a word.
    Quit,
    /// Standard output is closed; the process stays alive and goes on.
    CloseStdout,
    /// No further message is read; turns go on.
    StopReading,
    /// Nothing happens any more, nothing is read or sent.
    Freeze,
    /// Everything stands still for this long.
    Sleep(SimDuration),
    /// The message is not sent, or the received message is not handled. Only `before` a message.
    Drop,
    /// The message is sent twice, or handled twice. Only `before` a message.
    Duplicate,
    /// The message is sent after the next one that is sent. Only `before` a sent message.
    Reorder,
    /// The first half of the message is written, and then nothing any more.
    HalfLine,
    /// The message goes out with an id that nobody asked with. Only `before` a reply.
    UnknownId,
    /// The request is answered with this error. Only `before` a received request.
    Error(RpcError),
    /// The request is answered with the overload error -32001. Only `before` a received request.
    Overload,
    /// This text is written to standard output as a line of its own.
    Garbage(String),
    /// A line of bytes that are no UTF-8 is written to standard output.
    InvalidUtf8,
    /// One very long line is written: a valid notification that nobody knows.
    LongLine(LongLine),
    /// Text is written to standard error.
    Stderr(Short<Flood>),
    /// A process is left behind that holds the standard streams and outlives this one.
    Grandchild(Grandchild),
}

/// How a process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExitStatus {
    /// With this exit code.
    Code(u8),
    /// By this signal.
    Signal(Signal),
}

/// A signal by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Signal {
    /// SIGABRT.
    Abrt,
    /// SIGBUS.
    Bus,
    /// SIGHUP.
    Hup,
    /// SIGINT.
    Int,
    /// SIGKILL.
    Kill,
    /// SIGPIPE.
    Pipe,
    /// SIGQUIT.
    Quit,
    /// SIGSEGV.
    Segv,
    /// SIGTERM.
    Term,
}

/// An error reply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RpcError {
    /// The error code; Codex answers nearly everything with -32600.
    #[serde(default = "invalid_request")]
    pub code: i64,
    /// The error text.
    pub message: String,
    /// Further data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
}

fn invalid_request() -> i64 {
    -32600
}

/// A very long line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LongLine {
    /// Its length in bytes.
    pub bytes: u64,
}

/// Text for standard error, once or very often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Flood {
    /// The text of one line.
    pub text: String,
    /// How many times the line is written.
    #[serde(default = "once")]
    pub times: u64,
}

fn once() -> u64 {
    1
}

impl From<String> for Flood {
    fn from(text: String) -> Self {
        Self { text, times: 1 }
    }
}

/// A process that is left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Grandchild {
    /// How long it lives.
    pub lives: SimDuration,
    /// It keeps standard output and standard error open.
    pub holds_streams: bool,
    /// It runs in a session of its own, out of reach of signals to the process group.
    pub own_session: bool,
}

impl Default for Grandchild {
    fn default() -> Self {
        Self {
            lives: SimDuration(std::time::Duration::from_secs(3600)),
            holds_streams: true,
            own_session: false,
        }
    }
}
