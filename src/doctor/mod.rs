//! Looks at a machine, a plugin and its jobs, and changes nothing.

mod machine;
mod processes;
mod state;

use std::path::{Path, PathBuf};

use serde::Serialize;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How it is.
    pub health: Health,
    /// What it is about.
    pub about: String,
    /// What was seen.
    pub seen: String,
    /// What it means and what to do, when it is not well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meaning: Option<String>,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// As it must be.
    Well,
    /// Worth knowing.
    Note,
    /// Wrong.
    Ill,
}

impl Finding {
    fn well(about: &str, seen: impl Into<String>) -> Finding {
        Finding {
            health: Health::Well,
            about: about.to_owned(),
            seen: seen.into(),
            meaning: None,
        }
    }

    fn note(about: &str, seen: impl Into<String>, meaning: impl Into<String>) -> Finding {
        Finding {
            health: Health::Note,
            about: about.to_owned(),
            seen: seen.into(),
            meaning: Some(meaning.into()),
        }
    }

    fn ill(about: &str, seen: impl Into<String>, meaning: impl Into<String>) -> Finding {
        Finding {
            health: Health::Ill,
            about: about.to_owned(),
            seen: seen.into(),
            meaning: Some(meaning.into()),
        }
    }
}

/// Everything that is found on this machine. `plugin` is a plugin folder, `data` the one in which it keeps its data;
/// without it, the usual ones are looked at.
pub fn examine(plugin: Option<&Path>, data: Option<&Path>) -> Vec<Finding> {
    let mut found = machine::examine();
    if let Some(plugin) = plugin {
        found.push(machine::plugin(plugin));
    }
    found.extend(match data {
        Some(folder) => state::examine(folder, true),
        None => usual_data()
            .iter()
            .flat_map(|folder| state::examine(folder, false))
            .collect(),
    });
    found.extend(processes::examine());
    found
}

/// The data folders of the Codex plugin that Claude Code usually uses, as far as they exist.
fn usual_data() -> Vec<PathBuf> {
    let given = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    if let Some(folder) = given("CLAUDE_PLUGIN_DATA") {
        return vec![folder];
    }
    let home = given("CLAUDE_CONFIG_DIR").or_else(|| Some(given("HOME")?.join(".claude")));
    let plugins = home.map(|home| home.join("plugins/data"));
    let entries = plugins
        .and_then(|folder| std::fs::read_dir(folder).ok())
        .into_iter()
        .flatten()
        .flatten();
    let mut folders: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.join("state").is_dir())
        .collect();
    // Without a data folder the companion keeps its state in the folder for temporary files.
    let temporary = std::env::temp_dir().join("codex-companion");
    if temporary.is_dir() {
        folders.push(temporary);
    }
    folders.sort();
    folders
}
