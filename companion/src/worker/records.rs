//! What a worker writes while it works.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::job::Job;
use crate::joblog;
use crate::lifecycle::{self, Outcome};
use crate::state::{Store, StoreError, Transaction};
use crate::texts::say;
use crate::turn::Progress;

/// How long the end of a job is tried to be recorded, and the pauses between the tries.
const PATIENCE: Duration = Duration::from_secs(600);
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The records of one job.
pub struct Records<'a> {
    /// The workspace's state.
    pub store: &'a Store,
    /// The job.
    pub id: &'a str,
    /// Its log.
    pub log: &'a Path,
}

impl Records<'_> {
    /// Writes progress to log and record; false when the job has ended on record.
    pub fn report(&self, progress: Progress) -> bool {
        if let Some(line) = &progress.message {
            joblog::line(self.log, line);
        }
        if let Some((title, body)) = &progress.block {
            joblog::block(self.log, title, body);
        }
        let fields: Vec<(&'static str, String)> = [
            ("phase", progress.phase.map(str::to_owned)),
            ("threadId", progress.thread),
            ("turnId", progress.turn),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
        fields.is_empty()
            || self.note(&fields).unwrap_or_else(|error| {
                joblog::line(self.log, &say!(LOG_PROGRESS_NOT_RECORDED, error = error));
                true
            })
    }

    /// Changes the record only when it does not say so already.
    fn note(&self, fields: &[(&'static str, String)]) -> Result<bool, StoreError> {
        let state = self.store.read()?;
        let row = state.job(self.id);
        let known = |(name, value): &(&'static str, String)| {
            row.is_some_and(|row| row.text(name) == Some(value.as_str()))
        };
        if row.is_some_and(Job::is_active) && fields.iter().all(known) {
            return Ok(true);
        }
        let mut change = self.store.begin()?;
        let phase = |change: &Transaction| {
            let row = change.state.job(self.id)?;
            row.text("phase").map(str::to_owned)
        };
        let before = phase(&change);
        match lifecycle::progress(&mut change, self.id, fields) {
            Ok(()) => {
                let after = phase(&change).filter(|phase| Some(phase) != before.as_ref());
                change.commit()?;
                if let Some(phase) = after {
                    joblog::phase(self.log, &phase);
                }
                Ok(true)
            }
            Err(_) => Ok(false),
        }
    }

    /// Records the end. That it cannot be written (a full disk, a lock that is held)
    /// may pass, and the work is done, so it is tried again for a while.
    pub fn finish(&self, outcome: &Outcome) -> Result<(), StoreError> {
        let end = Instant::now() + PATIENCE;
        let mut pause = FIRST_PAUSE;
        loop {
            match self.try_finish(outcome.clone()) {
                Err(error @ (StoreError::Io { .. } | StoreError::Locked { .. }))
                    if Instant::now() < end =>
                {
                    let seconds = pause.as_secs();
                    let line = say!(LOG_END_TRIED_AGAIN, error = error, seconds = seconds);
                    joblog::line(self.log, &line);
                    std::thread::sleep(pause);
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Err(error) => {
                    // The log is the last place that may still take the answer.
                    self.log_output(outcome.rendered.as_deref());
                    return Err(error);
                }
                Ok(()) => return Ok(()),
            }
        }
    }

    fn log_output(&self, rendered: Option<&str>) {
        if let Some(rendered) = rendered {
            joblog::block(self.log, "Final output", rendered);
        }
    }

    /// A wish to cancel decides over a run without success.
    fn try_finish(&self, outcome: Outcome) -> Result<(), StoreError> {
        let mut change = self.store.begin()?;
        let wish = change
            .state
            .job(self.id)
            .and_then(lifecycle::cancel_reason)
            .map(str::to_owned);
        let mut rendered = outcome.rendered.clone();
        let (done, reason) = match wish.filter(|_| !outcome.completed) {
            Some(reason) => {
                rendered = None;
                (
                    lifecycle::cancel(&mut change, self.id, &reason),
                    Some(reason),
                )
            }
            None => {
                let reason = outcome.error.clone();
                (lifecycle::finish(&mut change, self.id, outcome), reason)
            }
        };
        match done {
            Ok(()) => change.commit()?,
            Err(refused) => {
                drop(change);
                joblog::line(self.log, &say!(LOG_END_REFUSED, reason = refused));
                return Ok(());
            }
        }
        if let Some(reason) = reason {
            joblog::line(self.log, &reason);
        }
        self.log_output(rendered.as_deref());
        Ok(())
    }
}
