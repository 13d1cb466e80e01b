//! The folder in which Codex keeps its state.

use std::path::PathBuf;

/// The folder that `CODEX_HOME` names, or `~/.codex-fake`.
///
/// The default is not `~/.codex`: the fake never touches what a real Codex keeps there.
pub fn codex_home() -> PathBuf {
    if let Some(path) = std::env::var_os("CODEX_HOME").filter(|path| !path.is_empty()) {
        return PathBuf::from(path);
    }
    let home = std::env::var_os("HOME").map_or_else(std::env::temp_dir, PathBuf::from);
    home.join(".codex-fake")
}
