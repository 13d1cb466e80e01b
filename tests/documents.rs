//! What the documents and `ci/` say is true.

#![cfg(test)]

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use predicates::str::contains;

/// The pages that are checked.
const PAGES: [&str; 6] = [
    "README.md",
    "CONTRIBUTING.md",
    "docs/ci.md",
    "docs/plugin.md",
    "docs/reproduce.md",
    "docs/scenarios.md",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn harness(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("rescue-harness").unwrap();
    command
        .current_dir(folder)
        .env("RESCUE_HARNESS_STATE", folder.join("state"))
        .env_remove("CI");
    command
}

/// The blocks of a page that begin with three backticks and this word.
fn blocks(page: &str, kind: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join(page)).unwrap();
    let begin = format!("```{kind}\n");
    text.split(&begin)
        .skip(1)
        .map(|part| part.split("```").next().unwrap().to_owned())
        .collect()
}

#[test]
fn every_example_of_the_format_runs() {
    let folder = tempfile::tempdir().unwrap();
    let examples = blocks("docs/scenarios.md", "yaml");
    assert!(examples.len() >= 5);
    for (index, example) in examples.iter().enumerate() {
        std::fs::write(folder.path().join(format!("{index}.yaml")), example).unwrap();
    }
    harness(folder.path())
        .args(["check", "."])
        .assert()
        .success();
    // One that names several versions of Claude Code runs on each.
    harness(folder.path())
        .args(["run", ".", "--report", "json=report.json"])
        .assert()
        .success();
    let report = std::fs::read(folder.path().join("report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    let files: std::collections::BTreeSet<_> = report["scenarios"]
        .as_array()
        .unwrap()
        .iter()
        .map(|scenario| scenario["file"].as_str().unwrap())
        .collect();
    assert_eq!(files.len(), examples.len(), "{report}");
}

#[test]
fn the_commands_of_the_page_on_exploring_find_nothing_on_the_built_in_companion() {
    let folder = tempfile::tempdir().unwrap();
    let example = &blocks("docs/explore.md", "yaml")[0];
    std::fs::write(folder.path().join("example.yaml"), example).unwrap();
    let commands = &blocks("docs/explore.md", "sh")[0];
    assert!(commands.lines().count() >= 4);
    for command in commands.lines() {
        let arguments = command.strip_prefix("rescue-harness ").unwrap();
        harness(folder.path())
            .args(arguments.split(' '))
            .assert()
            .success();
    }
}

#[test]
fn the_example_of_the_config_file_is_read() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("rescue-harness.toml"),
        &blocks("docs/ci.md", "toml")[0],
    )
    .unwrap();
    // It names a plugin that is not here, which is told only when the file itself is right.
    std::fs::create_dir(folder.path().join("scenarios")).unwrap();
    std::fs::write(
        folder.path().join("scenarios/a.yaml"),
        "title: t\nsteps: [hook: {status: failed}]\n",
    )
    .unwrap();
    harness(folder.path())
        .arg("run")
        .assert()
        .code(2)
        .stderr(contains("there is nothing at `plugins/codex`"));
}

#[test]
fn the_picture_in_the_readme_is_that_of_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let drawn = folder.path().join("run.svg");
    let harness = assert_cmd::cargo::cargo_bin("rescue-harness");
    Command::new(root().join("ci/picture.sh"))
        .arg(&drawn)
        .env("RESCUE_HARNESS", harness)
        .env_remove("CI")
        .assert()
        .success();
    let drawn = std::fs::read_to_string(drawn).unwrap();
    let kept = std::fs::read_to_string(root().join("docs/run.svg")).unwrap();
    assert_eq!(drawn, kept, "draw it again: ci/picture.sh docs/run.svg");
}

#[test]
fn the_scenario_in_the_readme_runs() {
    let folder = tempfile::tempdir().unwrap();
    let example = &blocks("README.md", "yaml")[0];
    std::fs::write(folder.path().join("a.yaml"), example).unwrap();
    harness(folder.path())
        .args(["run", "a.yaml"])
        .assert()
        .success()
        .stdout(contains("1 passed"));
}

#[test]
fn every_page_that_is_linked_is_there() {
    for page in PAGES {
        let text = std::fs::read_to_string(root().join(page)).unwrap();
        let folder = root().join(page).parent().unwrap().to_owned();
        for link in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let is_file = !link.contains("://") && !link.starts_with('#');
            assert!(!is_file || folder.join(link).exists(), "{page}: {link}");
        }
    }
}

/// Every option that a page names exists.
#[test]
fn every_option_on_the_pages_exists() {
    let harness = || Command::cargo_bin("rescue-harness").unwrap();
    let mut help = String::new();
    for command in [
        "run",
        "list",
        "check",
        "matrix",
        "bisect",
        "show",
        "new",
        "words",
        "merge",
        "doctor",
        "record",
        "transcript",
        "schema",
        "replay",
    ] {
        let output = harness().args([command, "--help"]).output().unwrap();
        help += &String::from_utf8(output.stdout).unwrap();
    }
    for page in PAGES {
        let text = std::fs::read_to_string(root().join(page)).unwrap();
        // Options of other programs stand in lines that name these.
        let lines = text.lines().filter(|line| {
            !["cargo", "podman", "kubectl", "npm", "git "]
                .iter()
                .any(|other| line.contains(other))
        });
        for line in lines {
            for word in
                line.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-'))
            {
                if word.len() > 3
                    && word.starts_with("--")
                    && !word.starts_with("---")
                    && word != "--background"
                    && word != "--write"
                    && word != "--json"
                {
                    assert!(help.contains(word), "{page} names {word}");
                }
            }
        }
    }
}
