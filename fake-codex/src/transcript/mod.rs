//! Transcripts: what went over the wire between a client and an app-server, one entry a line.

mod convert;
mod faults;
mod grouping;
mod items;
mod line;
mod log;
mod pass;
mod place;
mod record;
mod redact;
mod replay;
mod settings;

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::script::Version;

pub use convert::{Pace, to_script};
pub use record::{RecordError, Recorded, record};
pub use redact::Redaction;
pub use replay::{ReplayError, replay};

/// A recorded conversation.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Transcript {
    /// What happened, in order.
    pub entries: Vec<Entry>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When, in seconds since the start of the server.
    pub t: f64,
    /// Which way it went.
    pub dir: Way,
    /// The message; a line that is no message, as text, or if it is no UTF-8 as a list of texts and
    /// `{"hex": "fffe"}`; or what happened to the process.
    pub msg: Value,
    /// The line's end never came: half a line, or a message without its newline.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unfinished: bool,
}

impl Entry {
    /// Something whole that happened at `t`, in seconds.
    pub fn new(t: f64, dir: Way, msg: Value) -> Self {
        Self {
            t,
            dir,
            msg,
            unfinished: false,
        }
    }

    /// Why this is no entry, if it is none.
    fn fault(&self) -> Option<String> {
        if !(0.0..=LATEST).contains(&self.t) {
            return Some(format!("`t` is {}, and no time in seconds", self.t));
        }
        let wanted = match self.dir {
            Way::ToServer | Way::ToClient | Way::Meta if self.msg.is_object() => return None,
            Way::ToServer | Way::ToClient | Way::Meta => "an object",
            _ if line::to_bytes(&self.msg).is_some() => return None,
            _ => "a text, or a list of texts and `{\"hex\": …}`",
        };
        Some(format!("`msg` is {}, and not {wanted}", self.msg))
    }
}

/// The latest time in a transcript, in seconds: a century.
const LATEST: f64 = 100.0 * 366.0 * 24.0 * 3600.0;

/// Which way something went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Way {
    /// A message from the client to the server.
    #[serde(rename = "c2s")]
    ToServer,
    /// A message from the server to the client.
    #[serde(rename = "s2c")]
    ToClient,
    /// A line from the client that is no message.
    #[serde(rename = "c2s-raw")]
    ToServerRaw,
    /// A line from the server that is no message.
    #[serde(rename = "s2c-raw")]
    ToClientRaw,
    /// A line on the server's standard error.
    #[serde(rename = "stderr")]
    Stderr,
    /// The start, the end, a signal.
    #[serde(rename = "meta")]
    Meta,
}

impl Way {
    /// Whether what goes this way is JSON, and not just a line.
    fn is_message(self) -> bool {
        matches!(self, Self::ToServer | Self::ToClient | Self::Meta)
    }
}

/// Why a transcript cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TranscriptError {
    /// The file cannot be read.
    #[error("cannot read the transcript {path}: {source}", path = .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// There is nothing in it.
    #[error("the transcript {path} is empty: nothing was recorded", path = .path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A line is no entry.
    #[error(
        "{name}:{line}: this is no entry of a transcript: {source}; each line is an object with `t`, `dir` and `msg`, as `rescue-harness record` writes it"
    )]
    Malformed {
        /// The file.
        name: String,
        /// The line, from 1.
        line: usize,
        /// The reason.
        source: serde_json::Error,
    },
}

