//! `status`: one job, all of them, or a wait for the end of one.

use serde_json::{Value, json};

use super::{CommandError, directory, output, reference};
use crate::arguments::{Arguments, Options, Words};
use crate::job::Job;
use crate::render::{self, Details, enriched, finish};
use crate::state::{State, Store};
use crate::{environment, selection, settle, texts, time, wait};

const OPTIONS: Options = Options {
    values: &["cwd", "timeout-ms", "poll-interval-ms"],
    flags: &["json", "all", "wait"],
    words: Words::AtMost(1),
};
const DEFAULT_TIMEOUT_MS: u64 = 240_000;
/// Jobs in the list unless all are asked for.
const LISTED: usize = 8;

/// Runs the command.
pub fn run(raw: &[String]) -> Result<bool, CommandError> {
    let arguments = Arguments::parse(raw, OPTIONS)?;
    let store = Store::of(&directory(&arguments)?);
    let as_json = arguments.flag("json");
    let timeout = milliseconds(&arguments, "timeout-ms")?.unwrap_or(DEFAULT_TIMEOUT_MS);
    milliseconds(&arguments, "poll-interval-ms")?;
    let state = settle::view(&store)?;
    let Some(reference) = reference(&arguments) else {
        if arguments.flag("wait") {
            return Err(CommandError::Text(texts::render(texts::WAIT_NEEDS_ID, &[])));
        }
        let gate = Store::review_gate(&directory(&arguments)?)?;
        let mut state = state;
        state
            .config
            .insert("stopReviewGate".to_owned(), json!(gate));
        list(&store, &state, arguments.flag("all"), as_json);
        return Ok(true);
    };
    let jobs = selection::newest_first(&state);
    let job = selection::by_reference(&jobs, reference, store.folder())?;
    let mut reply = json!({"workspaceRoot": store.workspace().to_string_lossy()});
    if arguments.flag("wait") {
        let was_active = job.is_active();
        let waited = wait::until_ended(
            &store,
            job.id(),
            Some(environment::milliseconds_at_most(timeout)),
        )?;
        let Some(waited) = waited else {
            let text = texts::render(texts::RECORD_REMOVED, &[("job", job.id())]);
            return Err(CommandError::Text(text));
        };
        let row = enriched(&waited.job);
        reply["job"] = row.to_value();
        reply["waitTimedOut"] = json!(waited.timed_out);
        reply["workerExited"] =
            json!(waited.worker_exited || (!was_active && settle::was_ended_by_look(&row)));
        reply["timeoutMs"] = json!(timeout);
        let mut text = render::job_status(&row);
        if waited.timed_out {
            let seconds = time::seconds(environment::milliseconds_at_most(timeout));
            let values = [("job", job.id()), ("seconds", &seconds)];
            text = format!(
                "{text}\n{}\n",
                texts::render(texts::WAIT_TIMED_OUT, &values)
            );
        }
        print(&reply, &text, as_json);
    } else {
        let row = enriched(job);
        reply["job"] = row.to_value();
        print(&reply, &render::job_status(&row), as_json);
    }
    Ok(true)
}

fn milliseconds(arguments: &Arguments, name: &str) -> Result<Option<u64>, CommandError> {
    let Some(value) = arguments.value(name) else {
        return Ok(None);
    };
    let milliseconds = environment::milliseconds(&format!("--{name}"), value)?;
    Ok(Some(milliseconds))
}

fn print(reply: &Value, text: &str, as_json: bool) {
    if as_json {
        output::json(reply)
    } else {
        output::text(text)
    }
}

fn list(store: &Store, state: &State, all: bool, as_json: bool) {
    let session = environment::session_id();
    let jobs = selection::of_session(selection::newest_first(state), session.as_deref());
    let running: Vec<Job> = jobs
        .iter()
        .filter(|job| job.is_active())
        .map(enriched)
        .collect();
    let latest = jobs.iter().find(|job| !job.is_active()).map(enriched);
    let latest_id = latest.as_ref().map(Job::id).unwrap_or_default();
    let shown = if all { jobs.len() } else { LISTED };
    let recent: Vec<Job> = jobs
        .iter()
        .take(shown)
        .filter(|job| !job.is_active() && job.id() != latest_id)
        .map(enriched)
        .collect();
    if as_json {
        let values = |jobs: &[Job]| jobs.iter().map(Job::to_value).collect::<Vec<_>>();
        output::json(&json!({
            "workspaceRoot": store.workspace().to_string_lossy(),
            "config": state.config,
            "sessionRuntime": render::session_runtime(),
            "running": values(&running),
            "latestFinished": latest.as_ref().map(Job::to_value),
            "recent": values(&recent),
            "needsReview": state.review_gate(),
        }));
    } else {
        output::text(&list_text(store, state, &running, latest.as_ref(), &recent));
    }
}

fn list_text(
    store: &Store,
    state: &State,
    running: &[Job],
    latest: Option<&Job>,
    recent: &[Job],
) -> String {
    let gate = if state.review_gate() {
        "enabled"
    } else {
        "disabled"
    };
    let mut lines = vec!["# Codex Status".to_owned(), String::new()];
    lines.push(format!("State: {}", store.folder().display()));
    lines.push(format!("Review gate: {gate}"));
    lines.push(String::new());
    if !running.is_empty() {
        table(&mut lines, running);
        lines.push(String::new());
        section(&mut lines, "Live details:", running);
    }
    if let Some(latest) = latest {
        section(&mut lines, "Latest finished:", std::slice::from_ref(latest));
    }
    if !recent.is_empty() {
        section(&mut lines, "Recent jobs:", recent);
    }
    if running.is_empty() && latest.is_none() {
        lines.push(texts::NO_JOBS_YET.template.to_owned());
    }
    if state.review_gate() {
        lines.push(texts::say!(GATE_IS_ON));
    }
    finish(lines)
}

fn section(lines: &mut Vec<String>, title: &str, jobs: &[Job]) {
    lines.push(title.to_owned());
    for job in jobs {
        let log = job.is_active() || job.text("status") == Some("failed");
        lines.extend(render::details(job, Details { log, hints: false }));
    }
    lines.push(String::new());
}

fn table(lines: &mut Vec<String>, jobs: &[Job]) {
    lines.push("Active jobs:".to_owned());
    lines.push(texts::ACTIVE_HEAD.template.to_owned());
    lines.push("| --- | --- | --- | --- | --- | --- | --- | --- | --- |".to_owned());
    for job in jobs {
        let cell = |name: &str| {
            job.text(name)
                .unwrap_or_default()
                .replace('|', "\\|")
                .replace(['\r', '\n'], " ")
        };
        let id = job.id();
        lines.push(format!(
            "| {id} | {} | {} | {} | {} | {} | {} | {} | `/codex:status {id}`<br>`/codex:cancel {id}` |",
            cell("kindLabel"),
            cell("status"),
            cell("phase"),
            cell("elapsed"),
            cell("lastEventAge"),
            cell("threadId"),
            cell("summary"),
        ));
    }
}
