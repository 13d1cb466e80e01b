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

/// The jobs that bear on a call, the newest first.
#[derive(Debug, Default)]
pub struct Evidence {
    /// Tasks of the session.
    pub session: Vec<Job>,
    /// Tasks that were created during the call; none when its time is not known.
    pub call: Option<Vec<Job>>,
    /// The newest review that ended during the call, when its time is known.
    pub review: Option<Job>,
    /// Why the records of the workspace cannot be read.
    pub unreadable: Option<String>,
    /// Every task of the workspace, also of other sessions.
    all: Vec<Job>,
}

impl Evidence {
    /// Reads the records of the workspace, and ends jobs whose worker is gone.
    pub fn read(event: &Value) -> Self {
        let store = Store::of(&input::cwd(event));
        let (own, unreadable) = match jobs_of(&store) {
            Ok(jobs) => (jobs, None),
            Err(error) => (Vec::new(), Some(error.to_string())),
        };
        let mut evidence = Self::from_jobs(event, own.clone());
        // `task --cwd` elsewhere leaves its job in another folder of the same plugin data.
        if evidence.call.as_ref().is_none_or(Vec::is_empty) {
            let elsewhere = jobs_elsewhere(&store, event);
            if !elsewhere.is_empty() {
                evidence = Self::from_jobs(event, [own, elsewhere].concat());
            }
        }
        evidence.unreadable = unreadable;
        evidence
    }

    /// What these jobs say about the call that the event is about.
    pub fn from_jobs(event: &Value, mut jobs: Vec<Job>) -> Self {
        job::sort_newest_first(&mut jobs);
        let (all, reviews): (Vec<Job>, Vec<Job>) = jobs.into_iter().partition(Job::is_task);
        let session = input::session(event);
        let of_session = selection::of_session(all.clone(), session);
        let begin = input::duration_ms(event).map(|length| time::now_ms() - length - SLACK_MS);
        let during = |job: &&Job| {
            let created = job.text("createdAt").and_then(time::parse_iso);
            begin.is_some_and(|begin| created.is_some_and(|at| at >= begin))
        };
        let call = begin.map(|_| {
            let unowned = |job: &&Job| job.text("sessionId").is_none();
            let owned = of_session.iter().filter(during).cloned();
            let mut call: Vec<Job> = owned.collect();
            if call.is_empty() {
                call = all.iter().filter(unowned).filter(during).cloned().collect();
            }
            call
        });
        let reviews = selection::of_session(reviews, session);
        let mut ended = reviews.iter().filter(|job| !job.is_active());
        let review = ended.find(during).cloned();
        Self {
            session: of_session,
            call,
            review,
            unreadable: None,
            all,
        }
    }

    #[cfg(test)]
    pub fn for_tests(session: &[Job], call: Option<&[Job]>) -> Self {
        Self {
            session: session.to_vec(),
            call: call.map(<[Job]>::to_vec),
            review: None,
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

    /// Whether the call is known to have started a job.
    pub fn call_has_a_job(&self) -> bool {
        self.call.as_ref().is_some_and(|jobs| !jobs.is_empty()) || self.review.is_some()
    }

    /// The job that the call's text is about: the one whose output the text
    /// contains; of several others an active one if the text says that something
    /// goes on; or else the newest one. None when the call started none.
    pub fn job_of_call(&self, text: &str) -> Option<&Job> {
        let jobs = self.call.as_ref()?;
        let goes_on = background::is_announced(text) || background::is_claimed(text);
        longest_in(jobs, text)
            .or_else(|| jobs.iter().find(|job| goes_on && job.is_active()))
            .or_else(|| jobs.first())
    }

    /// The job of the session whose output the text contains.
    pub fn quoted_in(&self, text: &str) -> Option<&Job> {
        longest_in(&self.session, text)
    }

    /// The job that a complete sentinel can stand for, when the call's time is
    /// not known: the one whose output the text contains, or else the job of the
    /// session that ended last. Only a completed one is given.
    pub fn completed_for(&self, text: &str) -> Option<&Job> {
        let ended = self.session.iter().filter(|job| !job.is_active());
        let last = ended.max_by_key(|job| job.text("completedAt").unwrap_or_default());
        self.quoted_in(text)
            .or(last)
            .filter(|job| job.status() == Some(Status::Completed))
    }
}

/// Of the jobs whose whole output the text holds the one with the longest: a short output can be
/// a part of another job's.
fn longest_in<'a>(jobs: &'a [Job], text: &str) -> Option<&'a Job> {
    let length = |job: &&Job| output_of(job).map_or(0, |output| output.len());
    let held = jobs.iter().filter(|job| output_is_in(job, text));
    // Of equals the newest one, which stands first.
    held.rev().max_by_key(length)
}

/// Whether the text holds the job's whole output.
pub fn output_is_in(job: &Job, text: &str) -> bool {
    output_of(job).is_some_and(|output| text.contains(&output))
}

/// What the job's record holds as its output, without the white space round it.
fn output_of(job: &Job) -> Option<String> {
    let record = Path::new(job.text("logFile")?).with_extension("json");
    let stored = json::parse(&fs::read(record).ok()?).ok()?;
    // A review of Codex's own has its text where the answer of a command would be.
    let output = stored
        .pointer("/result/rawOutput")
        .or_else(|| stored.pointer("/result/codex/stdout"))?
        .as_str()?
        .trim();
    (!output.is_empty()).then(|| output.to_owned())
}

fn jobs_of(store: &Store) -> Result<Vec<Job>, StoreError> {
    Ok(settle::view_now(store)?.jobs)
}

/// Jobs of the event's session in the folders of other workspaces.
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
            jobs.extend(jobs_of(&store).unwrap_or_default());
        }
    }
    jobs.retain(|job| job.text("sessionId") == Some(session));
    jobs
}
