//! The worker: claims a job, drives its Codex turn, records the end.

use std::fs::File;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::client::{Connection, RequestError};
use crate::job::{self, Job};
use crate::lifecycle::{self, Outcome, Refused};
use crate::liveness::Identity;
use crate::selection;
use crate::state::{Store, StoreError, WorkerFile, WorkerNote};
use crate::turn::{self, Limits, Progress, Stop, TurnEnd};
use crate::{joblog, sentinel, texts};

/// The prefix of the names of task threads, by which they are found again.
pub const THREAD_PREFIX: &str = "Codex Companion Task";

/// Why a worker could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The job is not to be run.
    #[error("Job {id} is not run: {reason}")]
    Refused {
        /// The job.
        id: String,
        /// Why.
        reason: Refused,
    },
    /// The record says nothing about what to do.
    #[error("The record of job {0} has no request to run")]
    NoRequest(String),
    /// The records cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a task job asks for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The directory of the command; the turn runs in its workspace.
    pub model: Option<String>,
    /// Reasoning effort.
    pub effort: Option<String>,
    /// The prompt; empty for a plain continuation.
    pub prompt: String,
    /// Whether Codex may write in the workspace.
    pub write: bool,
    /// Continue the newest task thread.
    pub resume_last: bool,
    /// Continue this thread.
    pub resume_thread: Option<String>,
}

impl Request {
    fn read(job: &Job) -> Option<Self> {
        let request = job.get("request")?.as_object()?;
        let text = |name: &str| request.get(name).and_then(Value::as_str).map(str::to_owned);
        let flag = |name: &str| request.get(name).and_then(Value::as_bool).unwrap_or(false);
        Some(Self {
            model: text("model"),
            effort: text("effort"),
            prompt: text("prompt").unwrap_or_default(),
            write: flag("write"),
            resume_last: flag("resumeLast"),
            resume_thread: text("resumeThread"),
        })
    }

    fn sandbox(&self) -> &'static str {
        if self.write {
            "workspace-write"
        } else {
            "read-only"
        }
    }
}

/// Runs the job's worker to its end. `Ok` says whether the task completed.
pub fn run(store: &Store, id: &str) -> Result<bool, WorkerError> {
    let life = Life::take(store, id);
    let log = store.log_file(id);
    let claimed = claim(store, id);
    let job = match claimed {
        Ok(job) => job,
        Err(error) => {
            joblog::line(&log, &error.to_string());
            return Err(error);
        }
    };
    let Some(request) = Request::read(&job) else {
        let error = WorkerError::NoRequest(id.to_owned());
        record_failure(store, id, &error.to_string())?;
        return Err(error);
    };
    let worker = Worker {
        store,
        id,
        log,
        job,
        request,
        life,
    };
    worker.work()
}

fn claim(store: &Store, id: &str) -> Result<Job, WorkerError> {
    let mut change = store.begin()?;
    let job = lifecycle::claim(&mut change, id, Identity::own()).map_err(|reason| {
        WorkerError::Refused {
            id: id.to_owned(),
            reason,
        }
    })?;
    change.commit()?;
    Ok(job)
}

fn record_failure(store: &Store, id: &str, error: &str) -> Result<(), StoreError> {
    let mut change = store.begin()?;
    if lifecycle::fail(&mut change, id, error).is_ok() {
        change.commit()?;
        joblog::line(&store.log_file(id), error);
    }
    Ok(())
}

/// The worker file's lock, which says that this worker lives.
struct Life {
    file: WorkerFile,
    lock: Option<File>,
    note: WorkerNote,
}

impl Life {
    /// The lock comes as stdin from the launcher; a worker started by hand takes it itself.
    fn take(store: &Store, id: &str) -> Self {
        let file = store.worker_file(id);
        let inherited = || {
            Some(File::from(
                std::io::stdin().as_fd().try_clone_to_owned().ok()?,
            ))
        };
        let lock = file.create().ok().or_else(inherited);
        Self {
            file,
            lock,
            note: WorkerNote::default(),
        }
    }

    fn note(&mut self, edit: impl FnOnce(&mut WorkerNote)) {
        edit(&mut self.note);
        let _ = self.file.write(&self.note);
    }

    /// Lets those who wait for the job go on.
    fn release(&mut self) {
        if let Some(lock) = self.lock.take() {
            let _ = lock.unlock();
        }
    }
}

