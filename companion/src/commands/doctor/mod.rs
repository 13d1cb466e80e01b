//! `doctor`: what is wrong with an installation, and what helps.

mod plugin;
mod records;

use serde_json::{Value, json};

use super::{CommandError, PLAIN_OPTIONS, directory, output};
use crate::arguments::Arguments;
use crate::installation::{self, Availability};
use crate::render::finish;
use crate::state::Store;
use crate::texts::say;

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
    let availability = installation::codex(&cwd);
    let account = account(&installation::account(&cwd, &availability));
    let mut findings = vec![codex(availability), account];
    findings.extend(plugin::findings());
    findings.extend(records::findings(&store));
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
    lines.push(if well {
        say!(DOCTOR_WELL)
    } else {
        say!(DOCTOR_ILL)
    });
    finish(lines)
}

fn codex(codex: Availability) -> Finding {
    if codex.available {
        Finding::good("codex", codex.detail)
    } else {
        Finding::bad("codex", codex.detail, say!(DOCTOR_INSTALL_CODEX))
    }
}

fn account(account: &Value) -> Finding {
    let detail = account["detail"].as_str().unwrap_or_default().to_owned();
    if account["loggedIn"] == json!(true) {
        Finding::good("account", detail)
    } else {
        Finding::bad("account", detail, say!(DOCTOR_LOGIN))
    }
}
