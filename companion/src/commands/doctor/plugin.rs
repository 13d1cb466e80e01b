//! What is wrong with the plugin round this program and with its environment.

use std::fs;
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, access};
use serde_json::Value;

use super::Finding;
use crate::environment;
use crate::turn::Limits;

/// What helps when the plugin is not there or not whole.
const INSTALL: &str = "codex-companion export-plugin DIR, claude plugin marketplace add DIR, claude plugin install codex@codex-companion";
/// The plugin's name in Claude Code.
const NAME: &str = "codex@";

/// Everything about the plugin.
pub fn findings() -> Vec<Finding> {
    let companion = environment::companion_path();
    vec![
        plugin_data(),
        session(),
        limits(),
        hook(&companion),
        registration(&companion),
        rivals(),
    ]
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

fn limits() -> Finding {
    let subject = "limits";
    match Limits::from_environment() {
        Err(error) => Finding::bad(
            subject,
            error.to_string(),
            "unset it, or give milliseconds; until then no task starts",
        ),
        Ok(limits) => {
            let seconds = |limit: Option<std::time::Duration>| match limit {
                Some(limit) => format!("{} s", limit.as_secs_f64()),
                None => "none".to_owned(),
            };
            let detail = format!(
                "request {}, silence of a turn {} (warning after {}), whole turn {}",
                seconds(limits.request),
                seconds(limits.idle),
                seconds(limits.quiet),
                seconds(limits.turn)
            );
            Finding::good(subject, detail)
        }
    }
}

fn hook(companion: &Path) -> Finding {
    let hook = companion.with_file_name("codex-rescue-hook");
    if access(&hook, AccessFlags::X_OK).is_ok() {
        Finding::good("hook program", hook.display().to_string())
    } else {
        let detail = format!("{} is missing or cannot be run", hook.display());
        Finding::bad("hook program", detail, INSTALL)
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
        return Finding::bad("hook registration", detail, INSTALL);
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
        Finding::bad("hook registration", detail, INSTALL)
    }
}

/// Two plugins of this name both answer every codex-rescue call.
fn rivals() -> Finding {
    let subject = "other Codex plugins";
    let folder = environment::claude_folder();
    let settings: Value = fs::read(folder.join("settings.json"))
        .ok()
        .and_then(|text| serde_json::from_slice(&text).ok())
        .unwrap_or_default();
    let enabled: Vec<&str> = settings
        .get("enabledPlugins")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter(|(name, on)| name.starts_with(NAME) && on.as_bool() == Some(true))
        .map(|(name, _)| name.as_str())
        .collect();
    if enabled.len() < 2 {
        return Finding::good(subject, "none");
    }
    Finding::bad(
        subject,
        format!(
            "{} are enabled together, and each answers for the other's jobs",
            enabled.join(" and ")
        ),
        "keep one: claude plugin disable NAME",
    )
}
