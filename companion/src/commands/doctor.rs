//! `doctor`: what is wrong with an installation, and what helps.

use std::fs;
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, access};
use serde_json::{Value, json};

use super::{CommandError, PLAIN_OPTIONS, directory, output};
use crate::arguments::Arguments;
use crate::job::Job;
use crate::render::finish;
use crate::settle::{Worker, worker_of};
use crate::state::{Store, StoreError};
use crate::{environment, installation};

/// One thing that was looked at.
struct Finding {
    subject: &'static str,
    good: bool,
    detail: String,
    remedy: Option<String>,
}

impl Finding {
    fn good(subject: &'static str, detail: impl Into<String>) -> Self {
        Self {
            subject,
            good: true,
            detail: detail.into(),
            remedy: None,
        }
    }

    fn bad(subject: &'static str, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            subject,
            good: false,
            detail: detail.into(),
            remedy: Some(remedy.into()),
        }
    }
}

/// Runs the command; it succeeds when nothing is wrong. It changes nothing.
pub fn run(raw: &[String]) -> Result<bool, CommandError> {
    let arguments = Arguments::parse(raw, PLAIN_OPTIONS)?;
    let cwd = directory(&arguments)?;
    let store = Store::of(&cwd);
    let companion = environment::companion_path();
    let mut findings = vec![codex(&cwd), account(&cwd), plugin_data(), session()];
    findings.extend([
        folder(&store),
        records(&store),
        workers(&store),
        leftovers(&store),
    ]);
    findings.extend([hook(&companion), registration(&companion)]);
    let well = findings.iter().all(|finding| finding.good);
    if arguments.flag("json") {
        let entries: Vec<Value> = findings
            .iter()
            .map(|finding| {
                json!({
                    "subject": finding.subject,
                    "good": finding.good,
                    "detail": finding.detail,
                    "remedy": finding.remedy,
                })
            })
            .collect();
        output::json(&json!({"well": well, "findings": entries}));
    } else {
        output::text(&text(&findings, well));
    }
    Ok(well)
}

fn text(findings: &[Finding], well: bool) -> String {
    let mut lines = vec!["# Codex Doctor".to_owned(), String::new()];
    for finding in findings {
        let mark = if finding.good { "ok" } else { "WRONG" };
        lines.push(format!("- {mark}: {}: {}", finding.subject, finding.detail));
        if let Some(remedy) = &finding.remedy {
            lines.push(format!("  Remedy: {remedy}"));
        }
    }
    lines.push(String::new());
    lines.push(
        if well {
            "Nothing is wrong."
        } else {
            "Something is wrong; see above."
        }
        .to_owned(),
    );
    finish(lines)
}

fn codex(cwd: &Path) -> Finding {
    let codex = installation::codex(cwd);
    if codex.available {
        Finding::good("codex", codex.detail)
    } else {
        Finding::bad("codex", codex.detail, "npm install -g @openai/codex")
    }
}

fn account(cwd: &Path) -> Finding {
    let account = installation::account(cwd, &installation::codex(cwd));
    let detail = account["detail"].as_str().unwrap_or_default().to_owned();
    if account["loggedIn"] == json!(true) {
        Finding::good("account", detail)
    } else {
        Finding::bad("account", detail, "codex login")
    }
}

fn plugin_data() -> Finding {
    match environment::plugin_data() {
        Some(path) => Finding::good("plugin data", path.display().to_string()),
        None => Finding::bad(
            "plugin data",
            "CLAUDE_PLUGIN_DATA is not set, so jobs are looked for in the folder for temporary files",
            "start this command from a Claude Code session whose plugin is installed; the SessionStart hook sets it",
        ),
    }
}

fn session() -> Finding {
    match environment::session_id() {
        Some(id) => Finding::good("session", id),
        None => Finding::good("session", "none; jobs of every session are shown"),
    }
}

fn folder(store: &Store) -> Finding {
    let path = store.folder();
    let existing = path
        .ancestors()
        .find(|folder| folder.exists())
        .unwrap_or(Path::new("/"));
    if access(existing, AccessFlags::W_OK | AccessFlags::X_OK).is_ok() {
        Finding::good("state folder", path.display().to_string())
    } else {
        let detail = format!("{} cannot be written", existing.display());
        Finding::bad(
            "state folder",
            detail,
            "make the folder writable for this user",
        )
    }
}

