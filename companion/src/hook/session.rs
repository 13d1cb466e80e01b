//! The beginning and the end of a Claude session.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::Value;

use super::input;
use crate::job::Job;
use crate::lifecycle;
use crate::liveness::Identity;
use crate::quoting::single_quoted;
use crate::settle::{Worker, worker_of};
use crate::state::{Store, StoreError};
use crate::{environment, joblog, texts};

/// Ends of a session after which the same user goes on in the same window, and
/// the session's work with them.
const GOES_ON: [&str; 2] = ["clear", "resume"];

/// Of the 1.5 s that this hook has, the most for the lock.
const LOCK_LIMIT: Duration = Duration::from_millis(800);

/// Hands the session id and the plugin's data folder to the commands of the
/// session, through the file that Claude Code reads into their environment.
pub fn start(event: &Value) -> std::io::Result<()> {
    let Some(file) = std::env::var_os("CLAUDE_ENV_FILE").filter(|file| !file.is_empty()) else {
        return Ok(());
    };
    let data = environment::plugin_data().map(|path| path.to_string_lossy().into_owned());
    let values = [
        (
            environment::SESSION_ID,
            input::session(event).map(str::to_owned),
        ),
        (environment::PLUGIN_DATA, data),
    ];
    let lines: String = values
        .into_iter()
        .filter_map(|(name, value)| Some(format!("export {name}={}\n", single_quoted(&value?))))
        .collect();
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(Path::new(&file))?;
    file.write_all(lines.as_bytes())
}

/// Asks the workers of the session's jobs to stop. Their records stay.
///
/// Nothing is waited for: Claude Code gives this hook 1.5 s whatever hooks.json
/// says. The wish is on record, so each worker ends its job as cancelled, and so
/// does whoever finds a worker gone.
pub fn end(event: &Value) -> Result<(), StoreError> {
    if GOES_ON.contains(&input::text(event, "/reason")) {
        return Ok(());
    }
    let owned = environment::session_id();
    let Some(session) = input::session(event).or(owned.as_deref()) else {
        return Ok(());
    };
    let store = Store::of(&input::cwd(event));
    let ours = |job: &&Job| job.is_active() && job.text("sessionId") == Some(session);
    if !store.read()?.jobs.iter().any(|job| ours(&job)) {
        return Ok(());
    }
    let reason = texts::CANCELLED_WITH_SESSION.template;
    let mut change = match store.begin_within(LOCK_LIMIT) {
        Ok(change) => change,
        Err(error) => {
            // The wish cannot be recorded in time; the workers can be stopped all the same.
            let jobs = store.read()?.jobs;
            for job in jobs.iter().filter(ours) {
                stop(&store, job);
            }
            return Err(error);
        }
    };
    let jobs: Vec<Job> = change.state.jobs.iter().filter(ours).cloned().collect();
    let mut signalled = Vec::new();
    for job in &jobs {
        let lives = worker_of(&store, job) == Worker::Lives;
        match job.pid().filter(|_| lives) {
            Some(pid) => {
                if lifecycle::request_cancel(&mut change, job.id(), reason).is_ok() {
                    signalled.push(Identity {
                        pid,
                        start: job.number("pidStartTime"),
                    });
                }
            }
            None => {
                if lifecycle::cancel(&mut change, job.id(), reason).is_ok() {
                    joblog::line(&store.log_file(job.id()), reason);
                }
            }
        }
    }
    change.commit()?;
    for worker in signalled {
        worker.signal(Signal::SIGTERM);
    }
    Ok(())
}

fn stop(store: &Store, job: &Job) {
    if let Some(pid) = job.pid().filter(|_| worker_of(store, job) == Worker::Lives) {
        let start = job.number("pidStartTime");
        Identity { pid, start }.signal(Signal::SIGTERM);
    }
}
