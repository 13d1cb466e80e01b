//! What the harness remembers from one invocation to the next: the last run of a folder, and how each scenario went
//! when it was last good.
//!
//! It lies in the user's cache folder, one folder for each folder that the harness is started in, and nothing is lost
//! with it but `show`, `run --only-failed` and the comparison with the last good run.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::run::{Outcome, Verdict};

/// Names another folder for the memory.
pub const VARIABLE: &str = "RESCUE_HARNESS_STATE";

/// The memory of one folder.
#[derive(Debug, Clone)]
pub struct Memory {
    folder: PathBuf,
}

/// The last run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LastRun {
    /// The version of this format.
    version: u32,
    /// Its outcomes, without their event logs.
    pub outcomes: Vec<Remembered>,
}

/// One outcome of the last run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Remembered {
    /// The outcome.
    pub outcome: Outcome,
    /// The file with its event log, relative to the memory's folder.
    pub log: String,
}

const VERSION: u32 = 1;

impl Memory {
    /// The memory of the current folder; nothing when the user has no cache folder.
    pub fn here() -> Option<Memory> {
        let given = |name: &str| {
            std::env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        if let Some(folder) = given(VARIABLE) {
            return Some(Memory { folder });
        }
        let cache = given("XDG_CACHE_HOME").or_else(|| Some(given("HOME")?.join(".cache")))?;
        let here = std::env::current_dir().ok()?;
        let name = here
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let hash: String = Sha256::digest(here.as_os_str().as_encoded_bytes())
            .iter()
            .take(6)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Some(Memory {
            folder: cache.join("rescue-harness").join(format!("{name}-{hash}")),
        })
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The last run; nothing when there is none that can be read.
    pub fn last(&self) -> Option<LastRun> {
        let text = std::fs::read(self.folder.join("last.json")).ok()?;
        serde_json::from_slice::<LastRun>(&text)
            .ok()
            .filter(|last| last.version == VERSION)
    }

    /// The event log of an outcome of the last run.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn events(&self, remembered: &Remembered) -> io::Result<Vec<Value>> {
        read_log(&self.folder.join(&remembered.log))
    }

    /// The event log of the last good run of this scenario on this subject.
    pub fn good(&self, outcome: &Outcome) -> Option<Vec<Value>> {
        read_log(&self.good_path(outcome)).ok()
    }

    fn good_path(&self, outcome: &Outcome) -> PathBuf {
        self.folder
            .join("good")
            .join(plain(&outcome.subject))
            .join(format!("{}.jsonl", plain(&identity(&outcome.file))))
    }

    /// Remembers a run in place of the one before it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn remember(&self, outcomes: &[Outcome]) -> io::Result<()> {
        let logs = self.folder.join("last");
        let _ = std::fs::remove_dir_all(&logs);
        std::fs::create_dir_all(&logs)?;
        let mut remembered = Vec::new();
        for (index, outcome) in outcomes.iter().enumerate() {
            let log = format!("last/{index}-{}.jsonl", plain(&outcome.name));
            let text = lines(&outcome.events);
            std::fs::write(self.folder.join(&log), &text)?;
            if outcome.verdict == Verdict::Passed {
                let good = self.good_path(outcome);
                std::fs::create_dir_all(good.parent().unwrap_or(&self.folder))?;
                std::fs::write(good, text)?;
            }
            remembered.push(Remembered {
                outcome: Outcome {
                    events: Vec::new(),
                    ..outcome.clone()
                },
                log,
            });
        }
        let last = LastRun {
            version: VERSION,
            outcomes: remembered,
        };
        let new = self
            .folder
            .join(format!("last.json.{}", std::process::id()));
        std::fs::write(&new, serde_json::to_vec(&last)?)?;
        std::fs::rename(new, self.folder.join("last.json"))
    }
}

/// The events as JSON lines.
pub fn lines(events: &[Value]) -> String {
    events.iter().fold(String::new(), |text, event| {
        text + &event.to_string() + "\n"
    })
}

/// Reads an event log of JSON lines.
///
/// # Errors
/// When the file cannot be read or a line is no JSON.
pub fn read_log(path: &Path) -> io::Result<Vec<Value>> {
    let text = std::fs::read_to_string(path)?;
    text.lines()
        .map(|line| serde_json::from_str(line).map_err(io::Error::other))
        .collect()
}

/// A file's name that stays the same wherever the harness is started: its absolute path, if there is such a file.
pub fn identity(file: &str) -> String {
    std::fs::canonicalize(file).map_or_else(|_| file.to_owned(), |path| path.display().to_string())
}

/// A text as the name of a file.
pub fn plain(text: &str) -> String {
    let text = text.trim_start_matches('/');
    text.chars()
        .map(|letter| {
            if letter.is_alphanumeric() || "-_.@".contains(letter) {
                letter
            } else {
                '-'
            }
        })
        .collect()
}
