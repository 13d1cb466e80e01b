//! New scenarios, and what came out written into old ones.

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;

use crate::place::{BAD, Place};

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
        .stdout(contains("-  exit: 1   # of the hook").and(contains("blessed 1 file\n")));
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
