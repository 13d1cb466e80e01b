//! Which job a command means.

use std::path::Path;

use crate::job::{self, Job};
use crate::settle;
use crate::state::{State, Store, StoreError};
use crate::texts::{self, render};

/// No job fits, or more than one.
#[derive(Debug, thiserror::Error)]
pub enum SelectionError {
    /// A sentence for the user.
    #[error("{0}")]
    Text(String),
    /// The records cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn text(text: texts::Text, values: &[(&str, &str)]) -> SelectionError {
    SelectionError::Text(render(text, values))
}

/// The jobs of the state, the newest first.
pub fn newest_first(state: &State) -> Vec<Job> {
    let mut jobs = state.jobs.clone();
    job::sort_newest_first(&mut jobs);
    jobs
}

/// The jobs of a session; all of them when there is no session.
pub fn of_session(jobs: Vec<Job>, session: Option<&str>) -> Vec<Job> {
    match session {
        None => jobs,
        Some(_) => jobs
            .into_iter()
            .filter(|job| job.text("sessionId") == session)
            .collect(),
    }
}

/// The job with this id, or the only one whose id begins with it.
pub fn by_reference<'a>(
    jobs: &'a [Job],
    reference: &str,
    folder: &Path,
) -> Result<&'a Job, SelectionError> {
    if let Some(exact) = jobs.iter().find(|job| job.id() == reference) {
        return Ok(exact);
    }
    let mut matching = jobs.iter().filter(|job| job.id().starts_with(reference));
    match (matching.next(), matching.next()) {
        (Some(only), None) => Ok(only),
        (Some(_), Some(_)) => Err(text(texts::AMBIGUOUS_JOB, &[("job", reference)])),
        (None, _) => {
            let folder = folder.to_string_lossy();
            Err(text(
                texts::NO_JOB_FOUND,
                &[("job", reference), ("path", &folder)],
            ))
        }
    }
}

/// The job whose result is asked for: by reference, or the newest of the session that has ended.
pub fn finished(
    store: &Store,
    state: &State,
    reference: Option<&str>,
    session: Option<&str>,
) -> Result<Job, SelectionError> {
    let jobs = newest_first(state);
    let still_active = |job: &Job| {
        let status = job.text("status").unwrap_or_default();
        text(
            texts::STILL_ACTIVE,
            &[("job", job.id()), ("status", status)],
        )
    };
    if let Some(reference) = reference {
        let job = by_reference(&jobs, reference, store.folder())?;
        return if job.is_active() {
            Err(still_active(job))
        } else {
            Ok(job.clone())
        };
    }
    let jobs = of_session(jobs, session);
    match jobs.iter().find(|job| !job.is_active()) {
        Some(job) => Ok(job.clone()),
        None => Err(jobs
            .first()
            .map_or_else(|| text(texts::NO_FINISHED_JOBS, &[]), still_active)),
    }
}

/// The active job to cancel: by reference, or the only one of the session.
pub fn active(
    store: &Store,
    state: &State,
    reference: Option<&str>,
    session: Option<&str>,
) -> Result<Job, SelectionError> {
    let active: Vec<Job> = newest_first(state)
        .into_iter()
        .filter(Job::is_active)
        .collect();
    if let Some(reference) = reference {
        let unknown = || text(texts::NO_ACTIVE_JOB_FOUND, &[("job", reference)]);
        let all = newest_first(state);
        // An id that is not known at all deserves the answer that says so.
        by_reference(&all, reference, store.folder())?;
        return match by_reference(&active, reference, store.folder()) {
            Err(SelectionError::Text(_))
                if !active.iter().any(|job| job.id().starts_with(reference)) =>
            {
                Err(unknown())
            }
            found => found.cloned(),
        };
    }
    let mut mine = of_session(active, session);
    match (mine.len(), session) {
        (1, _) => Ok(mine.remove(0)),
        (0, None) => Err(text(texts::NO_ACTIVE_JOBS, &[])),
        (0, Some(_)) => Err(text(texts::NO_ACTIVE_JOBS_IN_SESSION, &[])),
        _ => Err(text(texts::SEVERAL_ACTIVE_JOBS, &[])),
    }
}

/// The newest ended task of the session with a thread.
pub fn resumable(state: &State, session: Option<&str>) -> Option<Job> {
    of_session(newest_first(state), session)
        .into_iter()
        .find(|job| job.is_task() && !job.is_active() && job.text("threadId").is_some())
}

/// The thread that `--resume-last` continues; none when no job of the session has one.
/// An active task of the session, other than `own`, stands in the way.
pub fn thread_to_resume(
    store: &Store,
    session: Option<&str>,
    own: &str,
) -> Result<Option<String>, SelectionError> {
    let mut state = settle::read_settled(store)?;
    state.jobs.retain(|job| job.id() != own);
    let jobs = of_session(newest_first(&state), session);
    if let Some(running) = jobs.iter().find(|job| job.is_task() && job.is_active()) {
        return Err(text(texts::TASK_STILL_RUNNING, &[("job", running.id())]));
    }
    Ok(resumable(&state, session).and_then(|job| job.text("threadId").map(str::to_owned)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn jobs(rows: serde_json::Value) -> Vec<Job> {
        rows.as_array()
            .unwrap()
            .iter()
            .cloned()
            .filter_map(Job::from_value)
            .collect()
    }

    fn state(rows: serde_json::Value) -> State {
        State {
            jobs: jobs(rows),
            ..State::default()
        }
    }

    fn store() -> Store {
        Store::at("/state".into(), "/work".into())
    }

    #[test]
    fn references_are_ids_or_unique_prefixes() {
        let all = jobs(json!([{"id": "task-1"}, {"id": "task-12"}, {"id": "x"}]));
        let find = |reference| by_reference(&all, reference, Path::new("/s")).map(Job::id);
        assert_eq!(find("task-1").unwrap(), "task-1");
        assert_eq!(find("task-12").unwrap(), "task-12");
        assert!(
            find("task")
                .unwrap_err()
                .to_string()
                .contains("more than one")
        );
        assert!(find("nope").unwrap_err().to_string().contains("/s"));
    }

    #[test]
    fn cancel_needs_exactly_one_job_of_the_session() {
        let two = state(json!([
            {"id": "a", "status": "running", "sessionId": "s", "updatedAt": "1"},
            {"id": "b", "status": "queued", "sessionId": "t", "updatedAt": "2"},
            {"id": "c", "status": "completed", "sessionId": "s", "updatedAt": "3"},
        ]));
        assert_eq!(active(&store(), &two, None, Some("s")).unwrap().id(), "a");
        assert!(active(&store(), &two, None, None).is_err());
        assert!(active(&store(), &two, None, Some("u")).is_err());
        assert_eq!(
            active(&store(), &two, Some("b"), Some("s")).unwrap().id(),
            "b"
        );
        assert!(active(&store(), &two, Some("c"), None).is_err());
    }

    #[test]
    fn results_are_those_of_ended_jobs() {
        let rows = state(json!([
            {"id": "a", "status": "running", "updatedAt": "2"},
            {"id": "b", "status": "failed", "updatedAt": "1"},
        ]));
        assert_eq!(finished(&store(), &rows, None, None).unwrap().id(), "b");
        let error = finished(&store(), &rows, Some("a"), None).unwrap_err();
        assert!(error.to_string().contains("still running"));
    }
}
