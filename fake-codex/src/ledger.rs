//! What has happened so far in a run, counted over all its Codex processes.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::script::{Step, Turn};

/// The counts of a run, in a locked file under `CODEX_HOME`.
#[derive(Debug, Clone)]
pub struct Ledger {
    path: PathBuf,
}

/// Why the counts cannot be kept.
#[derive(Debug, thiserror::Error)]
#[error("cannot keep the count of turns in {path}: {source}; make the folder writable", path = .path.display())]
pub struct LedgerError {
    path: PathBuf,
    source: std::io::Error,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Counts {
    /// Entries of `turns` that were taken.
    #[serde(default)]
    turns: Vec<usize>,
    /// Entries of `reviews` that were taken.
    #[serde(default)]
    reviews: Vec<usize>,
    /// How often the point of each fault was passed.
    #[serde(default)]
    points: BTreeMap<usize, u32>,
    /// The installation's id.
    #[serde(default)]
    installation: Option<String>,
}

/// Which list of turns an entry is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// `turns`.
    Turns,
    /// `reviews`.
    Reviews,
}

impl Ledger {
    /// The ledger under this `CODEX_HOME`.
    pub fn new(codex_home: &Path) -> Self {
        Self {
            path: codex_home.join("fake-codex").join("ledger.json"),
        }
    }

    /// Takes the first entry of `turns` that is left and that the prompt fits.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn take_turn(
        &self,
        list: List,
        turns: &[Turn],
        prompt: &str,
    ) -> Result<Option<Vec<Step>>, LedgerError> {
        if turns.is_empty() {
            return Ok(None);
        }
        self.update(|counts| {
            let taken = match list {
                List::Turns => &mut counts.turns,
                List::Reviews => &mut counts.reviews,
            };
            let fits = |turn: &Turn| {
                turn.prompt
                    .as_ref()
                    .is_none_or(|text| prompt.contains(text))
            };
            let found = turns
                .iter()
                .enumerate()
                .find(|(index, turn)| !taken.contains(index) && fits(turn));
            found.map(|(index, turn)| {
                taken.push(index);
                turn.steps.clone()
            })
        })
    }

    /// Counts that the point of the fault with this index is passed, and tells how often it was.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn pass_point(&self, fault: usize) -> Result<u32, LedgerError> {
        self.update(|counts| {
            let count = counts.points.entry(fault).or_default();
            *count += 1;
            *count
        })
    }

    /// The installation's id, made at first use.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn installation(&self) -> Result<String, LedgerError> {
        self.update(|counts| {
            counts
                .installation
                .get_or_insert_with(|| uuid::Uuid::new_v4().to_string())
                .clone()
        })
    }

    fn update<T>(&self, change: impl FnOnce(&mut Counts) -> T) -> Result<T, LedgerError> {
        self.locked(change).map_err(|source| LedgerError {
            path: self.path.clone(),
            source,
        })
    }

    fn locked<T>(&self, change: impl FnOnce(&mut Counts) -> T) -> std::io::Result<T> {
        let mut file = self.open()?;
        file.lock()?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        // A file that was cut off by a killed process counts as empty.
        let mut counts: Counts = serde_json::from_str(&text).unwrap_or_default();
        let result = change(&mut counts);
        let text = serde_json::to_string(&counts).map_err(std::io::Error::other)?;
        file.set_len(0)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(text.as_bytes())?;
        Ok(result)
    }

    fn open(&self) -> std::io::Result<File> {
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        OpenOptions::new()
            .create(true)
            .read(true)
            .write(true)
            .truncate(false)
            .open(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(prompt: Option<&str>) -> Turn {
        Turn {
            prompt: prompt.map(str::to_owned),
            steps: vec![Step::Hang],
        }
    }

    #[test]
    fn an_unwritable_folder_is_told() {
        let ledger = Ledger::new(Path::new("/proc/no-such-folder"));
        let error = ledger.pass_point(0).unwrap_err().to_string();
        assert!(
            error.contains("ledger.json") && error.contains("writable"),
            "{error}"
        );
    }

    #[test]
    fn turns_are_taken_once_and_in_order_over_all_ledgers() {
        let folder = tempfile::tempdir().unwrap();
        let turns = [turn(Some("parser")), turn(None), turn(None)];
        let take = |prompt: &str| {
            Ledger::new(folder.path())
                .take_turn(List::Turns, &turns, prompt)
                .unwrap()
                .is_some()
        };
        assert!(take("unlike"));
        assert!(take("fix the parser"));
        assert!(take("fix the parser"));
        assert!(!take("fix the parser"));
        let other = Ledger::new(folder.path())
            .take_turn(List::Reviews, &turns, "x")
            .unwrap();
        assert!(other.is_some());
    }

    #[test]
    fn points_are_counted_over_all_ledgers() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Ledger::new(folder.path()).pass_point(3).unwrap(), 1);
        assert_eq!(Ledger::new(folder.path()).pass_point(3).unwrap(), 2);
        assert_eq!(Ledger::new(folder.path()).pass_point(4).unwrap(), 1);
    }
}