fn records(store: &Store) -> Finding {
    let text = match fs::read(store.state_file()) {
        Ok(text) => text,
        Err(_) if !store.state_file().exists() => return Finding::good("job records", "none yet"),
        Err(error) => {
            return Finding::bad(
                "job records",
                error.to_string(),
                "make the file readable for this user",
            );
        }
    };
    if serde_json::from_slice::<Value>(&text).is_err() {
        let detail = format!("{} is no JSON", store.state_file().display());
        let remedy = "the next task moves it aside and rebuilds it from the job files";
        return Finding::bad("job records", detail, remedy);
    }
    match store.read() {
        Ok(state) => Finding::good("job records", format!("{} jobs", state.jobs.len())),
        Err(error @ StoreError::Newer { .. }) => {
            Finding::bad("job records", error.to_string(), "update the plugin")
        }
        Err(error) => Finding::bad("job records", error.to_string(), "see the message"),
    }
}

fn workers(store: &Store) -> Finding {
    let jobs = store.read().map(|state| state.jobs).unwrap_or_default();
    let active: Vec<&Job> = jobs.iter().filter(|job| job.is_active()).collect();
    let gone: Vec<&str> = active
        .iter()
        .filter(|job| worker_of(store, job) == Worker::Gone)
        .map(|job| job.id())
        .collect();
    if gone.is_empty() {
        return Finding::good(
            "workers",
            format!("{} active jobs, every worker lives", active.len()),
        );
    }
    let detail = format!("the workers of {} are gone", gone.join(", "));
    Finding::bad("workers", detail, "/codex:status ends these jobs on record")
}

fn leftovers(store: &Store) -> Finding {
    let mut left = Vec::new();
    let entries = fs::read_dir(store.jobs_folder())
        .into_iter()
        .flatten()
        .flatten();
    for entry in entries {
        let name = entry.file_name();
        let Some(id) = name.to_str().and_then(|name| name.strip_suffix(".worker")) else {
            continue;
        };
        let worker = store.worker_file(id);
        if worker.is_held() == Some(false)
            && let Some(codex) = worker.read().codex
            && codex.is_alive()
        {
            left.push(format!("{} of {id}", codex.pid));
        }
    }
    if left.is_empty() {
        return Finding::good("left-over Codex processes", "none");
    }
    let remedy = "end them with `kill`; their worker is gone";
    Finding::bad("left-over Codex processes", left.join(", "), remedy)
}

fn hook(companion: &Path) -> Finding {
    let hook = companion.with_file_name("codex-rescue-hook");
    if access(&hook, AccessFlags::X_OK).is_ok() {
        Finding::good("hook program", hook.display().to_string())
    } else {
        let detail = format!("{} is missing or cannot be run", hook.display());
        Finding::bad("hook program", detail, "install the plugin again")
    }
}

/// Whether the plugin round this program registers the hook.
fn registration(companion: &Path) -> Finding {
    let plugin = companion
        .parent()
        .and_then(Path::parent)
        .map(PathBuf::from)
        .unwrap_or_default();
    let file = plugin.join("hooks").join("hooks.json");
    let hooks: Option<Value> = fs::read(&file)
        .ok()
        .and_then(|text| serde_json::from_slice(&text).ok());
    let Some(hooks) = hooks else {
        let detail = format!("{} is missing or no JSON", file.display());
        return Finding::bad("hook registration", detail, "install the plugin again");
    };
    let missing: Vec<&str> = [
        "PostToolUse",
        "PostToolUseFailure",
        "SessionStart",
        "SessionEnd",
        "Stop",
    ]
    .into_iter()
    .filter(|event| hooks.pointer(&format!("/hooks/{event}")).is_none())
    .collect();
    if missing.is_empty() {
        Finding::good("hook registration", file.display().to_string())
    } else {
        let detail = format!("{} has no {}", file.display(), missing.join(", "));
        Finding::bad("hook registration", detail, "install the plugin again")
    }
}
