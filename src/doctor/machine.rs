//! The machine and the plugin's folder.

use std::path::Path;
use std::process::{Command, Stdio};

use super::Finding;
use crate::subject::{Subject, find_on_path};

pub(super) fn examine() -> Vec<Finding> {
    let clock = match simtime::self_test() {
        Ok(()) => Finding::well("simulated time", "works on this machine"),
        Err(missing) => Finding::ill(
            "simulated time",
            missing.to_string(),
            "only `run --real-time` works here; ci/Containerfile has a machine that fits",
        ),
    };
    let mut found = vec![Finding::well("harness", crate::VERSION), clock];
    let programs = [
        (
            "node",
            "a Node plugin cannot run without it; the built-in companion needs none",
        ),
        (
            "git",
            "the companion finds the workspace without it, reviews do not work",
        ),
        (
            "codex",
            "the real plugin cannot run Codex; the harness brings its own",
        ),
        ("claude", "Claude Code is not needed by the harness"),
    ];
    for (program, meaning) in programs {
        found.push(match (find_on_path(program), version(program)) {
            (Some(path), Some(version)) => {
                Finding::well(program, format!("{version} ({})", path.display()))
            }
            (Some(path), None) => Finding::note(
                program,
                format!("{} does not tell its version", path.display()),
                "it may be broken: run it by hand",
            ),
            (None, _) => Finding::note(program, "not on PATH", meaning),
        });
    }
    found
}

/// The first line of what `program --version` says.
fn version(program: &str) -> Option<String> {
    let output = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output
        .status
        .success()
        .then(|| text.lines().next().unwrap_or_default().to_owned())
}

pub(super) fn plugin(folder: &Path) -> Finding {
    match Subject::open(folder, None) {
        Ok(subject) if subject.revision.is_none() => Finding::note(
            "plugin",
            format!("{} in {}", subject.label(), subject.root.display()),
            "its files are those of no revision that the vocabulary knows: newer, or changed by hand",
        ),
        Ok(subject) => Finding::well(
            "plugin",
            format!("{} in {}", subject.label(), subject.root.display()),
        ),
        Err(error) => {
            let help = miette::Diagnostic::help(&error).map_or_else(
                || "Claude Code would not load it either".to_owned(),
                |help| help.to_string(),
            );
            Finding::ill("plugin", error.to_string(), help)
        }
    }
}
