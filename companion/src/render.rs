//! Reports of jobs, for people and for Claude.

use std::path::Path;

use serde_json::{Value, json};

use crate::job::{Job, Status};
use crate::texts::{self, render};
use crate::{joblog, time};

/// Progress lines in a report.
const PROGRESS_LINES: usize = 4;

/// The record with what a report adds to it.
pub fn enriched(job: &Job) -> Job {
    let mut job = job.clone();
    let status = job.text("status").unwrap_or_default().to_owned();
    let log = job.text("logFile").map(str::to_owned);
    let shows_progress = matches!(status.as_str(), "queued" | "running" | "failed");
    let preview = match &log {
        Some(log) if shows_progress => joblog::last_lines(Path::new(log), PROGRESS_LINES),
        _ => Vec::new(),
    };
    let start = job
        .text("startedAt")
        .or_else(|| job.text("createdAt"))
        .map(str::to_owned);
    let end = job.text("completedAt").map(str::to_owned);
    let elapsed = start
        .as_deref()
        .and_then(|start| time::span(start, end.as_deref()));
    let ended = end.or_else(|| job.text("updatedAt").map(str::to_owned));
    let duration = match (&start, ended) {
        (Some(start), Some(end)) if !job.is_active() => time::span(start, Some(&end)),
        _ => None,
    };
    job.set("kindLabel", job.kind_label().to_owned());
    job.set("progressPreview", preview);
    job.set("elapsed", elapsed);
    job.set("duration", duration);
    if job.text("phase").is_none() {
        job.set(
            "phase",
            job.status().map_or("unknown", |status| {
                if status.is_active() {
                    status.word()
                } else {
                    status.final_phase()
                }
            }),
        );
    }
    if job.is_active()
        && let Some(last) = log.and_then(|log| joblog::last_event(Path::new(&log)))
    {
        job.set(
            "lastEventAge",
            time::readable(((time::now_ms() - last) / 1000).max(0)),
        );
    }
    job
}

/// Which lines a job's details have.
#[derive(Debug, Clone, Copy)]
pub struct Details {
    /// Where the log is.
    pub log: bool,
    /// What can be done next.
    pub hints: bool,
}

fn head(job: &Job) -> String {
    let text = match job.status() {
        Some(Status::Queued) => texts::STATUS_QUEUED,
        Some(Status::Running) => texts::STATUS_RUNNING,
        Some(Status::Completed) => texts::STATUS_COMPLETED,
        Some(Status::Failed) => texts::STATUS_FAILED,
        Some(Status::Cancelled) => texts::STATUS_CANCELLED,
        None => {
            return format!(
                "- {} | {}",
                job.id(),
                job.text("status").unwrap_or("unknown")
            );
        }
    };
    let title = job.text("title").unwrap_or("Codex job");
    let values = [
        ("job", job.id()),
        ("kind", job.kind_label()),
        ("title", title),
    ];
    render(text, &values)
}

/// The lines about one enriched job.
pub fn details(job: &Job, which: Details) -> Vec<String> {
    let mut lines = vec![head(job)];
    let mut field = |label: &str, value: Option<&str>| {
        if let Some(value) = value {
            lines.push(format!("  {label}: {value}"));
        }
    };
    field("Summary", job.text("summary"));
    field("Phase", job.text("phase"));
    if job.is_active() {
        field("Elapsed", job.text("elapsed"));
        field(
            "Last event",
            job.text("lastEventAge")
                .map(|age| format!("{age} ago"))
                .as_deref(),
        );
    } else {
        field("Duration", job.text("duration"));
        field("Reason", job.text("errorMessage"));
    }
    field("Codex session ID", job.text("threadId"));
    let resume = job
        .text("threadId")
        .map(|thread| format!("codex resume {thread}"));
    field("Resume in Codex", resume.as_deref());
    if which.log {
        field("Log", job.text("logFile"));
    }
    if which.hints && job.is_active() {
        field("Cancel", Some(&format!("/codex:cancel {}", job.id())));
    } else if which.hints {
        field("Result", Some(&format!("/codex:result {}", job.id())));
        if job.is_task() && job.get("write").and_then(Value::as_bool) == Some(true) {
            field("Review changes", Some("/codex:review --wait"));
            field("Stricter review", Some("/codex:adversarial-review --wait"));
        }
    }
    let preview: Vec<&str> = job
        .get("progressPreview")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if !preview.is_empty() {
        lines.push("  Progress:".to_owned());
        lines.extend(preview.into_iter().map(|line| format!("    {line}")));
    }
    lines
}

/// The report of `status <id>`.
pub fn job_status(job: &Job) -> String {
    let mut lines = vec!["# Codex Job Status".to_owned(), String::new()];
    lines.extend(details(
        job,
        Details {
            log: true,
            hints: true,
        },
    ));
    finish(lines)
}

