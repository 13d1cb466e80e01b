//! `export-plugin`: writes the Claude Code plugin with this program in it.
//!
//! The folder is a marketplace of one plugin, so Claude Code's own commands
//! install it: `claude plugin marketplace add DIR`, `claude plugin install codex@codex-companion`.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::{Value, json};

use super::{CommandError, directory, output};
use crate::arguments::{Arguments, Options, Words};
use crate::texts::say;

const OPTIONS: Options = Options {
    values: &["cwd"],
    flags: &[],
    words: Words::AtMost(1),
};
/// The name of the marketplace.
const MARKETPLACE: &str = "codex-companion";

macro_rules! plugin_files {
    ($($path:literal),* $(,)?) => {
        /// The files of the plugin by their paths in it.
        pub const FILES: &[(&str, &str)] =
            &[$(($path, include_str!(concat!("../../../plugin/", $path)))),*];
    };
}

plugin_files![
    ".claude-plugin/plugin.json",
    "README.md",
    "agents/codex-rescue.md",
    "commands/adversarial-review.md",
    "commands/cancel.md",
    "commands/doctor.md",
    "commands/rescue.md",
    "commands/result.md",
    "commands/review.md",
    "commands/setup.md",
    "commands/status.md",
    "hooks/hooks.json",
    "skills/codex-results/SKILL.md",
    "skills/codex-runtime/SKILL.md",
];

/// Runs the command.
pub fn run(raw: &[String]) -> Result<bool, CommandError> {
    let arguments = Arguments::parse(raw, OPTIONS)?;
    let Some(target) = arguments.words.first() else {
        return Err(CommandError::Text(say!(EXPORT_NEEDS_FOLDER)));
    };
    let target = directory(&arguments)?.join(target);
    write(&target).map_err(|error| {
        CommandError::Text(say!(EXPORT_FAILED, path = target.display(), error = error))
    })?;
    let done = say!(EXPORTED, path = target.display(), marketplace = MARKETPLACE);
    output::text(&format!("{done}\n"));
    Ok(true)
}

fn write(target: &Path) -> io::Result<()> {
    let plugin = target.join("codex");
    refuse_foreign(&plugin)?;
    let bin = plugin.join("bin");
    fs::create_dir_all(&bin)?;
    install(&bin)?;
    for (path, text) in FILES {
        write_file(&plugin.join(path), text)?;
    }
    let marketplace = json!({
        "name": MARKETPLACE,
        "description": crate::texts::MARKETPLACE.template,
        "owner": {"name": MARKETPLACE},
        "plugins": [{"name": "codex", "source": "./codex"}],
    });
    write_file(
        &target.join(".claude-plugin/marketplace.json"),
        &format!("{marketplace:#}\n"),
    )
}

/// A folder that holds something else is not written into.
fn refuse_foreign(plugin: &Path) -> io::Result<()> {
    let is_empty = match fs::read_dir(plugin) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        entries => entries?.next().is_none(),
    };
    let manifest = fs::read(plugin.join(".claude-plugin/plugin.json")).unwrap_or_default();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap_or_default();
    let is_ours = plugin.join("bin/codex-companion").exists()
        && manifest.get("name").and_then(Value::as_str) == Some("codex");
    if is_empty || is_ours {
        return Ok(());
    }
    let text = say!(EXPORT_FOREIGN, path = plugin.display());
    Err(io::Error::new(io::ErrorKind::AlreadyExists, text))
}

/// Puts this program into the plugin, under a temporary name first: a hook that runs
/// meanwhile finds the old program or the new one.
fn install(bin: &Path) -> io::Result<()> {
    let companion = bin.join("codex-companion");
    let new = bin.join(".codex-companion.new");
    fs::copy(std::env::current_exe()?, &new)?;
    fs::rename(&new, &companion)?;
    let link = bin.join(".codex-rescue-hook.new");
    remove(&link)?;
    symlink("codex-companion", &link)?;
    fs::rename(&link, bin.join("codex-rescue-hook"))
}

fn write_file(path: &Path, text: &str) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::write(path, text)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
