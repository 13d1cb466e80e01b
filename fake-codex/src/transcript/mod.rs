//! Transcripts: what went over the wire between a client and an app-server, one entry a line.

mod convert;
mod grouping;
mod items;
mod record;
mod redact;
mod replay;

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use convert::{Pace, to_script};
pub use record::{RecordError, record};
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

    /// The Codex version that spoke, as far as the transcript tells.
    pub fn version(&self) -> Option<crate::script::Version> {
        let told = self.entries.iter().find_map(|entry| match entry.dir {
            Way::Meta => entry.msg["version"].as_str(),
            Way::ToClient => entry.msg["result"]["thread"]["cliVersion"]
                .as_str()
                .or_else(|| {
                    entry.msg["result"]["userAgent"]
                        .as_str()?
                        .split(['/', ' '])
                        .nth(2)
                }),
            _ => None,
        })?;
        crate::script::Version::from_number(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
