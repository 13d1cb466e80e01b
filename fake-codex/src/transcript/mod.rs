//! Transcripts: what went over the wire between a client and an app-server, one entry a line.

mod convert;
mod grouping;
mod items;
mod log;
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
    /// The message; the text of a line that is no message; or what happened to the process.
    pub msg: Value,
}

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
        Self::parse(&text, &path.display().to_string())
    }

    /// Parses a transcript; `name` is the file it is from.
    ///
    /// # Errors
    /// [`TranscriptError::Malformed`].
    pub fn parse(text: &str, name: &str) -> Result<Self, TranscriptError> {
        let entries = text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
            .map(|(index, line)| {
                serde_json::from_str(line).map_err(|source| TranscriptError::Malformed {
                    name: name.to_owned(),
                    line: index + 1,
                    source,
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { entries })
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
            let entries = vec![Entry {
                t: 0.0,
                dir: Way::ToClient,
                msg,
            }];
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
    }
}