impl Transcript {
    /// Reads the transcript in a file.
    ///
    /// # Errors
    /// See [`TranscriptError`].
    pub fn read(path: &Path) -> Result<Self, TranscriptError> {
        let text = std::fs::read_to_string(path).map_err(|source| TranscriptError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        let transcript = Self::parse(&text, &path.display().to_string())?;
        if transcript.entries.is_empty() {
            let path = path.to_owned();
            return Err(TranscriptError::Empty { path });
        }
        Ok(transcript)
    }

    /// Parses a transcript; `name` is the file it is from.
    ///
    /// # Errors
    /// [`TranscriptError::Malformed`].
    pub fn parse(text: &str, name: &str) -> Result<Self, TranscriptError> {
        let mut entries = text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
            .map(|(index, line)| {
                let entry: Result<Entry, _> = serde_json::from_str(line);
                let entry = entry.and_then(|entry| match entry.fault() {
                    Some(fault) => Err(serde::de::Error::custom(fault)),
                    None => Ok(entry),
                });
                entry.map_err(|source| TranscriptError::Malformed {
                    name: name.to_owned(),
                    line: index + 1,
                    source,
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        put_in_order(&mut entries);
        Ok(Self { entries })
    }

    /// Whether client or server said anything that is a message.
    pub fn is_conversation(&self) -> bool {
        let said = |entry: &Entry| matches!(entry.dir, Way::ToServer | Way::ToClient);
        self.entries.iter().any(said)
    }

    /// What came whole, as everything but half a line takes effect.
    fn whole(&self) -> Self {
        let whole = |entry: &&Entry| !entry.unfinished;
        let entries = self.entries.iter().filter(whole).cloned().collect();
        Self { entries }
    }

    /// The number of the Codex version that spoke, as far as the transcript tells.
    pub fn number(&self) -> Option<&str> {
        self.entries.iter().find_map(|entry| match entry.dir {
            Way::Meta => entry.msg["version"].as_str(),
            Way::ToClient => {
                let result = &entry.msg["result"];
                // The user agent begins with the client's name and the version.
                let agent = result["userAgent"].as_str().unwrap_or_default();
                let agent = agent
                    .split('/')
                    .skip(1)
                    .filter_map(|rest| rest.split_whitespace().next())
                    .find(|word| parts(word).is_some());
                result["thread"]["cliVersion"].as_str().or(agent)
            }
            _ => None,
        })
    }

    /// The version that is nearest to the one that spoke: it itself, or the newest before it, or
    /// the oldest that is known.
    pub fn version(&self) -> Option<Version> {
        let told = parts(self.number()?)?;
        let not_newer = |version: &Version| parts(version.number()).is_some_and(|n| n <= told);
        Version::ALL
            .into_iter()
            .rfind(not_newer)
            .or(Version::ALL.first().copied())
    }
}

/// Puts half lines where they came: that a line has no end is known, and written, only later.
fn put_in_order(entries: &mut [Entry]) {
    for index in 0..entries.len() {
        let t = entries[index].t;
        if entries[index].unfinished
            && let Some(place) = entries[..index].iter().position(|entry| entry.t > t)
        {
            entries[place..=index].rotate_right(1);
        }
    }
}

/// The parts of a version number, without what follows them.
fn parts(number: &str) -> Option<(u64, u64, u64)> {
    let core = number.split(['-', '+']).next()?;
    let mut parts = core.split('.').map(str::parse::<u64>);
    let parts = (
        parts.next()?.ok()?,
        parts.next()?.ok()?,
        parts.next()?.ok()?,
    );
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_that_spoke_is_played_by_the_nearest() {
        for (told, played) in [
            ("0.134.0", Version::V0_134),
            ("0.158.2-alpha.1", Version::V0_134),
            ("0.200.0", Version::V0_169),
            ("0.90.1", Version::V0_117),
        ] {
            let agent = format!("Claude Code/{told} (Debian 12.0.0; x86_64) xterm/1.2.3");
            let msg = serde_json::json!({ "id": 1, "result": { "userAgent": agent } });
            let entries = vec![Entry::new(0.0, Way::ToClient, msg)];
            let transcript = Transcript { entries };
            assert_eq!(transcript.number(), Some(told));
            assert_eq!(transcript.version(), Some(played));
        }
        assert_eq!(Transcript::default().version(), None);
    }

    #[test]
    fn a_wrong_line_is_named() {
        let error = Transcript::parse("\n{\"t\": 1}\n", "x.jsonl")
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("x.jsonl:2:") && error.contains("`dir`"),
            "{error}"
        );
        assert!(Transcript::read(Path::new("/no/such/file")).is_err());
        for (line, said) in [
            (r#"{"t":-1,"dir":"meta","msg":{}}"#, "no time in seconds"),
            (r#"{"t":1e300,"dir":"meta","msg":{}}"#, "no time in seconds"),
            (r#"{"t":0,"dir":"s2c","msg":"x"}"#, "not an object"),
            (r#"{"t":0,"dir":"s2c-raw","msg":{}}"#, "not a text"),
            (
                r#"{"t":0,"dir":"stderr","msg":[{"hex":"f"}]}"#,
                "not a text",
            ),
        ] {
            let error = Transcript::parse(line, "x.jsonl").unwrap_err().to_string();
            assert!(
                error.starts_with("x.jsonl:1:") && error.contains(said),
                "{error}"
            );
        }
    }

    #[test]
    fn half_a_line_stands_where_it_came() {
        let text = r#"{"t":1,"dir":"s2c","msg":{"method":"a"}}
{"t":3,"dir":"c2s","msg":{"method":"b"}}
{"t":4,"dir":"meta","msg":{"exit":0}}
{"t":2,"dir":"s2c-raw","msg":"{\"meth","unfinished":true}
"#;
        let transcript = Transcript::parse(text, "x").unwrap();
        let times: Vec<f64> = transcript.entries.iter().map(|entry| entry.t).collect();
        assert_eq!(times, [1.0, 2.0, 3.0, 4.0]);
        assert!(transcript.entries[1].unfinished && !transcript.entries[0].unfinished);
        // A whole line is written as ever.
        let line = serde_json::to_string(&transcript.entries[0]).unwrap();
        assert!(!line.contains("unfinished"), "{line}");
    }
}
