//! What a failure needs to be understood: what Claude was told, what was true, where it went another way.

use serde_json::Value;

use super::describe::{clock, cut, describe};
use crate::run::Outcome;

/// The story of a failure in a few lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Story {
    /// What the main thread was told last, and what it believes.
    pub told: Option<String>,
    /// How the jobs stood at the end, one line a job.
    pub truth: Vec<String>,
    /// The first event that differs from the last good run: what it was then and what it is now.
    pub differs: Option<(String, String)>,
}

/// Tells the story of an outcome from its event log; `good` is the log of the last good run.
pub fn story(outcome: &Outcome, good: Option<&[Value]>) -> Story {
    let until = until(outcome);
    Story {
        told: told(until),
        truth: truth(until),
        differs: good.and_then(|good| differs(good, &outcome.events)),
    }
}

/// The log up to the last failure: what came after it is not what was true then.
fn until(outcome: &Outcome) -> &[Value] {
    let Some(last) = outcome.failures.iter().map(|failure| failure.at_us).max() else {
        return &outcome.events;
    };
    let at = |event: &Value| {
        event
            .get("at_us")
            .and_then(Value::as_u64)
            .unwrap_or_default()
    };
    let end = outcome.events.iter().position(|event| at(event) > last);
    outcome
        .events
        .get(..end.unwrap_or(outcome.events.len()))
        .unwrap_or_default()
}

fn told(events: &[Value]) -> Option<String> {
    let (event, told) = events
        .iter()
        .rev()
        .find_map(|event| Some((event, event.pointer("/what/told")?)))?;
    let text = |name: &str| told.get(name).and_then(Value::as_str).unwrap_or_default();
    let at = clock(
        event
            .get("at_us")
            .and_then(Value::as_u64)
            .unwrap_or_default(),
    );
    let words = text("text")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    Some(format!(
        "{} at {at} by {}: {}",
        text("belief"),
        text("form"),
        cut(&words, 200)
    ))
}

fn truth(events: &[Value]) -> Vec<String> {
    let mut jobs: Vec<(String, serde_json::Map<String, Value>, u64)> = Vec::new();
    for event in events {
        let Some(job) = event.pointer("/what/job") else {
            continue;
        };
        let id = job.get("id").and_then(Value::as_str).unwrap_or_default();
        let at = event
            .get("at_us")
            .and_then(Value::as_u64)
            .unwrap_or_default();
        if !jobs.iter().any(|(known, ..)| known == id) {
            jobs.push((id.to_owned(), serde_json::Map::new(), at));
        }
        let Some((_, fields, changed_at)) = jobs.iter_mut().find(|(known, ..)| known == id) else {
            continue;
        };
        for (name, value) in job
            .get("changed")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            if name == "status" && fields.get(name) != Some(value) {
                *changed_at = at;
            }
            fields.insert(name.clone(), value.clone());
        }
    }
    let line = |(id, fields, at): &(String, serde_json::Map<String, Value>, u64)| {
        let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
        let error = if text("errorMessage").is_empty() {
            String::new()
        } else {
            format!(": {}", cut(text("errorMessage"), 120))
        };
        format!("{id} is {} since {}{error}", text("status"), clock(*at))
    };
    jobs.iter().map(line).collect()
}

/// The first event that is another one than in the good log.
fn differs(good: &[Value], now: &[Value]) -> Option<(String, String)> {
    let same = |left: &Value, right: &Value| {
        ["at_us", "actor", "what"]
            .iter()
            .all(|key| comparable(left, key) == comparable(right, key))
    };
    let place =
        (0..good.len().max(now.len())).find(|index| match (good.get(*index), now.get(*index)) {
            (Some(left), Some(right)) => !same(left, right),
            _ => true,
        })?;
    let line = |events: &[Value]| {
        events
            .get(place)
            .map_or("nothing more".to_owned(), |event| {
                let line = describe(event);
                format!(
                    "{} {} {}",
                    clock(line.at_us),
                    line.actor,
                    cut(&line.text, 160)
                )
            })
    };
    Some((line(good), line(now)))
}

/// A part of an event without what the machine puts into it.
fn comparable(event: &Value, key: &str) -> Option<Value> {
    let mut value = event.get(key)?.clone();
    if let Some(environment) = value.pointer_mut("/codex/environment") {
        *environment = Value::Null;
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn job(at: u64, status: &str) -> Value {
        json!({"at_us": at, "actor": "state", "what": {"job": {"id": "<job:1>", "place": "row", "changed": {"status": status}}}})
    }

    #[test]
    fn the_first_other_event_is_found_and_equal_logs_have_none() {
        let good = [job(0, "queued"), job(5, "completed")];
        let now = [job(0, "queued"), job(5, "failed")];
        assert_eq!(differs(&good, &good), None);
        let (then, now) = differs(&good, &now).unwrap();
        assert!(then.contains("completed") && now.contains("failed"));
        assert_eq!(differs(&good, &good[..1]).unwrap().1, "nothing more");
    }

    #[test]
    fn the_truth_is_the_last_state_of_each_job() {
        assert_eq!(
            truth(&[job(0, "queued"), job(2_000_000, "failed")]),
            ["<job:1> is failed since 2.000s"]
        );
    }

    #[test]
    fn a_silent_log_tells_nothing() {
        assert_eq!(told(&[]), None);
    }
}
