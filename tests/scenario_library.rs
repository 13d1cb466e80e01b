//! The scenarios of this repository: well formed, described, and listed on their page.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use rescue_harness::scenario::{Scenario, load};
use rescue_harness::vocabulary::embedded;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn library() -> Vec<(PathBuf, Scenario)> {
    files(&folder())
        .into_iter()
        .map(|path| (path.clone(), load(&path).unwrap()))
        .collect()
}

#[test]
fn every_history_names_known_subjects_and_revisions() {
    let vocabularies = embedded().unwrap();
    for (path, scenario) in library() {
        for (subject, history) in &scenario.history {
            let vocabulary = vocabularies
                .iter()
                .find(|vocabulary| vocabulary.subject() == subject);
            let vocabulary = vocabulary
                .unwrap_or_else(|| panic!("{}: no subject is called {subject}", path.display()));
            let order: Vec<String> = vocabulary
                .revisions()
                .iter()
                .map(|revision| revision.name.clone())
                .collect();
            let unknown = history.unknown_revisions(&order);
            assert!(
                unknown.is_empty(),
                "{}: unknown revisions {unknown:?}",
                path.display()
            );
        }
    }
}

#[test]
fn every_scenario_says_what_went_wrong_and_where_it_comes_from() {
    for (path, scenario) in library() {
        assert!(
            scenario.description.is_some(),
            "{} has no description",
            path.display()
        );
        assert!(
            !scenario.source.0.is_empty(),
            "{} has no source",
            path.display()
        );
    }
}

#[test]
fn no_two_scenarios_have_the_same_title() {
    let mut titles: Vec<String> = library()
        .into_iter()
        .map(|(_, scenario)| scenario.title)
        .collect();
    titles.sort();
    let twice: Vec<_> = titles
        .windows(2)
        .filter(|pair| pair[0] == pair[1])
        .map(|pair| &pair[0])
        .collect();
    assert!(twice.is_empty(), "{twice:?}");
}

#[test]
fn the_page_is_made_of_the_files_as_they_are() {
    let page = std::fs::read_to_string(folder().join("README.md")).unwrap();
    let made = Command::cargo_bin("rescue-harness")
        .unwrap()
        .arg("readme")
        .arg(folder())
        .assert()
        .success();
    let made = String::from_utf8_lossy(&made.get_output().stdout).into_owned();
    assert!(
        page == made,
        "scenarios/README.md is not current; make it with: rescue-harness readme scenarios > scenarios/README.md"
    );
}

#[test]
fn the_schema_beside_the_scenarios_is_current() {
    let printed = Command::cargo_bin("rescue-harness")
        .unwrap()
        .arg("schema")
        .output()
        .unwrap();
    let kept = std::fs::read(folder().join("schema.json")).unwrap();
    assert!(
        printed.stdout == kept,
        "scenarios/schema.json is old: cargo run -- schema --install scenarios"
    );
}
