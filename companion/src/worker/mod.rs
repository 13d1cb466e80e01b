//! The worker: claims a job, drives its Codex turn, records the end.

mod life;
mod outcome;
mod records;
mod request;
mod thread;

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::client::{Connection, signal_name};
use crate::job::Job;
use crate::lifecycle::{self, Outcome, Refused};
use crate::liveness::Identity;
use crate::review::{self, Context};
use crate::state::{Store, StoreError};
use crate::texts::say;
use crate::turn::{self, Limits, Progress, Stop, TurnEnd};
use crate::{joblog, texts};

use life::Life;
use outcome::Ended;
use records::Records;
use request::{Request, item};

/// Why a worker could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The job is not to be run.
    #[error("{}", say!(WORKER_REFUSED, job = .id, reason = .reason))]
    Refused {
        /// The job.
        id: String,
        /// Why.
        reason: Refused,
    },
    /// The record says nothing about what to do.
    #[error("{}", say!(WORKER_NO_REQUEST, job = .0))]
    NoRequest(String),
    /// The records cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Runs the job's worker to its end. `Ok` says whether the work completed.
pub fn run(store: &Store, id: &str) -> Result<bool, WorkerError> {
    let life = Life::take(store, id);
    let log = store.log_file(id);
    let job = claim(store, id)?;
    let Some(request) = Request::read(&job) else {
        let error = WorkerError::NoRequest(id.to_owned());
        let records = Records {
            store,
            id,
            log: &log,
        };
        records.finish(&Outcome {
            error: Some(error.to_string()),
            ..Outcome::default()
        })?;
        return Err(error);
    };
    Worker {
        store,
        id,
        log,
        job,
        request,
        life,
        context: None,
    }
    .work()
}

fn claim(store: &Store, id: &str) -> Result<Job, WorkerError> {
    let mut change = store.begin()?;
    let claimed = lifecycle::claim(&mut change, id, Identity::own());
    let job = claimed.map_err(|reason| WorkerError::Refused {
        id: id.to_owned(),
        reason,
    })?;
    change.commit()?;
    Ok(job)
}

struct Worker<'a> {
    store: &'a Store,
    id: &'a str,
    log: PathBuf,
    job: Job,
    request: Request,
    life: Life,
    context: Option<Context>,
}

impl Worker<'_> {
    fn work(mut self) -> Result<bool, WorkerError> {
        let limits = match Limits::of_request(self.job.get("request")) {
            Ok(limits) => limits,
            Err(error) => return self.failed(&error.to_string(), None),
        };
        let mut connection = match Connection::launch(self.store.workspace(), &self.log) {
            Ok(connection) => connection,
            Err(error) => return self.failed(&error.to_string(), None),
        };
        let codex = connection.identity();
        self.life.note(|note| note.codex = Some(codex));
        let opened = self.open_thread(&mut connection, &limits);
        let started = opened.and_then(|thread| Ok((self.turn(&thread)?, thread)));
        let ((method, params), thread) = match started {
            Ok(started) => started,
            Err(error) => return self.failed(&error, Some(connection)),
        };
        let records = Records {
            store: self.store,
            id: self.id,
            log: &self.log,
        };
        let mut report = |progress| records.report(progress);
        let call = (method, &params);
        match turn::run(&mut connection, &thread, call, &limits, &mut report) {
            (end, None) => self.finished(&end, connection),
            (end, Some(stop)) => self.stopped(&stop, end, connection),
        }
    }

    fn records(&self) -> Records<'_> {
        Records {
            store: self.store,
            id: self.id,
            log: &self.log,
        }
    }

    fn report(&self, progress: Progress) {
        self.records().report(progress);
    }

    fn signal_text(&self, signal: i32) -> String {
        let name = signal_name(signal);
        texts::render(
            texts::WORKER_SIGNALLED,
            &[("job", self.id), ("signal", &name)],
        )
    }

    /// The request that starts the turn.
    fn turn(&mut self, thread: &str) -> Result<(&'static str, Value), String> {
        let workspace = self.store.workspace();
        let (input, effort, schema) = match &self.request {
            Request::Review(of) => {
                let target = of.target.for_app_server();
                let params = json!({"threadId": thread, "delivery": "inline", "target": target});
                return Ok(("review/start", params));
            }
            Request::Task(task) => (
                task.input(&workspace.to_string_lossy()),
                task.effort.clone(),
                Value::Null,
            ),
            Request::Adversarial(of, focus) => {
                let context =
                    review::collect(workspace, &of.target).map_err(|error| error.to_string())?;
                let prompt = review::adversarial_prompt(&context, &of.target, focus);
                self.context = Some(context);
                (json!([item(&prompt)]), None, review::answer_schema())
            }
        };
        let params = json!({
            "threadId": thread,
            "input": input,
            "model": self.request.model(),
            "effort": effort,
            "outputSchema": schema,
        });
        Ok(("turn/start", params))
    }

    fn outcome(&self, end: &TurnEnd, stderr: &str) -> Outcome {
        let workspace = self.store.workspace().to_string_lossy();
        let (request, context) = (&self.request, self.context.as_ref());
        Ended {
            request,
            end,
            stderr,
            workspace: &workspace,
            context,
        }
        .outcome()
    }

    /// A run that never came to a turn. Codex is ended before the job is.
    fn failed(self, error: &str, connection: Option<Connection>) -> Result<bool, WorkerError> {
        if let Some(connection) = connection {
            connection.shut_down();
        }
        self.records().finish(&Outcome {
            error: Some(error.to_owned()),
            ..Outcome::default()
        })?;
        Ok(false)
    }

    /// The turn ended. A completed job is recorded at once; after any other end
    /// Codex may still be at work and is stopped before the record says so.
    fn finished(mut self, end: &TurnEnd, connection: Connection) -> Result<bool, WorkerError> {
        let outcome = self.outcome(end, &connection.stderr());
        if end.completed {
            self.records().finish(&outcome)?;
            self.life.release();
            connection.shut_down();
        } else {
            connection.shut_down();
            self.records().finish(&outcome)?;
        }
        Ok(end.completed)
    }

    /// Stopped from this side: cancelled if that was wished, otherwise failed.
    fn stopped(
        mut self,
        stop: &Stop,
        mut end: TurnEnd,
        connection: Connection,
    ) -> Result<bool, WorkerError> {
        let stderr = connection.stderr();
        connection.shut_down();
        self.life.note(|note| note.interrupted = end.interrupted);
        match stop {
            Stop::Signal(signal) => {
                end.completed = false;
                end.error = Some(self.signal_text(*signal));
                let outcome = self.outcome(&end, &stderr);
                self.records().finish(&outcome)?;
            }
            Stop::JobEnded => joblog::line(&self.log, &say!(LOG_JOB_ENDED)),
        }
        Ok(false)
    }
}
