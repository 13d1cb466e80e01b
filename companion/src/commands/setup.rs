//! `setup`: what is installed, and the switch of the review gate.

use serde_json::{Value, json};

use super::{CommandError, directory, output};
use crate::arguments::{Arguments, Options, Words};
use crate::installation;
use crate::render::{self, finish};
use crate::state::{Store, StoreError};
use crate::texts::say;

const OPTIONS: Options = Options {
    values: &["cwd"],
    flags: &["json", "enable-review-gate", "disable-review-gate"],
    words: Words::AtMost(0),
};

fn set_gate(store: &Store, on: bool) -> Result<(), StoreError> {
    let mut change = store.begin()?;
    change
        .state
        .config
        .insert("stopReviewGate".to_owned(), json!(on));
    change.commit()
}

/// Runs the command.
pub fn run(raw: &[String]) -> Result<bool, CommandError> {
    let arguments = Arguments::parse(raw, OPTIONS)?;
    let cwd = directory(&arguments)?;
    let store = Store::of(&cwd);
    let wanted = match (
        arguments.flag("enable-review-gate"),
        arguments.flag("disable-review-gate"),
    ) {
        (true, true) => {
            return Err(CommandError::Text(say!(CONFLICT_REVIEW_GATE)));
        }
        (true, false) => Some(true),
        (false, true) => Some(false),
        (false, false) => None,
    };
    let mut actions = Vec::new();
    if let Some(on) = wanted {
        set_gate(&store, on)?;
        // What another environment turned on would otherwise stay on.
        if let Some(other) = Store::without_plugin_data(&cwd).filter(|_| !on) {
            set_gate(&other, false)?;
        }
        let path = store.workspace().display();
        actions.push(if on {
            say!(GATE_TURNED_ON, path = path)
        } else {
            say!(GATE_TURNED_OFF, path = path)
        });
    }
    let gate = Store::review_gate(&cwd)?;
    let codex = installation::codex(&cwd);
    let account = installation::account(&cwd, &codex);
    let logged_in = account["loggedIn"] == json!(true);
    let mut next = Vec::new();
    if !codex.available {
        next.push(say!(NEXT_INSTALL));
    } else if !logged_in && account["requiresOpenaiAuth"] == json!(true) {
        next.push(say!(NEXT_LOGIN));
    }
    if !gate {
        next.push(say!(NEXT_GATE));
    }
    let report = json!({
        "ready": codex.available && logged_in,
        "node": installation::program("node", &["--version"], &cwd).to_value(),
        "npm": installation::program("npm", &["--version"], &cwd).to_value(),
        "codex": codex.to_value(),
        "auth": account,
        "sessionRuntime": render::session_runtime(),
        "reviewGateEnabled": gate,
        "actionsTaken": actions,
        "nextSteps": next,
    });
    if arguments.flag("json") {
        output::json(&report);
    } else {
        output::text(&text(&report));
    }
    Ok(true)
}

fn text(report: &Value) -> String {
    let at = |pointer: &str| {
        report
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let ready = report["ready"] == json!(true);
    let gate = report["reviewGateEnabled"] == json!(true);
    let mut lines = vec!["# Codex Setup".to_owned(), String::new()];
    lines.push(format!(
        "Status: {}",
        if ready { "ready" } else { "needs attention" }
    ));
    lines.push(String::new());
    lines.push("Checks:".to_owned());
    lines.push(format!("- codex: {}", at("/codex/detail")));
    lines.push(format!("- account: {}", at("/auth/detail")));
    lines.push(say!(NODE_CHECK, detail = at("/node/detail")));
    lines.push(say!(NPM_CHECK, detail = at("/npm/detail")));
    lines.push(format!(
        "- review gate: {}",
        if gate { "enabled" } else { "disabled" }
    ));
    for (title, name) in [("Done:", "actionsTaken"), ("Next steps:", "nextSteps")] {
        let entries = report[name]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        let entries: Vec<String> = entries.map(|entry| format!("- {entry}")).collect();
        if !entries.is_empty() {
            lines.push(String::new());
            lines.push(title.to_owned());
            lines.extend(entries);
        }
    }
    finish(lines)
}
