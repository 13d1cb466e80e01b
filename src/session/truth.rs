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
    /// What was true.
    pub truth: Truth,
}

/// Whether the main thread was told anything about a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// Some words were about it.
    Words,
    /// A call has returned, and neither its text nor a hook said anything about its run.
    Nothing,
}

/// What is true about the jobs that a telling is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Truth {
    /// Codex completed the last turn of one of them.
    pub succeeded: bool,
    /// One of them whose turn Codex completed is recorded as completed: its result is there for whoever asks.
    pub has_result: bool,
    /// One of them had already ended when the main thread was told.
    pub ended_before: bool,
    /// A living process works on one of them, or has meanwhile brought it to its end.
    pub somebody_works: bool,
    /// Their ids and states.
    pub states: Vec<String>,
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
            (false, true) => "somebody works on it",
            (false, false) => "nobody works on it",
        };
        if self.states.is_empty() {
            return formatter.write_str("no job came of the call");
        }
        write!(formatter, "{codex}, {work}; {}", self.states.join(", "))
    }
}

impl Truth {
    /// What is true about these jobs now.
    pub(super) fn now(world: &World, jobs: &[String]) -> Truth {
        let mut truth = Truth::default();
        for id in jobs {
            let Some(job) = world.jobs().get(id) else {
                truth.states.push(format!("{id} has no record"));
                continue;
            };
            truth.states.push(format!(
                "{id} is recorded as {}",
                job.text("status").unwrap_or("?")
            ));
            let succeeded = job
                .text("threadId")
                .is_some_and(|thread| completed(world, thread));
            truth.succeeded |= succeeded;
            truth.has_result |= succeeded && job.text("status") == Some("completed");
            truth.ended_before |= !job.is_active();
            truth.somebody_works |=
                works(world, id, job.field("pid").and_then(Value::as_i64)) || !job.is_active();
        }
        truth
    }

    /// The same truth, where whether somebody works is judged at a later moment.
    pub(super) fn confirmed(self, later: &Truth) -> Truth {
        Truth {
            somebody_works: !self.ended_before && later.somebody_works,
            states: later.states.clone(),
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

/// Whether the last turn of the thread that Codex ended was completed.
fn completed(world: &World, thread: &str) -> bool {
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
        .as_deref()
        == Some("completed")
}
