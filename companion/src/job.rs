//! One job record, as a row of `state.json` and as the file `jobs/<id>.json`.
//!
//! Field names and their order are those of the Node plugin at 6f6ec98, so that
//! either program can read the other's jobs. Fields that this program does not
//! know stay in place.

use serde_json::{Map, Value};

use crate::time;

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Recorded, no worker has claimed it yet.
    Queued,
    /// A worker drives the Codex turn.
    Running,
    /// The turn completed with a final answer.
    Completed,
    /// It ended without success; the record says why.
    Failed,
    /// The user stopped it.
    Cancelled,
}

impl Status {
    /// The word in the record.
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The phase that belongs to the end with this status.
    pub fn final_phase(self) -> &'static str {
        if self == Self::Completed {
            "done"
        } else {
            self.word()
        }
    }

    /// Whether work may still happen.
    pub fn is_active(self) -> bool {
        matches!(self, Self::Queued | Self::Running)
    }

    fn from_word(word: &str) -> Option<Self> {
        [
            Self::Queued,
            Self::Running,
            Self::Completed,
            Self::Failed,
            Self::Cancelled,
        ]
        .into_iter()
        .find(|status| status.word() == word)
    }
}

/// A record with its fields in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Job(Map<String, Value>);

impl Job {
    /// Takes a JSON object for a record.
    pub fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Object(map) => Some(Self(map)),
            _ => None,
        }
    }

    /// The record as JSON.
    pub fn to_value(&self) -> Value {
        Value::Object(self.0.clone())
    }

    /// The fields.
    pub fn fields(&self) -> &Map<String, Value> {
        &self.0
    }

    /// A field that holds a text; empty text counts as absent.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// Any field.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Sets a field; one that exists keeps its place.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Removes a field.
    pub fn remove(&mut self, name: &str) {
        self.0.shift_remove(name);
    }

    /// Takes over every field of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (name, value) in &other.0 {
            self.0.insert(name.clone(), value.clone());
        }
    }

    /// Sets `updatedAt` to now.
    pub fn touch(&mut self) {
        self.set("updatedAt", time::now_iso());
    }

    /// The id; empty when the record has none.
    pub fn id(&self) -> &str {
        self.text("id").unwrap_or_default()
    }

    /// The status; none for a word that is not known.
    pub fn status(&self) -> Option<Status> {
        Status::from_word(self.text("status")?)
    }

    /// Whether work may still happen.
    pub fn is_active(&self) -> bool {
        self.status().is_some_and(Status::is_active)
    }

    /// Whether this is a task (and no review).
    pub fn is_task(&self) -> bool {
        self.text("jobClass") == Some("task")
    }

    /// The worker's process id.
    pub fn pid(&self) -> Option<i32> {
        let pid = i32::try_from(self.0.get("pid")?.as_i64()?).ok()?;
        (pid > 0).then_some(pid)
    }

    /// A whole number.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.0.get(name)?.as_i64()
    }

    /// When the record last changed; the key by which jobs are sorted.
    pub fn updated_at(&self) -> &str {
        self.text("updatedAt")
            .or_else(|| self.text("createdAt"))
            .unwrap_or_default()
    }

    /// The label in lists: `rescue`, `review`, `adversarial-review`.
    pub fn kind_label(&self) -> &str {
        if let Some(label) = self.text("kindLabel") {
            return label;
        }
        match (self.text("kind"), self.text("jobClass")) {
            (Some("adversarial-review"), _) => "adversarial-review",
            (_, Some("review")) | (Some("review"), None) => "review",
            (_, Some("task")) | (Some("task"), None) => "rescue",
            _ => "job",
        }
    }
}

/// The newest first, by the time of the last change. A time that has not come yet was
/// written before the clock was set back, so it is older than everything since.
pub fn sort_newest_first(jobs: &mut [Job]) {
    sort_newest_first_at(jobs, time::now_ms());
}

/// Times may be this far ahead without the clock having been set back.
const AHEAD_MS: i64 = 60_000;

fn sort_newest_first_at(jobs: &mut [Job], now: i64) {
    let limit = time::iso(now.saturating_add(AHEAD_MS));
    let key = |job: &Job| {
        let time = job.updated_at().to_owned();
        (time <= limit, time)
    };
    jobs.sort_by_cached_key(|job| std::cmp::Reverse(key(job)));
}

/// The text on one line and at most `limit` characters long, with an ellipsis when cut.
pub fn shorten(text: &str, limit: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= limit {
        return line;
    }
    let kept: String = line.chars().take(limit.saturating_sub(3)).collect();
    format!("{kept}...")
}

/// The first line with text in it, without white space round it.
pub fn first_line(text: &str) -> Option<&str> {
    text.lines().map(str::trim).find(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_keep_their_order() {
        let mut job = Job::from_value(json!({"id": "a", "status": "queued", "pid": null})).unwrap();
        job.set("status", "running");
        job.set("extra", 1);
        job.remove("id");
        let names: Vec<_> = job.fields().keys().collect();
        assert_eq!(names, ["status", "pid", "extra"]);
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_make_old_jobs_new() {
        let at =
            |id: &str, time: &str| Job::from_value(json!({"id": id, "updatedAt": time})).unwrap();
        let mut jobs = [
            at("future", "2030-01-01T00:00:00.000Z"),
            at("later-future", "2031-01-01T00:00:00.000Z"),
            at("old", "2026-01-01T00:00:00.000Z"),
            at("new", "2026-01-02T00:00:00.000Z"),
        ];
        let now = time::parse_iso("2026-01-02T00:00:01.000Z").unwrap();
        sort_newest_first_at(&mut jobs, now);
        let ids = jobs.each_ref().map(Job::id);
        assert_eq!(ids, ["new", "old", "later-future", "future"]);
    }

    #[test]
    fn an_unknown_status_is_not_active() {
        let job = Job::from_value(json!({"status": "paused"})).unwrap();
        assert_eq!(job.status(), None);
        assert!(!job.is_active());
    }

    #[test]
    fn long_text_is_cut_at_characters() {
        assert_eq!(shorten("  a\n b ", 10), "a b");
        assert_eq!(shorten("ääääääää", 6), "äää...");
    }
}
