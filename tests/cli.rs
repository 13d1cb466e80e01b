//! The command line as people use it: each test is one of their moments.

#![cfg(test)]

use std::path::Path;

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;

/// A folder of its own to be in, with a memory of its own.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Place {
        Place(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: &str) -> &Place {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    fn harness(&self, arguments: &[&str]) -> assert_cmd::assert::Assert {
        let mut command = Command::cargo_bin("rescue-harness").unwrap();
        command.current_dir(self.path()).args(arguments);
        command
            .env("RESCUE_HARNESS_STATE", self.path().join("state"))
            .env("NO_COLOR", "1");
        command
            .env_remove("CI")
            .env_remove("GITHUB_STEP_SUMMARY")
            .env("COLUMNS", "80");
        command.assert()
    }
}

const GOOD: &str = "title: A failed return is told as failed\nsource: F17\ntags: [quick]\nsteps:\n  - hook: {status: failed, text: x}\nexpect: {context: failure, told: failed}\n";
const BAD: &str = "title: A wrong expectation\nsteps:\n  # the call\n  - hook: {status: failed, text: x, expect: {context: complete, told: done}}   # as reported\nexpect:\n  exit: 1   # of the hook\n  told: failed\n";

#[test]
fn wrong_usage_and_unusable_plugins_end_with_two() {
    let place = Place::new();
    place.write("a.yaml", GOOD).write("empty/x", "");
    place
        .harness(&["run", "--filter", "tga(x)"])
        .code(2)
        .stderr(contains("did you mean `tag(…)`"));
    place
        .harness(&["run", "--shard", "3/2"])
        .code(2)
        .stderr(contains("there is no part 3 of 2"));
    place
        .harness(&["run", "--report", "junti=x"])
        .code(2)
        .stderr(contains("did you mean `junit`"));
    place
        .harness(&["run", "a.yaml", "--plugin", "nowhere"])
        .code(2)
        .stderr(contains("cannot read the plugin folder").and(contains("help:")));
    place
        .harness(&["run", "a.yaml", "--plugin", "empty"])
        .code(2)
        .stderr(contains("no hooks/hooks.json"));
    place
        .harness(&["run", "missing.yaml"])
        .code(3)
        .stderr(contains("cannot read missing.yaml"));
    place
        .harness(&["run", "a.yaml", "--filter", "zzz"])
        .code(4)
        .stderr(contains("none of 1 scenarios is chosen"));
    place
        .harness(&["run", "a.yaml", "--only-failed"])
        .code(4)
        .stderr(contains("no earlier run"));
    place
        .harness(&["show"])
        .code(4)
        .stderr(contains("run some scenarios first"));
}

#[test]
fn a_node_plugin_without_node_says_what_to_install() {
    let place = Place::new();
    place
        .write("a.yaml", GOOD)
        .write("plugin/hooks/hooks.json", "{\"hooks\": {}}")
        .write("plugin/scripts/codex-companion.mjs", "");
    let mut command = Command::cargo_bin("rescue-harness").unwrap();
    command
        .current_dir(place.path())
        .args(["run", "a.yaml", "--plugin", "plugin"])
        .env("PATH", place.path());
    command
        .assert()
        .code(2)
        .stderr(contains("needs `node`").and(contains("install node")));
}

#[test]
fn a_wrong_config_file_gives_its_place() {
    let place = Place::new();
    place
        .write("a.yaml", GOOD)
        .write("rescue-harness.toml", "quiet = true\njbos = 2\n");
    place
        .harness(&["run", "a.yaml"])
        .code(2)
        .stderr(contains("rescue-harness.toml:2:1").and(contains("did you mean `jobs`")));
}

#[test]
fn twins_are_found_by_check() {
    let place = Place::new();
    place
        .write("scenarios/a.yaml", GOOD)
        .write("scenarios/b.yaml", GOOD);
    place
        .harness(&["check"])
        .code(3)
        .stderr(contains("has the same title"));
    place
        .harness(&["check", "scenarios/a.yaml"])
        .success()
        .stdout(contains("1 scenario is well formed"));
}

