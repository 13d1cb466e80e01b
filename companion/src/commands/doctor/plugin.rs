//! What is wrong with the plugin round this program and with its environment.

use std::fs;
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, access};
use serde_json::Value;

use super::Finding;
use crate::environment;
use crate::texts::say;
use crate::turn::Limits;

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
            say!(DOCTOR_NO_PLUGIN_DATA),
            say!(DOCTOR_START_IN_SESSION),
        ),
    }
}

fn session() -> Finding {
    match environment::session_id() {
        Some(id) => Finding::good("session", id),
        None => Finding::good("session", say!(DOCTOR_NO_SESSION)),
    }
}

fn limits() -> Finding {
    let subject = "limits";
    match Limits::from_environment() {
        Err(error) => Finding::bad(subject, error.to_string(), say!(DOCTOR_UNSET_LIMIT)),
        Ok(limits) => {
            let seconds = |limit: Option<std::time::Duration>| match limit {
                Some(limit) => say!(DOCTOR_SECONDS, seconds = limit.as_secs_f64()),
                None => say!(DOCTOR_NONE),
            };
            let detail = say!(
                DOCTOR_LIMITS,
                request = seconds(limits.request),
                idle = seconds(limits.idle),
                quiet = seconds(limits.quiet),
                turn = seconds(limits.turn)
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
        let detail = say!(DOCTOR_PROGRAM_MISSING, path = hook.display());
        Finding::bad("hook program", detail, say!(DOCTOR_INSTALL_PLUGIN))
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
        let detail = say!(DOCTOR_FILE_NO_JSON, path = file.display());
        return Finding::bad("hook registration", detail, say!(DOCTOR_INSTALL_PLUGIN));
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
        let detail = say!(
            DOCTOR_EVENTS_MISSING,
            path = file.display(),
            events = missing.join(", ")
        );
        Finding::bad("hook registration", detail, say!(DOCTOR_INSTALL_PLUGIN))
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
        return Finding::good(subject, say!(DOCTOR_NONE));
    }
    Finding::bad(
        subject,
        say!(DOCTOR_RIVALS, names = enabled.join(" and ")),
        say!(DOCTOR_KEEP_ONE),
    )
}
