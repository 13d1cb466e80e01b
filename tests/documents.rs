//! What the documents and `ci/` say is true.

#![cfg(test)]

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use predicates::str::contains;

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
    let passed = format!("{} passed", examples.len());
    harness(folder.path())
        .args(["run", "."])
        .assert()
        .success()
        .stdout(contains(passed));
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
        .stderr(contains("cannot read the plugin folder plugins/codex"));
}

#[test]
fn shards_are_joined_and_a_missing_one_is_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("parts")).unwrap();
    for name in ["a", "b", "c"] {
        let text =
            format!("title: {name}\nsteps: [hook: {{status: failed}}]\nexpect: {{told: failed}}\n");
        std::fs::write(folder.path().join(format!("{name}.yaml")), text).unwrap();
    }
    let merge = |count: &str| {
        let mut command = Command::new("sh");
        command
            .arg(root().join("ci/kubernetes/merge.sh"))
            .args(["parts", "reports", count])
            .current_dir(folder.path());
        command
            .env(
                "RESCUE_HARNESS",
                assert_cmd::cargo::cargo_bin("rescue-harness"),
            )
            .assert()
    };
    for part in 1..=2 {
        let archive = format!("archive=parts/part-{part}.json");
        harness(folder.path())
            .args([
                "run",
                ".",
                "-q",
                "--shard",
                &format!("{part}/2"),
                "--report",
                &archive,
            ])
            .assert()
            .success();
    }
    merge("3")
        .code(5)
        .stderr(contains("part 3 of 3 is missing"));
    merge("2").success().stdout(contains("3 passed"));
    let report = std::fs::read_to_string(folder.path().join("reports/report.xml")).unwrap();
    assert_eq!(report.matches("<testcase").count(), 3);
}

#[test]
fn what_ci_copies_is_yaml_and_names_options_that_exist() {
    for file in [
        "ci/github/action.yml",
        "ci/github/workflow.yml",
        "ci/kubernetes/shards.yaml",
    ] {
        let text = std::fs::read_to_string(root().join(file)).unwrap();
        let value: serde_json::Value =
            serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(value.is_object(), "{file}");
    }
    let help = Command::cargo_bin("rescue-harness")
        .unwrap()
        .args(["run", "--help"])
        .output()
        .unwrap()
        .stdout;
    let help = String::from_utf8(help).unwrap();
    for option in ["--plugin", "--shard", "--quiet", "--report"] {
        assert!(help.contains(option), "{option}");
    }
}