/// The report of `cancel`.
pub fn cancelled(job: &Job) -> String {
    let mut lines = vec![render(texts::CANCELLED, &[("job", job.id())])];
    lines.push(String::new());
    for (label, field) in [("Title", "title"), ("Summary", "summary")] {
        if let Some(value) = job.text(field) {
            lines.push(format!("- {label}: {value}"));
        }
    }
    lines.push("- Other jobs: `/codex:status`".to_owned());
    finish(lines)
}

/// The report of `result`: the output of the run, or why there is none.
pub fn result(job: &Job, stored: Option<&Job>) -> String {
    let of_stored = |pointer: &str| stored.and_then(|job| text_at(job, pointer));
    let structured = stored
        .and_then(|job| job.get("result"))
        .is_some_and(|result| result.get("result").is_some() || result.get("parseError").is_some());
    let rendered = stored
        .and_then(|job| job.text("rendered"))
        .map(str::to_owned);
    let raw = of_stored("/rawOutput").or_else(|| of_stored("/codex/stdout"));
    let output = if structured {
        rendered.clone().or(raw)
    } else {
        raw.or(rendered)
    };
    let thread = stored
        .and_then(|job| job.text("threadId"))
        .or_else(|| job.text("threadId"));
    let footer = thread.map(|thread| format!("{}\n", texts::say!(SESSION_FOOTER, thread = thread)));
    if let Some(output) = output {
        let output = with_newline(&output);
        return match footer {
            Some(footer) => format!("{output}\n{footer}"),
            None => output,
        };
    }
    let mut lines = vec![format!("# {}", job.text("title").unwrap_or("Codex Result"))];
    lines.push(String::new());
    lines.push(match job.status() {
        Some(Status::Completed) => render(texts::RESULT_COMPLETED, &[("job", job.id())]),
        Some(Status::Cancelled) => render(texts::RESULT_CANCELLED, &[("job", job.id())]),
        _ => render(texts::RESULT_FAILED, &[("job", job.id())]),
    });
    lines.extend(footer.map(|footer| footer.trim_end().to_owned()));
    if let Some(summary) = job.text("summary") {
        lines.push(format!("Summary: {summary}"));
    }
    let reason = job
        .text("errorMessage")
        .or_else(|| stored?.text("errorMessage"));
    lines.push(String::new());
    lines.push(
        reason
            .unwrap_or(texts::NO_RESULT_STORED.template)
            .to_owned(),
    );
    finish(lines)
}

fn text_at(job: &Job, pointer: &str) -> Option<String> {
    let text = job.get("result")?.pointer(pointer)?.as_str()?;
    (!text.is_empty()).then(|| text.to_owned())
}

/// The text with a newline at its end.
pub fn with_newline(text: &str) -> String {
    if text.ends_with('\n') {
        text.to_owned()
    } else {
        format!("{text}\n")
    }
}

/// Lines as one text without empty lines at its end.
pub fn finish(lines: Vec<String>) -> String {
    format!("{}\n", lines.join("\n").trim_end())
}

/// The `sessionRuntime` of status reports: every run starts its own Codex.
pub fn session_runtime() -> Value {
    json!({
        "mode": "direct",
        "label": texts::RUNTIME_LABEL.template,
        "detail": texts::RUNTIME_DETAIL.template,
        "endpoint": null,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(value: Value) -> Job {
        Job::from_value(value).unwrap()
    }

    #[test]
    fn a_result_shows_raw_output_without_the_sentinel() {
        let row = job(json!({"id": "a", "status": "completed", "threadId": "T"}));
        let file =
            job(json!({"id": "a", "result": {"rawOutput": "done"}, "rendered": "done\n[[x]]\n"}));
        let text = result(&row, Some(&file));
        assert_eq!(
            text,
            "done\n\nCodex session ID: T\nResume in Codex: codex resume T\n"
        );
    }

    #[test]
    fn a_result_without_output_gives_the_reason() {
        let row = job(json!({"id": "a", "status": "failed", "errorMessage": "boom"}));
        assert_eq!(
            result(&row, None),
            "# Codex Result\n\nJob: a\nStatus: failed\n\nboom\n"
        );
    }

    #[test]
    fn an_ended_job_says_why() {
        let row = job(
            json!({"id": "a", "status": "failed", "errorMessage": "boom",
            "createdAt": "2026-05-25T10:05:00.000Z", "completedAt": "2026-05-25T10:06:00.000Z"}),
        );
        let text = job_status(&enriched(&row));
        assert!(
            text.contains("  Duration: 1m 0s\n  Reason: boom\n"),
            "{text}"
        );
        assert!(text.contains("  Result: /codex:result a"), "{text}");
    }
}
