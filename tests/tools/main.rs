//! Other people's tools read what the harness writes. A tool that is not installed is skipped, and said so.

#![cfg(test)]

mod ci;
mod editor;
mod junit;
mod shells;
mod version;

use std::io::Write;
use std::path::{Path, PathBuf};

use assert_cmd::Command;

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The first of these programs that is installed; otherwise says how to get one.
fn tool(names: &[&str], how: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = names.iter().find_map(|name| {
        std::env::split_paths(&path)
            .map(|folder| folder.join(name))
            .find(|program| program.is_file())
    });
    if found.is_none() {
        skipped(&format!("no {} here: {how}", names.join(" or ")));
    }
    found
}

/// Says that something was not tested. A test's output is hidden when it passes; this is not.
fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
}

/// The harness in a folder, with a memory of its own.
fn harness(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("rescue-harness").unwrap();
    command
        .current_dir(folder)
        .env("RESCUE_HARNESS_STATE", folder.join("state"))
        .env_remove("CI")
        .env_remove("GITHUB_STEP_SUMMARY");
    command
}

/// A folder with a scenario that holds and one that does not.
fn scenarios() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("scenarios/mine");
    std::fs::create_dir_all(&inner).unwrap();
    let hook = "steps: [hook: {status: failed, text: x}]\n";
    std::fs::write(
        inner.join("good.yaml"),
        format!("title: Told\n{hook}expect: {{told: failed}}\n"),
    )
    .unwrap();
    std::fs::write(
        inner.join("bad.yaml"),
        format!("title: \"Not <told> & 'quoted' \\u2603\"\n{hook}expect:\n  told: done\n"),
    )
    .unwrap();
    folder
}
