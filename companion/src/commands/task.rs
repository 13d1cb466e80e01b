//! `task`: hands work to Codex, and waits for it unless it goes to the background.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::task_options::TaskOptions;
use super::{CommandError, output};
use crate::job::{Job, Status};
use crate::launch::{self, Launched};
use crate::liveness::Identity;
use crate::quoting::shell_word;
use crate::state::{Store, StoreError};
use crate::texts::{self, render};
use crate::turn::Limits;
use crate::{environment, joblog, lifecycle, time, wait};

/// Runs the command.
pub fn run(raw: &[String]) -> Result<bool, CommandError> {
    let options = TaskOptions::parse(raw)?;
    Limits::from_environment()?;
    if environment::find_program("codex").is_none() {
        return Err(CommandError::Text(render(texts::CODEX_MISSING, &[])));
    }
    let store = Store::of(&options.cwd);
    let session = environment::session_id();
    let (job, launched) = start(&store, &options, session.as_deref())?;
    if options.background {
        Ok(report_launch(&job, &launched, options.json))
    } else {
        wait_and_report(&store, job.id(), options.json)
    }
}

/// Records the task and starts its worker.
pub fn start(
    store: &Store,
    options: &TaskOptions,
    session: Option<&str>,
) -> Result<(Job, Launched), StoreError> {
    let mut request = json!({
        "cwd": options.cwd.to_string_lossy(),
        "model": options.model,
        "effort": options.effort,
        "prompt": options.prompt,
        "write": options.write,
        "resumeLast": options.resume_last,
    });
    if let Some(thread) = &options.resume_thread {
        request["resumeThread"] = json!(thread);
    }
    if !options.limits.is_empty() {
        request["limits"] = json!(options.limits);
    }
    let job = NewJob {
        prefix: "task",
        kind: "task",
        kind_label: "rescue",
        class: "task",
        title: options.title(),
        summary: &options.summary(),
        write: options.write,
        session,
        request,
    };
    launch(store, &options.cwd, &job)
}

/// A job that is not on record yet.
pub struct NewJob<'a> {
    /// What its id begins with.
    pub prefix: &'a str,
    /// `kind` of the record.
    pub kind: &'a str,
    /// `kindLabel` of the record.
    pub kind_label: &'a str,
    /// `jobClass` of the record.
    pub class: &'a str,
    /// The title.
    pub title: &'a str,
    /// One line for lists.
    pub summary: &'a str,
    /// Whether Codex may write.
    pub write: bool,
    /// The Claude session that it belongs to.
    pub session: Option<&'a str>,
    /// What the worker is to do.
    pub request: Value,
}

/// Writes the record, before any worker exists, and starts the worker.
pub fn launch(store: &Store, cwd: &Path, new: &NewJob) -> Result<(Job, Launched), StoreError> {
    let id = launch::new_id(new.prefix);
    let log = store.log_file(&id);
    let mut record = json!({
        "id": id,
        "kind": new.kind,
        "kindLabel": new.kind_label,
        "title": new.title,
        "workspaceRoot": store.workspace().to_string_lossy(),
        "jobClass": new.class,
        "summary": new.summary,
        "write": new.write,
        "createdAt": time::now_iso(),
    });
    if let Some(session) = new.session {
        record["sessionId"] = json!(session);
    }
    for (name, value) in [
        ("status", json!("queued")),
        ("phase", json!("queued")),
        ("pid", Value::Null),
    ] {
        record[name] = value;
    }
    record["logFile"] = json!(log.to_string_lossy());
    record["request"] = new.request.clone();
    record["request"]["jobId"] = json!(id);
    let mut change = store.begin()?;
    joblog::create(&log, &render(texts::LOG_STARTING, &[("title", new.title)]));
    joblog::line(&log, texts::LOG_QUEUED.template);
    let job = lifecycle::queue(&mut change, launch::new_record(record), Identity::own());
    change.commit()?;
    let launched = launch::launch(store, cwd, job.id())?;
    Ok((job, launched))
}

/// Says what became of a background launch; true when a worker lives.
fn report_launch(job: &Job, launched: &Launched, as_json: bool) -> bool {
    let (status, error) = match launched {
        Launched::Running => (Status::Queued, None),
        Launched::Ended(status, error) => (*status, error.as_deref()),
    };
    if as_json {
        let mut reply = json!({
            "jobId": job.id(),
            "status": status.word(),
            "title": job.text("title"),
            "summary": job.text("summary"),
            "logFile": job.text("logFile"),
        });
        if let Some(error) = error {
            reply["errorMessage"] = json!(error);
        }
        output::json(&reply);
    } else {
        let companion = shell_word(&environment::companion_path().to_string_lossy());
        let text = match status {
            Status::Cancelled => texts::CANCELLED_BEFORE_LAUNCH,
            Status::Failed => texts::FAILED_BEFORE_LAUNCH,
            _ => texts::DISPATCHED,
        };
        let error = error.unwrap_or(texts::NO_REASON.template);
        let values = [
            ("job", job.id()),
            ("companion", companion.as_str()),
            ("error", error),
        ];
        output::text(&format!("{}\n", render(text, &values)));
    }
    status.is_active()
}

/// Waits for the worker and prints what it left.
fn wait_and_report(store: &Store, id: &str, as_json: bool) -> Result<bool, CommandError> {
    let Some(waited) = wait::until_ended(store, id, None)? else {
        let text = render(texts::RECORD_REMOVED, &[("job", id)]);
        return Err(CommandError::Text(text));
    };
    let stored = store.read_job(id);
    let error = waited.job.text("errorMessage").unwrap_or_default();
    if waited.worker_exited {
        if as_json {
            let job = stored.as_ref().unwrap_or(&waited.job);
            output::json(&json!({"job": job.to_value(), "errorMessage": error}));
        } else {
            tell!("{error}");
        }
        return Ok(false);
    }
    let rendered = stored.as_ref().and_then(|job| job.text("rendered"));
    if as_json {
        output::json(&payload(&waited.job, stored.as_ref()));
    } else if let Some(rendered) = rendered {
        output::text(&crate::render::with_newline(rendered));
        if !error.is_empty() && !rendered.contains(error) {
            tell!("{error}");
        }
    } else if waited.job.status() == Some(Status::Failed) && !error.is_empty() {
        tell!("{error}");
    } else {
        output::text(&crate::render::result(&waited.job, stored.as_ref()));
    }
    Ok(waited.job.status() == Some(Status::Completed))
}

/// The stored result with the row and the record file beside it.
fn payload(job: &Job, stored: Option<&Job>) -> Value {
    let mut payload = stored
        .and_then(|stored| stored.get("result"))
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_else(Map::new);
    payload.insert("job".to_owned(), crate::render::enriched(job).to_value());
    payload.insert(
        "storedJob".to_owned(),
        stored.map_or(Value::Null, Job::to_value),
    );
    Value::Object(payload)
}
