//! Wrong usage, wrong configuration, wrong files.

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;

use crate::place::{GOOD, Place};

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
fn a_name_that_nothing_has_gets_the_nearest_one() {
    let place = Place::new();
    place.write("a.yaml", GOOD);
    place
        .harness(&["run", "a.yaml", "--tag", "quik"])
        .code(4)
        .stderr(contains("did you mean `quick`"));
    place
        .harness(&["list", "a.yaml", "--source", "F71"])
        .code(4)
        .stderr(contains("no scenario has the source `F71`"));
    place.harness(&["run", "a.yaml", "-q"]).success();
    place
        .harness(&["show", "--actor", "hok"])
        .code(4)
        .stderr(contains("did you mean `hook`"));
}

#[test]
fn what_is_no_text_is_told_beside_what_else_is_wrong() {
    let place = Place::new();
    place
        .write("s/a.yaml", &GOOD.replace("status", "statsu"))
        .write("s/.hidden/c.yaml", "no scenario")
        .write("s/d.yml", GOOD);
    std::fs::write(place.path().join("s/b.yaml"), b"title: Pr\xfcfung\n").unwrap();
    std::os::unix::fs::symlink(".", place.path().join("s/loop")).unwrap();
    let json = place.harness(&["check", "s", "--json"]).code(3);
    let told: serde_json::Value = serde_json::from_slice(&json.get_output().stdout).unwrap();
    let problems = told["problems"].as_array().unwrap();
    let places: Vec<(&str, u64, u64)> = problems
        .iter()
        .map(|problem| {
            let number = |name: &str| problem[name].as_u64().unwrap();
            (
                problem["file"].as_str().unwrap(),
                number("line"),
                number("column"),
            )
        })
        .collect();
    assert_eq!(places, [("s/a.yaml", 5, 12), ("s/b.yaml", 1, 10)]);
    assert!(problems.iter().all(|problem| problem["remedy"].is_string()));
    assert_eq!(told["checked"], serde_json::json!(["s/d.yml"]));
}

#[test]
fn a_folder_that_cannot_be_written_to_is_told_before_anything_runs() {
    let place = Place::new();
    place.write("scenarios/a.yaml", GOOD).write("file", "");
    place
        .harness(&["run", "--events", "file/inner"])
        .code(2)
        .stdout("")
        .stderr(contains("cannot write file/inner").and(contains("help:")));
}

#[test]
fn a_report_that_cannot_be_written_keeps_no_other_away() {
    let place = Place::new();
    place.write("scenarios/a.yaml", GOOD).write("file", "");
    let reports = ["--report", "json=file/x", "--report", "junit=r.xml"];
    place
        .harness(&[&["run", "--events", "e"], &reports[..]].concat())
        .code(2)
        .stderr(contains("file/x").and(contains("help:")));
    assert!(place.read("r.xml").contains("<testcase"));
    assert!(place.path().join("e/a.jsonl").is_file());
    place.harness(&["show"]).success();
}
