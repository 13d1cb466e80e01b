//! What the records say about the jobs that one Agent call started.
//!
//! A job belongs to a call when its session does and it was created while the
//! call ran. Claude Code tells how long the call took, so that is known; without
//! it (before 2.1.119) a job of the session may or may not belong to the call.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{background, input};
use crate::job::{self, Job, Status};
use crate::selection;
use crate::settle;
use crate::state::{Store, StoreError};
use crate::{environment, json, time};

/// Clocks of the record and of Claude Code may differ by the rounding of a duration.
const SLACK_MS: i64 = 1_000;

/// The task jobs that bear on a call, the newest first.
#[derive(Debug, Default)]
pub struct Evidence {
    /// Jobs of the session.
    pub session: Vec<Job>,
    /// Jobs that were created during the call; none when its time is not known.
    pub call: Option<Vec<Job>>,
    /// Why the records of the workspace cannot be read.
    pub unreadable: Option<String>,
    /// Every task of the workspace, also of other sessions.
    all: Vec<Job>,
}

impl Evidence {
    /// Reads the records of the workspace, and ends jobs whose worker is gone.
    pub fn read(event: &Value) -> Self {
        let store = Store::of(&input::cwd(event));
        let (own, unreadable) = match tasks_of(&store) {
            Ok(jobs) => (jobs, None),
            Err(error) => (Vec::new(), Some(error.to_string())),
        };
        let mut evidence = Self::from_jobs(event, own);
        // `task --cwd` elsewhere leaves its job in another folder of the same plugin data.
        if evidence.call.as_ref().is_none_or(Vec::is_empty) {
            let elsewhere = jobs_elsewhere(&store, event);
            if !elsewhere.is_empty() {
                let mut all = evidence.all;
                all.extend(elsewhere);
                evidence = Self::from_jobs(event, all);
            }
        }
        evidence.unreadable = unreadable;
        evidence
    }

    /// What these tasks say about the call that the event is about.
    pub fn from_jobs(event: &Value, mut all: Vec<Job>) -> Self {
        job::sort_newest_first(&mut all);
        let session = input::session(event);
        let of_session = selection::of_session(all.clone(), session);
        let call = input::duration_ms(event).map(|duration| {
            let begin = time::now_ms() - duration - SLACK_MS;
            let during = |job: &&Job| {
                job.text("createdAt")
                    .and_then(time::parse_iso)
                    .is_some_and(|at| at >= begin)
            };
            let unowned = |job: &&Job| job.text("sessionId").is_none();
            let owned = of_session.iter().filter(during).cloned();
            let mut call: Vec<Job> = owned.collect();
            if call.is_empty() {
                call = all.iter().filter(unowned).filter(during).cloned().collect();
            }
            call
        });
        Self {
            session: of_session,
            call,
            unreadable: None,
            all,
        }
    }

    #[cfg(test)]
    pub fn for_tests(session: &[Job], call: Option<&[Job]>) -> Self {
        Self {
            session: session.to_vec(),
            call: call.map(<[Job]>::to_vec),
            unreadable: None,
            all: session.to_vec(),
        }
    }

    /// The job with this id, whatever its session.
    pub fn job(&self, id: &str) -> Option<&Job> {
        self.all.iter().find(|job| job.id() == id)
    }

    /// Whether the job can be one that the call started.
    pub fn is_of_call(&self, job: &Job) -> bool {
        let jobs = self.call.as_ref().unwrap_or(&self.session);
        jobs.iter().any(|known| known.id() == job.id())
    }

    /// The newest job of the session that is still active.
    pub fn active_in_session(&self) -> Option<&Job> {
        self.session.iter().find(|job| job.is_active())
    }

    /// The job that the call's text is about: the one whose output the text
    /// contains; of several others an active one if the text says that something
    /// goes on; or else the newest one. None when the call started none.
    pub fn job_of_call(&self, text: &str) -> Option<&Job> {
        let jobs = self.call.as_ref()?;
        let goes_on = background::is_announced(text) || background::is_claimed(text);
        jobs.iter()
            .find(|job| output_is_in(job, text))
            .or_else(|| jobs.iter().find(|job| goes_on && job.is_active()))
            .or_else(|| jobs.first())
    }

    /// The job that a complete sentinel can stand for, when the call's time is
    /// not known: the one whose output the text contains, or else the job of the
    /// session that ended last. Only a completed one is given.
    pub fn completed_for(&self, text: &str) -> Option<&Job> {
        let completed = |job: &&Job| job.status() == Some(Status::Completed);
        let quoted = self
            .session
            .iter()
            .filter(completed)
            .find(|job| output_is_in(job, text));
        quoted.or_else(|| {
            let ended = self.session.iter().filter(|job| !job.is_active());
            ended
                .max_by_key(|job| job.text("completedAt").unwrap_or_default())
                .filter(completed)
        })
    }
}

/// Whether the text holds the job's whole output.
pub fn output_is_in(job: &Job, text: &str) -> bool {
    let path = job
        .text("logFile")
        .map(|log| Path::new(log).with_extension("json"));
    let stored = path.and_then(|path| json::parse(&fs::read(path).ok()?).ok());
    let output = stored
        .as_ref()
        .and_then(|stored| stored.pointer("/result/rawOutput"))
        .and_then(Value::as_str)
        .map(str::trim)
        .filter(|output| !output.is_empty());
    output.is_some_and(|output| text.contains(output))
}

fn tasks_of(store: &Store) -> Result<Vec<Job>, StoreError> {
    let state = settle::view_now(store)?;
    Ok(state.jobs.into_iter().filter(Job::is_task).collect())
}

/// Tasks of the event's session in the folders of other workspaces.
fn jobs_elsewhere(own: &Store, event: &Value) -> Vec<Job> {
    let Some(session) = input::session(event) else {
        return Vec::new();
    };
    let own_root = own.folder().parent().map(Path::to_path_buf);
    let fallback = environment::temporary().join("codex-companion");
    let mut roots: Vec<_> = own_root.into_iter().collect();
    if !roots.contains(&fallback) {
        roots.push(fallback);
    }
    let mut jobs = Vec::new();
    for entry in roots
        .iter()
        .filter_map(|root| fs::read_dir(root).ok())
        .flatten()
        .flatten()
    {
        let folder = entry.path();
        if folder != own.folder() {
            let store = Store::at(folder, own.workspace().to_path_buf());
            // Records of another workspace that cannot be read say nothing about this call.
            jobs.extend(tasks_of(&store).unwrap_or_default());
        }
    }
    jobs.retain(|job| job.text("sessionId") == Some(session));
    jobs
}
