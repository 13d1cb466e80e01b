//! `review` and `adversarial-review`: Codex reviews a change.

use serde_json::{Value, json};

use super::task::{self, NewJob};
use super::{CommandError, output, working_directory};
use crate::arguments::{Arguments, Options, Words};
use crate::job::{Job, Status};
use crate::review::{ReviewError, Target};
use crate::state::Store;
use crate::turn::Limits;
use crate::{environment, render, texts, wait};

const OPTIONS: Options = Options {
    values: &[
        "base",
        "scope",
        "model",
        "cwd",
        "request-limit-ms",
        "silence-warning-ms",
        "silence-limit-ms",
        "drain-limit-ms",
        "turn-limit-ms",
    ],
    flags: &["json", "background", "wait"],
    words: Words::Prose,
};

/// Which reviewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reviewer {
    /// The one built into Codex.
    Native,
    /// Codex with our own prompt.
    Adversarial,
}

/// Runs the command. It waits for the review; Claude Code puts the command
/// itself in the background when that is wanted.
pub fn run(raw: &[String], reviewer: Reviewer) -> Result<bool, CommandError> {
    let arguments = Arguments::parse(raw, OPTIONS)?;
    let cwd = working_directory(&arguments)?;
    let focus = arguments.prose.trim().to_owned();
    let target = Target::resolve(&cwd, arguments.value("base"), arguments.value("scope"))?;
    if reviewer == Reviewer::Native && !focus.is_empty() {
        return Err(ReviewError::FocusNotTaken(focus).into());
    }
    Limits::from_environment()?;
    let limits = Limits::chosen(&arguments)?;
    if environment::find_program("codex").is_none() {
        return Err(CommandError::Text(texts::render(texts::CODEX_MISSING, &[])));
    }
    let (kind, name) = match reviewer {
        Reviewer::Native => ("review", "Review"),
        Reviewer::Adversarial => ("adversarial-review", "Adversarial Review"),
    };
    let store = Store::of(&cwd);
    let session = environment::session_id();
    let mut request = json!({
        "cwd": cwd.to_string_lossy(),
        "model": arguments.value("model"),
        "review": name,
        "target": target.to_value(),
        "focusText": focus,
    });
    if !limits.is_empty() {
        request["limits"] = json!(limits);
    }
    let job = NewJob {
        prefix: "review",
        kind,
        kind_label: kind,
        class: "review",
        title: &format!("Codex {name}"),
        summary: &format!("{name} {}", target.label()),
        write: false,
        session: session.as_deref(),
        request,
    };
    let job = task::launch(&store, &cwd, &job)?.0;
    wait_and_report(&store, job.id(), arguments.flag("json"))
}

fn wait_and_report(store: &Store, id: &str, as_json: bool) -> Result<bool, CommandError> {
    let waited = wait::until_ended(store, id, None)?
        .ok_or_else(|| CommandError::Text(texts::render(texts::RECORD_REMOVED, &[("job", id)])))?;
    let stored = store.read_job(id);
    let result = stored.as_ref().and_then(|job| job.get("result")).cloned();
    let rendered = stored.as_ref().and_then(|job| job.text("rendered"));
    let error = waited.job.text("errorMessage").unwrap_or_default();
    match (as_json, result, rendered) {
        (true, Some(result), _) => output::json(&result),
        (true, None, _) => output::json(&without_result(&waited.job, error)),
        (false, _, Some(rendered)) => output::text(&render::with_newline(rendered)),
        (false, _, None) => tell!("{error}"),
    }
    Ok(waited.job.status() == Some(Status::Completed))
}

fn without_result(job: &Job, error: &str) -> Value {
    json!({"job": job.to_value(), "errorMessage": error})
}
