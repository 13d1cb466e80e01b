//! What the environment says: session, plugin data, temporary folder, limits.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::texts;

/// Holds the Claude session that a job belongs to.
pub const SESSION_ID: &str = "CODEX_COMPANION_SESSION_ID";
/// Claude Code's folder for the plugin's own data (set since Claude Code 2.1.78).
pub const PLUGIN_DATA: &str = "CLAUDE_PLUGIN_DATA";

fn non_empty(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// The Claude session of this process.
pub fn session_id() -> Option<String> {
    non_empty(SESSION_ID).map(|value| value.to_string_lossy().into_owned())
}

/// The plugin's data folder.
pub fn plugin_data() -> Option<PathBuf> {
    non_empty(PLUGIN_DATA).map(PathBuf::from)
}

/// Claude Code's own folder.
pub fn claude_folder() -> PathBuf {
    non_empty("CLAUDE_CONFIG_DIR").map_or_else(
        || PathBuf::from(non_empty("HOME").unwrap_or_default()).join(".claude"),
        PathBuf::from,
    )
}

/// The folder for temporary files, found as Node's `os.tmpdir()` finds it.
pub fn temporary() -> PathBuf {
    ["TMPDIR", "TMP", "TEMP"]
        .into_iter()
        .find_map(non_empty)
        .map_or_else(|| PathBuf::from("/tmp"), PathBuf::from)
}

/// A variable that does not hold what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", texts::render(texts::NOT_MILLISECONDS, &[("option", .name), ("value", .value)]))]
pub struct NotMilliseconds {
    name: String,
    value: String,
}

/// Ten years, as good as for ever and small enough to be added to any time.
const LONGEST_MS: u64 = 10 * 365 * 24 * 3600 * 1000;

/// A span of time that somebody asked for.
pub fn milliseconds_at_most(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds.min(LONGEST_MS))
}

/// A limit in whole milliseconds; `0` means that there is none. Absent or empty, it is the default.
pub fn limit(name: &str, default: Option<Duration>) -> Result<Option<Duration>, NotMilliseconds> {
    match non_empty(name) {
        None => Ok(default),
        Some(value) => milliseconds(name, &value.to_string_lossy()).map(limit_of),
    }
}

/// A whole number of milliseconds that a variable or an option holds.
pub fn milliseconds(name: &str, value: &str) -> Result<u64, NotMilliseconds> {
    value.trim().parse().map_err(|_| NotMilliseconds {
        name: name.to_owned(),
        value: value.to_owned(),
    })
}

/// A limit of so many milliseconds; `0` means that there is none.
pub fn limit_of(milliseconds: u64) -> Option<Duration> {
    (milliseconds > 0).then(|| milliseconds_at_most(milliseconds))
}

/// The first executable file called `name` on PATH.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| is_executable(file))
}

fn is_executable(path: &Path) -> bool {
    path.is_file() && nix::unistd::access(path, nix::unistd::AccessFlags::X_OK).is_ok()
}

/// The absolute path of `codex-companion`, as a later command line should call it.
///
/// Programs of this package may be links to one executable, so the name by which
/// this process was called counts before the file that runs.
pub fn companion_path() -> PathBuf {
    let called = env::args_os().next().map(PathBuf::from).unwrap_or_default();
    let beside_call = called
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .map(|folder| folder.join("codex-companion"));
    let in_plugin = non_empty("CLAUDE_PLUGIN_ROOT")
        .map(|root| Path::new(&root).join("bin").join("codex-companion"));
    let on_path = || find_program("codex-companion");
    let mut candidates = [beside_call, in_plugin].into_iter().flatten();
    let found = candidates.find(|path| is_executable(path)).or_else(on_path);
    let path = found
        .or_else(|| env::current_exe().ok())
        .unwrap_or_else(|| PathBuf::from("codex-companion"));
    std::path::absolute(&path).unwrap_or(path)
}
