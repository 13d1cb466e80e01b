//! What is true about a run at the moment when the main thread is told something about it.

use std::fmt;

use serde_json::Value;

use crate::engine::World;
use crate::vocabulary::Told;

/// What the main thread was told, and what was true.
#[derive(Debug, Clone)]
pub struct Finding {
    /// What it believes.
    pub told: Told,
    /// Whether it was told anything at all.
    pub heard: Heard,
    /// What was true about each job that the telling is about; none when no job came of the call.
    pub jobs: Vec<Truth>,
}

/// Whether the main thread was told anything about a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// Some words were about these jobs, and about each of them.
    Words,
    /// Some words were about one of these jobs, and which one is not known.
    WordsAboutOne,
    /// A call has returned, and neither its text nor a hook said anything about its run.
    Nothing,
}

/// What is true about one job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// Codex completed its last turn. Of a record that the scenario laid down, the record itself says so.
    pub succeeded: bool,
    /// It succeeded and is recorded as completed: its result is there for whoever asks.
    pub has_result: bool,
    /// It had already ended when the main thread was told.
    pub ended_before: bool,
    /// A living process works on it, or has meanwhile brought it to its end. Not known of a record without a process.
    pub somebody_works: Option<bool>,
    /// Its id and what its record calls it.
    pub state: String,
}

impl fmt::Display for Truth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let codex = if self.succeeded {
            "Codex completed the turn"
        } else {
            "Codex completed no turn"
        };
        let work = match (self.ended_before, self.somebody_works) {
            (true, _) => "it had already ended",
            (false, Some(true)) => "somebody works on it",
            (false, Some(false)) => "nobody works on it",
            (false, None) => "who works on it is not known",
        };
        write!(formatter, "{codex}, {work}; {}", self.state)
    }
}

impl Finding {
    /// The rule that what was told breaks, with what is true; nothing when what was told is true.
    ///
    /// Never told done unless the run succeeded, never told failed when its result is there, never told running unless
    /// somebody will end it, and never nothing at all about a run. What is said of several jobs must hold for each of
    /// them, but that some of them have ended already does not make "it runs" wrong while others run.
    pub fn broken(&self) -> Option<(&'static str, String)> {
        let about = |rule, found: Option<&Truth>| found.map(|truth| (rule, truth.to_string()));
        match (self.told, self.heard) {
            (Told::Done, Heard::WordsAboutOne) => {
                let none = !self.jobs.iter().any(|job| job.succeeded);
                (none && !self.jobs.is_empty()).then(|| (DONE, self.truth()))
            }
            (_, Heard::WordsAboutOne) => None,
            (Told::Done, _) if self.jobs.is_empty() => Some((DONE, self.truth())),
            (Told::Done, _) => about(DONE, self.jobs.iter().find(|job| !job.succeeded)),
            (Told::Failed, _) => about(FAILED, self.jobs.iter().find(|job| job.has_result)),
            (Told::Running, _) if self.jobs.iter().all(|job| job.ended_before) => {
                Some((RUNNING, self.truth()))
            }
            (Told::Running, _) => {
                let is_dead = |job: &&Truth| !job.ended_before && job.somebody_works == Some(false);
                about(RUNNING, self.jobs.iter().find(is_dead))
            }
            (Told::Unknown, Heard::Nothing) if !self.jobs.is_empty() => {
                Some((SOMETHING, self.truth()))
            }
            (Told::Unknown, _) => None,
        }
    }

    fn truth(&self) -> String {
        if self.jobs.is_empty() {
            return "no job came of the call".into();
        }
        let jobs: Vec<String> = self.jobs.iter().map(Truth::to_string).collect();
        jobs.join("; ")
    }
}

const DONE: &str = "told done only when the run succeeded";
const FAILED: &str = "told failed only when there is no result";
const RUNNING: &str = "told running only while somebody works on it";
const SOMETHING: &str = "told something about a run that has a job";

impl Truth {
    /// What is true about a job now; `laid_down` when the scenario wrote its record.
    pub(super) fn now(world: &World, id: &str, laid_down: bool) -> Truth {
        let Some(job) = world.jobs().get(id) else {
            return Truth {
                succeeded: false,
                has_result: false,
                ended_before: false,
                somebody_works: Some(false),
                state: format!("{id} has no record"),
            };
        };
        let status = job.text("status").unwrap_or("?");
        let turn = job
            .text("threadId")
            .and_then(|thread| last_turn(world, thread));
        let succeeded = match turn {
            Some(turn) => turn == "completed",
            None => laid_down && status == "completed",
        };
        let pid = job.field("pid").and_then(Value::as_i64);
        let is_known = !(laid_down && pid.is_none());
        let ended = !job.is_active();
        Truth {
            succeeded,
            has_result: succeeded && status == "completed",
            ended_before: ended,
            somebody_works: (ended || is_known).then(|| ended || works(world, id, pid)),
            state: format!("{id} is recorded as {status}"),
        }
    }

    /// The same truth, where whether somebody works is judged at a later moment.
    pub(super) fn confirmed(self, later: &Truth) -> Truth {
        Truth {
            somebody_works: match self.ended_before {
                true => Some(false),
                false => later.somebody_works,
            },
            state: later.state.clone(),
            ..self
        }
    }
}

/// Whether a living process works on the job.
fn works(world: &World, id: &str, pid: Option<i64>) -> bool {
    let by_pid = pid.is_some_and(|pid| {
        world
            .living()
            .iter()
            .any(|(living, _)| i64::from(*living) == pid)
    });
    by_pid || !world.processes_of(&format!("--job-id {id}")).is_empty()
}

/// How Codex ended the last turn of a thread that it ended.
fn last_turn(world: &World, thread: &str) -> Option<String> {
    let text = |value: &Value, path: &str| {
        value
            .pointer(path)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let last = world.codex_reports().iter().rev().find(|report| {
        text(report, "/kind").as_deref() == Some("sent")
            && text(report, "/method").as_deref() == Some("turn/completed")
            && text(report, "/message/params/threadId").as_deref() == Some(thread)
    });
    last.and_then(|report| text(report, "/message/params/turn/status"))
}

/// What a job's record holds as its output, if a text holds the whole of it.
pub(super) fn output_in<'a>(world: &'a World, id: &str, text: &str) -> Option<&'a str> {
    let result = world.jobs().get(id)?.file.as_ref()?.get("result")?;
    let output = result.get("rawOutput")?.as_str()?.trim();
    (!output.is_empty() && text.contains(output)).then_some(output)
}

#[cfg(test)]
#[path = "truth_tests.rs"]
mod tests;
