//! Which scenarios are run, and how often.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::place::{GOOD, Place};

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
    place.write(
        "scenarios/d.yaml",
        &GOOD.replace("told: failed", "told: done"),
    );
    place
        .harness(&["run", "--repeat", "3", "-q", "-f", "path(d)"])
        .code(1)
        .stdout(contains("FAILED  scenarios/d.yaml:").and(contains(" (3 times)")));
    place
        .harness(&["run", "--until-failure", "-q", "-f", "path(d)"])
        .code(1)
        .stdout(contains("after 1 round\n"));
}