struct Worker<'a> {
    store: &'a Store,
    id: &'a str,
    log: PathBuf,
    job: Job,
    request: Request,
    life: Life,
}

impl Worker<'_> {
    fn work(mut self) -> Result<bool, WorkerError> {
        let mut connection = match Connection::launch(self.store.workspace(), &self.log) {
            Ok(connection) => connection,
            Err(error) => return self.failed(&error.to_string(), None),
        };
        let codex = connection.identity();
        self.life.note(|note| note.codex = Some(codex));
        let thread = match self.open_thread(&mut connection) {
            Ok(thread) => thread,
            Err(error) => return self.failed(&error, Some(connection)),
        };
        self.report(Progress {
            thread: Some(thread.clone()),
            ..Progress::line(format!("Thread ready ({thread})."), Some("starting"))
        });
        let params = self.turn_params(&thread);
        let limits = Limits::from_environment();
        let (store, id, log) = (self.store, self.id, self.log.clone());
        let mut report = |progress| report(store, id, &log, progress);
        let ended = turn::run(
            &mut connection,
            &thread,
            ("turn/start", &params),
            &limits,
            &mut report,
        );
        match ended {
            Ok(end) => self.finished(end, connection),
            Err((stop, end)) => self.stopped(&stop, end, connection),
        }
    }

    fn report(&self, progress: Progress) -> bool {
        report(self.store, self.id, &self.log, progress)
    }

    /// Introduces the worker and starts or resumes the thread; errors name the stage.
    fn open_thread(&mut self, connection: &mut Connection) -> Result<String, String> {
        let limits = Limits::from_environment();
        connection
            .initialize(limits.initialize)
            .map_err(|error| self.explain(&error))?;
        let resumed = self.thread_to_resume(connection, &limits)?;
        let workspace = self.store.workspace().to_string_lossy();
        let mut params = json!({
            "cwd": workspace,
            "model": self.request.model,
            "approvalPolicy": "never",
            "sandbox": self.request.sandbox(),
        });
        let method = if let Some(thread) = &resumed {
            self.report(Progress::line(
                format!("Resuming thread {thread}."),
                Some("starting"),
            ));
            params["threadId"] = json!(thread);
            "thread/resume"
        } else {
            self.report(Progress::line(
                "Starting Codex task thread.",
                Some("starting"),
            ));
            params["serviceName"] = json!("claude_code_codex_plugin");
            params["ephemeral"] = json!(false);
            "thread/start"
        };
        let reply = connection
            .request(method, &params, limits.request)
            .map_err(|error| self.explain(&error))?;
        let thread = reply
            .pointer("/thread/id")
            .and_then(Value::as_str)
            .ok_or_else(|| format!("codex app-server answered {method} without a thread"))?
            .to_owned();
        if resumed.is_none() {
            self.name_thread(connection, &thread, &limits)?;
        }
        Ok(thread)
    }

    /// A name helps to find the thread again; a version that cannot give it loses nothing.
    fn name_thread(
        &self,
        connection: &mut Connection,
        thread: &str,
        limits: &Limits,
    ) -> Result<(), String> {
        let params = json!({"threadId": thread, "name": thread_name(&self.request.prompt)});
        match connection.request("thread/name/set", &params, limits.request) {
            Ok(_) => Ok(()),
            Err(RequestError::Refused { message, .. }) => {
                joblog::line(&self.log, &format!("The thread has no name: {message}"));
                Ok(())
            }
            Err(error) => Err(self.explain(&error)),
        }
    }

    fn thread_to_resume(
        &self,
        connection: &mut Connection,
        limits: &Limits,
    ) -> Result<Option<String>, String> {
        if self.request.resume_thread.is_some() {
            return Ok(self.request.resume_thread.clone());
        }
        if !self.request.resume_last {
            return Ok(None);
        }
        let session = self.job.text("sessionId");
        let tracked = selection::thread_to_resume(self.store, session, self.id)
            .map_err(|error| error.to_string())?;
        if tracked.is_some() {
            return Ok(tracked);
        }
        let found = match session {
            Some(_) => None,
            None => self.newest_named_thread(connection, limits)?,
        };
        found
            .map(Some)
            .ok_or_else(|| texts::render(texts::NO_THREAD_TO_RESUME, &[]))
    }

    fn newest_named_thread(
        &self,
        connection: &mut Connection,
        limits: &Limits,
    ) -> Result<Option<String>, String> {
        let params = json!({
            "cwd": self.store.workspace().to_string_lossy(),
            "limit": 20,
            "sortKey": "updated_at",
            "sourceKinds": ["appServer"],
            "searchTerm": THREAD_PREFIX,
        });
        let reply = connection
            .request("thread/list", &params, limits.request)
            .map_err(|error| self.explain(&error))?;
        let threads = reply.get("data").and_then(Value::as_array);
        let named = |thread: &&Value| {
            let name = thread.get("name").and_then(Value::as_str);
            name.is_some_and(|name| name.starts_with(THREAD_PREFIX))
        };
        let id = threads
            .into_iter()
            .flatten()
            .find(named)
            .and_then(|thread| thread.get("id"));
        Ok(id.and_then(Value::as_str).map(str::to_owned))
    }

    fn explain(&self, error: &RequestError) -> String {
        match error {
            RequestError::Signal(signal) => self.signal_text(*signal),
            other => other.to_string(),
        }
    }

    fn signal_text(&self, signal: i32) -> String {
        let name = crate::client::signal_name(signal);
        texts::render(
            texts::WORKER_SIGNALLED,
            &[("job", self.id), ("signal", &name)],
        )
    }

    fn turn_params(&self, thread: &str) -> Value {
        let item = |text: &str| json!({"type": "text", "text": text, "text_elements": []});
        let mut input = Vec::new();
        if self.request.write {
            let root = self.store.workspace().to_string_lossy();
            input.push(item(&texts::render(
                texts::BOUNDARY_NOTICE,
                &[("path", &root)],
            )));
        }
        let prompt = match self.request.prompt.trim() {
            "" => texts::CONTINUE_PROMPT.template,
            prompt => prompt,
        };
        input.push(item(prompt));
        json!({
            "threadId": thread,
            "input": input,
            "model": self.request.model,
            "effort": self.request.effort,
            "outputSchema": null,
        })
    }

    /// A run that never came to a turn's end. Codex is ended before the job is.
    fn failed(mut self, error: &str, connection: Option<Connection>) -> Result<bool, WorkerError> {
        if let Some(connection) = connection {
            connection.shut_down();
        }
        self.record(Outcome {
            error: Some(error.to_owned()),
            ..Outcome::default()
        })?;
        eprintln!("{error}");
        Ok(false)
    }

    /// The turn ended. A completed job is recorded at once; after any other end
    /// Codex may still be at work and is stopped before the record says so.
    fn finished(mut self, end: TurnEnd, connection: Connection) -> Result<bool, WorkerError> {
        let completed = end.completed;
        if completed {
            self.record(outcome(&end))?;
            self.life.release();
            connection.shut_down();
        } else {
            let stderr = connection.stderr();
            connection.shut_down();
            let mut outcome = outcome(&end);
            if end.interrupted.is_none() && end.error.as_deref().is_some_and(is_unexplained) {
                outcome.error = outcome.error.map(|error| join(&error, &stderr));
            }
            self.record(outcome)?;
        }
        Ok(completed)
    }

    /// Stopped from this side: cancelled if the user asked for it, otherwise failed.
    fn stopped(
        mut self,
        stop: &Stop,
        end: TurnEnd,
        connection: Connection,
    ) -> Result<bool, WorkerError> {
        connection.shut_down();
        self.life.note(|note| note.interrupted = end.interrupted);
        let error = match stop {
            Stop::Signal(signal) => self.signal_text(*signal),
            Stop::JobEnded => return Ok(false),
        };
        let mut stopped = outcome(&end);
        stopped.error = Some(error);
        self.record(stopped)?;
        Ok(false)
    }

    /// Records the end. A wish to cancel that came meanwhile decides over a run without success.
    fn record(&mut self, outcome: Outcome) -> Result<(), WorkerError> {
        let mut change = self.store.begin()?;
        let wished = change
            .state
            .job(self.id)
            .is_some_and(|row| row.get("cancelRequestedAt").is_some());
        let rendered = outcome.rendered.clone();
        let (done, reason) = if wished && !outcome.completed {
            let reason = texts::render(texts::CANCELLED_BY_USER, &[]);
            (
                lifecycle::cancel(&mut change, self.id, &reason),
                Some(reason),
            )
        } else {
            let reason = outcome.error.clone();
            (lifecycle::finish(&mut change, self.id, outcome), reason)
        };
        match done {
            Ok(()) => change.commit()?,
            Err(refused) => {
                joblog::line(
                    &self.log,
                    &format!("The end of this run is not recorded: {refused}"),
                );
                return Ok(());
            }
        }
        if let Some(reason) = reason {
            joblog::line(&self.log, &reason);
        }
        if let Some(rendered) = rendered {
            joblog::block(&self.log, "Final output", &rendered);
        }
        Ok(())
    }
}

