//! What a person and a machine read of a run.

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;

use crate::place::{BAD, GOOD, Place};

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
    let labelled = |label: &str, archive: &str| {
        let archive = format!("archive={archive}");
        place.harness(&[
            "run",
            "-q",
            "scenarios/b.yaml",
            "--label",
            label,
            "--report",
            &archive,
        ]);
    };
    labelled("node 20", "20.archive");
    labelled("node 22", "22.archive");
    place
        .harness(&[
            "merge",
            "20.archive",
            "22.archive",
            "--report",
            "github=m.md",
        ])
        .stdout(
            contains("on builtin (node 20), builtin (node 22);")
                .and(contains("[builtin (node 22)]")),
        );
    assert!(place.read("m.md").contains(" on builtin (node 22) (<code>"));
    place
        .harness(&["merge", "r.json"])
        .code(2)
        .stderr(contains("is no archive"));
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
fn a_report_goes_into_a_folder_that_nobody_made() {
    let place = Place::new();
    place.write("a.yaml", GOOD);
    place
        .harness(&["run", "a.yaml", "-q", "--report", "json=out/of/run.json"])
        .success();
    assert!(place.read("out/of/run.json").contains("\"passed\""));
    place
        .harness(&["run", "a.yaml", "-q", "--report", "json=a.yaml/run.json"])
        .code(2)
        .stderr(contains("cannot write the report").and(contains("help:")));
}

#[test]
fn lines_are_as_wide_as_asked_for_and_readable_without_colour() {
    let place = Place::new();
    place.write("b.yaml", BAD);
    for columns in ["44", "60", "132"] {
        let mut command = Command::cargo_bin("rescue-harness").unwrap();
        command
            .current_dir(place.path())
            .args(["run", "b.yaml"])
            .env("RESCUE_HARNESS_STATE", place.path().join("state"))
            .env("COLUMNS", columns);
        let output = command.assert().code(1).get_output().stdout.clone();
        let text = String::from_utf8(output).unwrap();
        let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= columns.parse().unwrap(), "{widest}:\n{text}");
        assert!(!text.contains('\x1b'));
    }
}
