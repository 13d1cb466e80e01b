//! Completions, manual pages, versions.

use predicates::str::contains;

use crate::place::{GOOD, Place};

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