/// Writes progress to log and record; false when the job has ended on record.
fn report(store: &Store, id: &str, log: &Path, progress: Progress) -> bool {
    if let Some(line) = &progress.message {
        joblog::line(log, line);
    }
    if let Some((title, body)) = &progress.block {
        joblog::block(log, title, body);
    }
    let fields: Vec<(&'static str, String)> = [
        ("phase", progress.phase.map(str::to_owned)),
        ("threadId", progress.thread),
        ("turnId", progress.turn),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect();
    if fields.is_empty() {
        return true;
    }
    match note_progress(store, id, &fields) {
        Ok(going_on) => going_on,
        Err(error) => {
            joblog::line(log, &format!("Progress is not recorded: {error}"));
            true
        }
    }
}

fn note_progress(
    store: &Store,
    id: &str,
    fields: &[(&'static str, String)],
) -> Result<bool, StoreError> {
    let state = store.read()?;
    let row = state.job(id);
    let known = |(name, value): &(&'static str, String)| {
        row.is_some_and(|row| row.text(name) == Some(value.as_str()))
    };
    if row.is_some_and(Job::is_active) && fields.iter().all(known) {
        return Ok(true);
    }
    let mut change = store.begin()?;
    match lifecycle::progress(&mut change, id, fields) {
        Ok(()) => change.commit().map(|()| true),
        Err(_) => Ok(false),
    }
}

fn is_unexplained(error: &str) -> bool {
    error == texts::NO_FINAL_MESSAGE.template || error.starts_with("Codex reported the turn as")
}

fn join(error: &str, stderr: &str) -> String {
    if stderr.is_empty() {
        error.to_owned()
    } else {
        format!("{error}; stderr: {stderr}")
    }
}

/// `Codex Companion Task: <first words>`.
fn thread_name(prompt: &str) -> String {
    let prompt = if prompt.trim().is_empty() {
        texts::CONTINUE_PROMPT.template
    } else {
        prompt
    };
    format!("{THREAD_PREFIX}: {}", job::shorten(prompt, 56))
}

/// What a turn's end means for the job's records.
fn outcome(end: &TurnEnd) -> Outcome {
    let error = end.error.clone();
    let text = match (end.text.is_empty(), &error) {
        (true, Some(error)) => error.clone(),
        _ => end.text.clone(),
    };
    let rendered = if end.completed {
        sentinel::stamped_complete(&text)
    } else if text.ends_with('\n') {
        text.clone()
    } else {
        format!("{text}\n")
    };
    Outcome {
        completed: end.completed,
        thread: Some(end.thread.clone()),
        turn: end.turn.clone(),
        summary: job::first_line(&text).map(str::to_owned),
        result: Some(json!({
            "status": i32::from(!end.completed),
            "threadId": end.thread,
            "rawOutput": end.text,
            "touchedFiles": end.touched,
            "reasoningSummary": end.reasoning,
        })),
        rendered: Some(rendered),
        error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_completed_turn_is_stamped() {
        let good = TurnEnd {
            completed: true,
            text: "done".into(),
            ..TurnEnd::default()
        };
        assert_eq!(
            outcome(&good).rendered.unwrap(),
            "done\n[[codex-task status=complete]]\n"
        );
        let failed = TurnEnd {
            text: "partial".into(),
            error: Some("boom".into()),
            ..TurnEnd::default()
        };
        assert_eq!(outcome(&failed).rendered.unwrap(), "partial\n");
        let silent = TurnEnd {
            error: Some("boom".into()),
            ..TurnEnd::default()
        };
        assert_eq!(outcome(&silent).rendered.unwrap(), "boom\n");
        assert_eq!(outcome(&silent).result.unwrap()["status"], 1);
    }

    #[test]
    fn threads_are_named_after_the_prompt() {
        assert_eq!(thread_name(" fix\nit "), "Codex Companion Task: fix it");
    }
}
