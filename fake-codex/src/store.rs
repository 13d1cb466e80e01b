//! Threads on disk, so that another process can list, read and resume them.
//!
//! A thread is one file of JSON lines that is only ever appended to, at the path that the
//! protocol tells. A turn that a dead process left without its end reads as interrupted.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::clock::{Civil, unix_millis};
use crate::message::item::{Body, Item};
use crate::message::turn::{Turn, TurnStatus};
use crate::script::{Usage, Version};

/// What is written down of a thread.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "payload", rename_all = "snake_case")]
pub enum Record {
    /// The thread begins.
    SessionMeta(Meta),
    /// The thread is named.
    Name(String),
    /// A turn begins: its id.
    TurnStarted(String),
    /// An item ended.
    Item {
        /// Its turn.
        turn: String,
        /// The item as it stands in a message.
        item: Value,
    },
    /// A turn ended.
    TurnEnded {
        /// Its id.
        turn: String,
        /// How.
        status: String,
        /// Why it failed.
        error: Option<Value>,
    },
    /// The tokens used so far.
    Usage {
        /// The turn that used the last of them.
        turn: String,
        /// In the whole thread.
        total: Usage,
        /// By the last request.
        last: Usage,
    },
    /// The thread is archived.
    Archived,
}

/// What a thread begins with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Meta {
    /// Its id.
    pub id: String,
    /// Its directory.
    pub cwd: String,
    /// Its model.
    pub model: String,
    /// The provider of its model.
    pub provider: String,
    /// The client's name.
    pub originator: String,
    /// The beginning of the first prompt.
    pub preview: String,
    /// Commit, branch and origin of its directory.
    pub git: Option<Value>,
    /// When it began, in milliseconds since 1970.
    pub created: u64,
}

#[derive(Serialize, Deserialize)]
struct Line {
    at: u64,
    record: Record,
}

/// A thread as it was read back.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// What it begins with.
    pub meta: Meta,
    /// Its file.
    pub path: PathBuf,
    /// Its name.
    pub name: Option<String>,
    /// When it last changed, in milliseconds since 1970.
    pub updated: u64,
    /// Its turns.
    pub turns: Vec<Turn>,
    /// The last report of tokens: the turn, the total and the last request.
    pub usage: Option<(String, Usage, Usage)>,
    /// It is archived.
    pub archived: bool,
}

/// Where a thread that begins now is stored.
pub fn path_for(codex_home: &Path, id: &str, now: u64) -> PathBuf {
    let date = Civil::from_unix_millis(now);
    codex_home
        .join(format!(
            "sessions/{:04}/{:02}/{:02}",
            date.year, date.month, date.day
        ))
        .join(format!(
            "rollout-{:04}-{:02}-{:02}T{:02}-{:02}-{:02}-{id}.jsonl",
            date.year, date.month, date.day, date.hour, date.minute, date.second
        ))
}

/// Appends records to the file of a thread, with one write.
///
/// # Errors
/// The file cannot be written.
pub fn append(path: &Path, records: &[Record]) -> std::io::Result<()> {
    let mut text = String::new();
    for record in records {
        let line = Line {
            at: unix_millis(),
            record: record.clone(),
        };
        text.push_str(&serde_json::to_string(&line).map_err(std::io::Error::other)?);
        text.push('\n');
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)?
        .write_all(text.as_bytes())
}

/// Every stored thread, in no order; files that are no threads are passed over.
pub fn list(codex_home: &Path, version: Version) -> Vec<Stored> {
    let mut found = Vec::new();
    walk(&codex_home.join("sessions"), &mut |path| {
        if let Some(thread) = read(path, version) {
            found.push(thread);
        }
    });
    found
}

/// The stored thread with this id.
pub fn find(codex_home: &Path, id: &str, version: Version) -> Option<Stored> {
    let mut found = None;
    let suffix = format!("-{id}.jsonl");
    walk(&codex_home.join("sessions"), &mut |path| {
        if path.to_string_lossy().ends_with(&suffix) {
            found = read(path, version);
        }
    });
    found.filter(|thread| !thread.archived)
}

fn walk(folder: &Path, visit: &mut dyn FnMut(&Path)) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, visit);
        } else {
            visit(&path);
        }
    }
}

fn read(path: &Path, version: Version) -> Option<Stored> {
    let text = fs::read_to_string(path).ok()?;
    // A line that a killed process cut off is passed over.
    let mut lines = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Line>(line).ok());
    let first = lines.next()?;
    let Record::SessionMeta(meta) = first.record else {
        return None;
    };
    let mut thread = Stored {
        updated: first.at,
        meta,
        path: path.to_owned(),
        name: None,
        turns: Vec::new(),
        usage: None,
        archived: false,
    };
    for line in lines {
        thread.apply(line, version);
    }
    thread.close_dead_turns(version);
    Some(thread)
}