#[test]
fn a_failure_tells_its_story_and_every_report_has_it() {
    let place = Place::new();
    place
        .write("scenarios/a.yaml", GOOD)
        .write("scenarios/b.yaml", BAD);
    let reports = [
        "json=r.json",
        "junit=r.xml",
        "html=r.html",
        "github=r.md",
        "archive=r.archive",
    ];
    let mut arguments = vec!["run"];
    reports
        .iter()
        .for_each(|report| arguments.extend(["--report", report]));
    let assert = place.harness(&arguments).code(1);
    let text = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    for part in [
        "scenarios/b.yaml:4",
        "expected",
        "actual",
        "Claude believes",
        "rescue-harness show b",
        "1 passed, 1 failed",
    ] {
        assert!(text.contains(part), "no `{part}` in\n{text}");
    }
    let story = text.lines().filter(|line| !line.starts_with("::"));
    assert!(
        story.clone().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    assert!(!text.contains('\x1b'));
    assert!(
        text.contains("::error file=scenarios/b.yaml,line=4,title="),
        "{text}"
    );
    let json: serde_json::Value = serde_json::from_str(&place.read("r.json")).unwrap();
    assert_eq!(json["scenarios"][1]["outcome"], "failed");
    assert!(
        place
            .read("r.xml")
            .contains("<failure message=\"context: expected")
    );
    assert!(place.read("r.html").contains("<svg") && !place.read("r.html").contains("http"));
    assert!(place.read("r.md").contains("| 1 | 1 |"));

    place
        .harness(&["show"])
        .success()
        .stdout(contains("FAILED: A wrong expectation").and(contains("PostToolUse")));
    place
        .harness(&["show", "a", "--kind", "told"])
        .success()
        .stdout(contains("believes failed").and(contains("starts").not()));
    place
        .harness(&["show", "nothing-like-it"])
        .code(2)
        .stderr(contains("the last run had no scenario"));
    place
        .harness(&["run", "--only-failed", "--quiet"])
        .code(1)
        .stdout(contains("0 passed, 1 failed"));

    place
        .harness(&["merge", "r.archive", "--report", "junit=m.xml"])
        .code(1)
        .stdout(contains("1 passed, 1 failed"));
    assert_eq!(place.read("m.xml").matches("<testcase").count(), 2);
    place
        .harness(&["merge", "r.json"])
        .code(2)
        .stderr(contains("is no archive"));
}

#[test]
fn shards_share_the_scenarios_and_filters_choose_among_them() {
    let place = Place::new();
    for name in ["a", "b", "c"] {
        place.write(
            &format!("scenarios/{name}.yaml"),
            &GOOD.replace("is told", &format!("({name}) is told")),
        );
    }
    let names = |arguments: &[&str]| {
        let output = place
            .harness(&[&["list"], arguments].concat())
            .success()
            .get_output()
            .stdout
            .clone();
        String::from_utf8(output)
            .unwrap()
            .lines()
            .map(|line| line[..1].to_owned())
            .collect::<String>()
    };
    assert_eq!(
        (names(&["--shard", "1/2"]), names(&["--shard", "2/2"])),
        ("ac".into(), "b".into())
    );
    assert_eq!(
        names(&["--filter", "tag(quick) & !title((b)"]),
        "abc".replace('b', "").as_str()
    );
    assert_eq!(
        names(&["--filter", "step(hook) & path(c)", "--source", "F17"]),
        "c"
    );
    place
        .harness(&[
            "run",
            "--until-failure",
            "--repeat",
            "2",
            "-q",
            "-f",
            "path(a)",
        ])
        .success()
        .stdout(contains("after 2 rounds"));
}

#[test]
fn blessing_writes_what_came_out_and_nothing_else() {
    let place = Place::new();
    place.write("b.yaml", BAD);
    let mut refused = Command::cargo_bin("rescue-harness").unwrap();
    refused
        .current_dir(place.path())
        .args(["run", "--bless", "b.yaml"])
        .env("CI", "true");
    refused
        .assert()
        .code(2)
        .stderr(contains("refused because CI is set"));
    assert_eq!(place.read("b.yaml"), BAD);
    place
        .harness(&["run", "--bless", "b.yaml"])
        .success()
        .stdout(contains("-  exit: 1   # of the hook").and(contains("blessed 1 files")));
    let blessed = BAD
        .replace("complete", "failure")
        .replace("told: done", "told: failed")
        .replace("exit: 1", "exit: 0");
    assert_eq!(place.read("b.yaml"), blessed);
    place.harness(&["run", "b.yaml"]).success();
}

#[test]
fn a_new_scenario_of_every_kind_is_well_formed_and_runs() {
    let place = Place::new();
    for kind in [
        "foreground",
        "background",
        "cap",
        "failure",
        "crash",
        "cancel",
        "hook",
        "race",
    ] {
        place
            .harness(&["new", &format!("mine/{kind}"), "--kind", kind])
            .success()
            .stdout(contains("run it:"));
    }
    place
        .harness(&["new", "mine/hook"])
        .code(2)
        .stderr(contains("is there already"));
    place
        .harness(&["new", "../hook"])
        .code(2)
        .stderr(contains("is no name of a scenario"));
    assert!(
        place
            .read("scenarios/mine/hook.yaml")
            .starts_with("# yaml-language-server: $schema=../schema.json\n")
    );
    place.harness(&["check"]).success();
    place
        .harness(&["run"])
        .success()
        .stdout(contains("8 passed"));
}

#[test]
fn a_kept_sandbox_can_be_entered() {
    let place = Place::new();
    place.write(
        "a.yaml",
        "title: Kept\nsteps:\n  - agent: {task: fix}\nexpect: {told: done}\n",
    );
    let output = place
        .harness(&["run", "a.yaml", "--keep"])
        .success()
        .get_output()
        .stdout
        .clone();
    let text = String::from_utf8(output).unwrap();
    let script = text
        .split("go on by hand: sh ")
        .nth(1)
        .unwrap()
        .lines()
        .next()
        .unwrap()
        .to_owned();
    let status = Command::new("sh")
        .args([
            &script,
            "sh",
            "-c",
            "\"$CLAUDE_PLUGIN_ROOT/bin/codex-companion\" status --all",
        ])
        .assert();
    status.success().stdout(contains("completed"));
    std::fs::remove_dir_all(Path::new(&script).parent().unwrap().parent().unwrap()).unwrap();
}

#[test]
fn the_doctor_finds_a_stuck_job_and_changes_nothing() {
    let place = Place::new();
    let state = "{\"jobs\": [{\"id\": \"task-1\", \"status\": \"running\", \"pid\": 987654321}]}";
    place
        .write("data/state/project-1/state.json", state)
        .write("data/state/project-1/jobs/task-1.json", "{}");
    place
        .harness(&["doctor", "--data", "data"])
        .code(1)
        .stdout(contains("process 987654321 is gone").and(contains("/codex:cancel task-1")));
    assert_eq!(place.read("data/state/project-1/state.json"), state);
}

#[test]
fn the_edges_are_there() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish"] {
        place
            .harness(&["completions", shell])
            .success()
            .stdout(contains("until-failure"));
    }
    place.harness(&["man", "man"]).success();
    assert!(place.path().join("man/rescue-harness-run.1").is_file());
    place
        .harness(&["--version"])
        .success()
        .stdout(contains("rescue-harness 0."));
    place
        .harness(&["words", "complete", "--subject", "builtin"])
        .success()
        .stdout(contains("builtin complete"));
    place
        .harness(&["words", "--subject", "bultin"])
        .code(2)
        .stderr(contains("did you mean `builtin`"));
    place
        .write("s/x/a.yaml", GOOD)
        .harness(&["schema", "--install", "s"])
        .success()
        .stdout(contains("into 1 files"));
    assert!(
        place
            .read("s/x/a.yaml")
            .starts_with("# yaml-language-server: $schema=../schema.json\n")
    );
    let schema: serde_json::Value = serde_json::from_str(&place.read("s/schema.json")).unwrap();
    assert_eq!(schema["title"], "Scenario");
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let place = Place::new();
    place.write("a.yaml", GOOD);
    let harness = assert_cmd::cargo::cargo_bin("rescue-harness");
    let command = format!(
        "set -o pipefail; '{}' list a.yaml | true; '{}' words | head -n 1 > head",
        harness.display(),
        harness.display()
    );
    Command::new("bash")
        .current_dir(place.path())
        .args(["-c", &command])
        .assert()
        .success()
        .stderr("");
}

#[test]
fn a_paused_world_goes_on_when_it_is_told() {
    let place = Place::new();
    place.write("a.yaml", "title: Paused\nsteps:\n  - agent: {task: fix}\n  - advance: 5m\nexpect: {told: done}\n").write("b.yaml", GOOD);
    for (at, said) in [
        ("2", "paused before step 2"),
        ("turn/start", "paused after codex: received turn/start"),
    ] {
        let mut run = Command::cargo_bin("rescue-harness").unwrap();
        run.current_dir(place.path())
            .args(["run", "a.yaml", "--pause-at", at])
            .env("RESCUE_HARNESS_STATE", place.path().join("state"));
        run.write_stdin("\n")
            .assert()
            .success()
            .stderr(contains(said).and(contains("/enter")))
            .stdout(contains("1 passed"));
    }
    place
        .harness(&["run", "a.yaml", "b.yaml", "--pause-at", "1"])
        .code(2)
        .stderr(contains("exactly one scenario, not 2"));
}
