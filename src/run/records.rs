//! What must hold of job records in every run: what has ended stays as it ended, and can be found.

use std::collections::BTreeMap;

use serde_json::Value;

use super::soundness::is_seeded;
use super::stage::Stage;
use crate::engine::Job;
use crate::event::{Event, What};

/// What was broken: the rule, and how.
type Broken = (&'static str, String);

/// Checks the records when everything has come to rest.
pub(super) fn check(stage: &Stage) {
    let world = stage.world.borrow();
    let own = |id: &str| !is_seeded(stage, id);
    let jobs = &world.jobs().jobs;
    let mut broken = ended(world.log().events(), jobs);
    broken.extend(jobs.iter().filter_map(found));
    let broken: Vec<Broken> = broken
        .into_iter()
        .filter(|(id, _)| own(id))
        .map(|(_, broken)| broken)
        .collect();
    drop(world);
    for (rule, how) in broken {
        stage.fail_always("soundness", rule, &how);
    }
}

fn is_end(status: &str) -> bool {
    matches!(status, "completed" | "failed" | "cancelled")
}

/// What was finished is still there, and what has ended is not called anything else later.
fn ended(events: &[Event], jobs: &[Job]) -> Vec<(String, Broken)> {
    let mut ends: BTreeMap<(String, String), String> = BTreeMap::new();
    let mut finished = Vec::new();
    let mut broken = Vec::new();
    for event in events {
        let What::Job { id, place, changed } = &event.what else {
            continue;
        };
        let Some(status) = changed.get("status").and_then(Value::as_str) else {
            continue;
        };
        if status == "completed" && !finished.contains(id) {
            finished.push(id.clone());
        }
        let key = (id.clone(), place.clone());
        if let Some(before) = ends.get(&key).filter(|before| *before != status) {
            let how = format!("{id} was {before} and is called {status} later");
            broken.push((id.clone(), ("a job that has ended stays as it ended", how)));
        }
        if is_end(status) {
            ends.insert(key, status.to_owned());
        }
    }
    for id in finished {
        if !jobs.iter().any(|job| job.id == id) {
            let how = format!("{id} was completed and has no record any more");
            broken.push((id, ("nothing that was finished is lost", how)));
        }
    }
    broken
}

/// A job stands in the list, and the list and its file say the same of it.
fn found(job: &Job) -> Option<(String, Broken)> {
    let text = |record: &serde_json::Map<String, Value>| {
        record
            .get("status")
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let id = &job.id;
    let broken = match (&job.row, &job.file) {
        (None, Some(_)) => (
            "every job stands in the list",
            format!("{id} has a file in jobs/ and does not stand in state.json"),
        ),
        (Some(row), Some(file)) => {
            let (row, file) = (text(row)?, text(file)?);
            if row == file {
                return None;
            }
            (
                "the list and the file of a job say the same",
                format!("{id} is called {row} in state.json and {file} in its file"),
            )
        }
        _ => return None,
    };
    Some((id.clone(), broken))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(id: &str, changed: Value) -> Event {
        Event {
            seq: 0,
            at_us: 0,
            actor: "state".into(),
            what: What::Job {
                id: id.into(),
                place: "row".into(),
                changed,
            },
            cause: None,
        }
    }

    fn job(row: Option<Value>, file: Option<Value>) -> Job {
        let object = |value: Value| value.as_object().cloned();
        Job {
            id: "task-a".into(),
            row: row.and_then(object),
            file: file.and_then(object),
        }
    }

    fn rules(events: &[Event], jobs: &[Job]) -> Vec<&'static str> {
        let mut broken = ended(events, jobs);
        broken.extend(jobs.iter().filter_map(found));
        broken.into_iter().map(|(_, (rule, _))| rule).collect()
    }

    #[test]
    fn a_finished_job_that_is_gone_is_lost() {
        let done = [event("task-a", json!({"status": "completed"}))];
        assert_eq!(rules(&done, &[]), ["nothing that was finished is lost"]);
        let failed = [event("task-a", json!({"status": "failed"}))];
        assert!(rules(&failed, &[]).is_empty());
    }

    #[test]
    fn an_end_that_changes_is_told_and_one_that_is_written_again_is_not() {
        let status = |status: &str| event("task-a", json!({ "status": status }));
        let row = job(Some(json!({"status": "x"})), None);
        let late = [status("cancelled"), status("running")];
        assert_eq!(
            rules(&late, std::slice::from_ref(&row)),
            ["a job that has ended stays as it ended"]
        );
        let again = [status("running"), status("failed"), status("failed")];
        assert!(rules(&again, &[row]).is_empty());
    }

    #[test]
    fn a_job_out_of_the_list_and_one_that_is_called_two_things_are_told() {
        let lost = job(None, Some(json!({"status": "completed"})));
        assert_eq!(rules(&[], &[lost]), ["every job stands in the list"]);
        let torn = job(
            Some(json!({"status": "running"})),
            Some(json!({"status": "completed"})),
        );
        assert_eq!(
            rules(&[], &[torn]),
            ["the list and the file of a job say the same"]
        );
        let same = job(
            Some(json!({"status": "failed"})),
            Some(json!({"status": "failed"})),
        );
        assert!(rules(&[], &[same]).is_empty());
    }
}