impl Stored {
    /// The id of the first turn that ended well.
    pub fn first_completed(&self) -> Option<String> {
        let completed = |turn: &&Turn| turn.status == TurnStatus::Completed;
        self.turns
            .iter()
            .find(completed)
            .map(|turn| turn.id.clone())
    }

    fn apply(&mut self, line: Line, version: Version) {
        match line.record {
            Record::SessionMeta(_) => {}
            Record::Name(name) => self.name = Some(name),
            Record::TurnStarted(id) => {
                self.updated = line.at;
                let turn = Turn {
                    started: Some(line.at),
                    view: "full",
                    ..Turn::accepted(&id)
                };
                self.turns.push(turn);
            }
            Record::Item { turn, item } => {
                self.updated = line.at;
                if let Some(turn) = self.turns.iter_mut().find(|known| known.id == turn) {
                    turn.items.extend(restored(item, version));
                }
            }
            Record::TurnEnded {
                turn,
                status,
                error,
            } => {
                self.updated = line.at;
                if let Some(turn) = self.turns.iter_mut().find(|known| known.id == turn) {
                    turn.status = TurnStatus::from_name(&status).unwrap_or(TurnStatus::Interrupted);
                    turn.error = error;
                    turn.completed = Some(line.at);
                }
            }
            Record::Usage { turn, total, last } => self.usage = Some((turn, total, last)),
            Record::Archived => self.archived = true,
        }
    }

    fn close_dead_turns(&mut self, version: Version) {
        let mut number = 0;
        for turn in &mut self.turns {
            if turn.status == TurnStatus::InProgress {
                turn.status = TurnStatus::Interrupted;
            }
            for item in &mut turn.items {
                number += 1;
                if !version.keeps_item_ids() {
                    item.id = format!("item-{number}");
                }
            }
        }
    }
}

/// The item as it was stored, if that version keeps items of its type.
fn restored(item: Value, version: Version) -> Option<Item> {
    let Value::Object(mut fields) = item else {
        return None;
    };
    let kind = fields.shift_remove("type")?.as_str()?.to_owned();
    let id = fields.shift_remove("id")?.as_str()?.to_owned();
    let kept = version.keeps_item_ids()
        || matches!(kind.as_str(), "userMessage" | "agentMessage" | "reasoning");
    let started = take_number(&mut fields, "startedAtMs");
    let completed = take_number(&mut fields, "completedAtMs");
    kept.then_some(Item {
        id,
        body: Body::Other { kind, fields },
        started,
        completed,
    })
}

fn take_number(fields: &mut Map<String, Value>, name: &str) -> Option<u64> {
    fields.shift_remove(name)?.as_u64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ID: &str = "01a203a6-0a7f-7822-85df-e6a6ed0b3d12";

    fn meta() -> Record {
        Record::SessionMeta(Meta {
            id: ID.to_owned(),
            cwd: "/w".to_owned(),
            model: "m".to_owned(),
            provider: "p".to_owned(),
            originator: "o".to_owned(),
            preview: "fix".to_owned(),
            git: None,
            created: 1_795_357_543_172,
        })
    }

    #[test]
    fn a_dead_turn_reads_as_interrupted_and_a_cut_line_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = path_for(folder.path(), ID, 1_795_357_543_172);
        assert!(path.ends_with(format!(
            "sessions/2026/11/22/rollout-2026-11-22T14-25-43-{ID}.jsonl"
        )));
        let item = json!({ "type": "userMessage", "id": "x", "content": [] });
        append(&path, &[meta(), Record::Name("n".to_owned())]).unwrap();
        append(&path, &[Record::TurnStarted("t".to_owned())]).unwrap();
        append(
            &path,
            &[Record::Item {
                turn: "t".to_owned(),
                item,
            }],
        )
        .unwrap();
        OpenOptions::new()
            .append(true)
            .open(&path)
            .unwrap()
            .write_all(b"{\"at\":1,")
            .unwrap();
        let thread = find(folder.path(), ID, Version::V0_134).unwrap();
        assert_eq!(thread.name.as_deref(), Some("n"));
        assert_eq!(thread.turns[0].status, TurnStatus::Interrupted);
        assert_eq!(thread.turns[0].items[0].id, "item-1");
        let thread = find(folder.path(), ID, Version::V0_169).unwrap();
        assert_eq!(thread.turns[0].items[0].id, "x");
    }

    #[test]
    fn an_archived_thread_is_not_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = path_for(folder.path(), ID, 0);
        append(&path, &[meta(), Record::Archived]).unwrap();
        assert_eq!(find(folder.path(), ID, Version::V0_134), None);
        assert!(list(folder.path(), Version::V0_134)[0].archived);
        assert_eq!(
            find(Path::new("/no/such/folder"), ID, Version::V0_134),
            None
        );
    }
}
