//! The job records on disk, as either companion writes them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

/// One job as it stands on disk.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// Its row of state.json, when it has one.
    pub row: Option<Map<String, Value>>,
    /// Its file in jobs/, when it has one.
    pub file: Option<Map<String, Value>>,
}

impl Job {
    /// A field of the record, from the file when the row has none.
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.row
            .as_ref()
            .and_then(|row| row.get(name))
            .or_else(|| self.file.as_ref().and_then(|file| file.get(name)))
    }

    /// A field of the record that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.field(name).and_then(Value::as_str)
    }

    /// Whether the record says that work goes on.
    pub fn is_active(&self) -> bool {
        matches!(self.text("status"), Some("queued" | "running"))
    }
}

/// All job records of a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Jobs {
    /// In the order of state.json; jobs that only have a file come after.
    pub jobs: Vec<Job>,
    /// Files that are there but cannot be read as JSON, relative to their state folder.
    pub unreadable: Vec<String>,
}

impl Jobs {
    /// Reads the records below the state folders.
    pub fn read(folders: &[PathBuf]) -> Jobs {
        let mut jobs = Jobs::default();
        for folder in folders {
            jobs.read_folder(folder);
        }
        jobs
    }

    fn read_folder(&mut self, folder: &Path) {
        let mut files: BTreeMap<String, Option<Map<String, Value>>> = BTreeMap::new();
        for entry in std::fs::read_dir(folder.join("jobs"))
            .into_iter()
            .flatten()
            .flatten()
        {
            let name = entry.file_name().to_string_lossy().into_owned();
            if let Some(id) = name.strip_suffix(".json") {
                files.insert(id.to_owned(), read_object(&entry.path()));
            }
        }
        for (id, _) in files.iter().filter(|(_, file)| file.is_none()) {
            self.unreadable.push(format!("jobs/{id}.json"));
        }
        let state = folder.join("state.json");
        let rows = match read_object(&state) {
            Some(state) => state
                .get("jobs")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default(),
            None => {
                if state.exists() {
                    self.unreadable.push("state.json".into());
                }
                Vec::new()
            }
        };
        for row in rows {
            let Value::Object(row) = row else { continue };
            let id = row
                .get("id")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned();
            let file = files.remove(&id).flatten();
            self.jobs.push(Job {
                id,
                row: Some(row),
                file,
            });
        }
        for (id, file) in files {
            if file.is_some() {
                self.jobs.push(Job {
                    id,
                    row: None,
                    file,
                });
            }
        }
    }

    /// The job with this id.
    pub fn get(&self, id: &str) -> Option<&Job> {
        self.jobs.iter().find(|job| job.id == id)
    }

    /// The job that was created last.
    pub fn newest(&self) -> Option<&Job> {
        self.jobs
            .iter()
            .max_by_key(|job| (job.text("createdAt").unwrap_or_default(), job.id.as_str()))
    }
}

fn read_object(path: &Path) -> Option<Map<String, Value>> {
    match serde_json::from_slice(&std::fs::read(path).ok()?).ok()? {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

/// The fields that differ between two records: the new values, `null` for a field that is gone.
pub(super) fn changes(
    old: Option<&Map<String, Value>>,
    new: &Map<String, Value>,
) -> Map<String, Value> {
    let empty = Map::new();
    let old = old.unwrap_or(&empty);
    let changed = new
        .iter()
        .filter(|(key, value)| old.get(*key) != Some(value))
        .map(|(key, value)| (key.clone(), value.clone()));
    let gone = old
        .keys()
        .filter(|key| !new.contains_key(*key))
        .map(|key| (key.clone(), Value::Null));
    changed.chain(gone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn changes_name_new_values_and_fields_that_are_gone() {
        let old = object(json!({"a": 1, "b": 2, "c": 3}));
        let new = object(json!({"a": 1, "b": 5, "d": 4}));
        assert_eq!(
            changes(Some(&old), &new),
            object(json!({"b": 5, "d": 4, "c": null}))
        );
    }

    #[test]
    fn a_torn_state_file_is_unreadable_and_its_job_files_are_still_seen() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("jobs")).unwrap();
        std::fs::write(folder.path().join("state.json"), "{\"jobs\": [").unwrap();
        std::fs::write(
            folder.path().join("jobs/task-a.json"),
            "{\"id\": \"task-a\", \"status\": \"running\"}",
        )
        .unwrap();
        let jobs = Jobs::read(&[folder.path().to_owned()]);
        assert_eq!(jobs.unreadable, ["state.json"]);
        assert!(jobs.get("task-a").unwrap().is_active());
    }
}
