//! The JUnit report is read by readers of JUnit reports, the JSON report by its own schema.

use std::process::Command;

use crate::{harness, scenarios, skipped, tool};

const READER: &str = "
import sys
from junitparser import JUnitXml
report = JUnitXml.fromfile(sys.argv[1])
for suite in report:
    for case in suite:
        kinds = ','.join(type(result).__name__ for result in case.result)
        print(suite.name, case.name, kinds or 'passed', sep='|')
print(report.tests, report.failures, report.errors, sep='|')
";

fn report(format: &str, name: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = scenarios();
    let path = folder.path().join(name);
    let report = format!("{format}={}", path.display());
    harness(folder.path())
        .args(["run", "--label", "a <label>", "--report", &report])
        .assert()
        .code(1);
    (folder, path)
}

#[test]
fn the_report_is_read_back_as_it_was_meant() {
    let (_folder, path) = report("junit", "report.xml");
    let text = std::fs::read_to_string(path).unwrap();
    let report = quick_junit::Report::deserialize_from_str(&text).unwrap();
    assert_eq!((report.tests, report.failures, report.errors), (2, 1, 0));
    let suite = &report.test_suites[0];
    assert_eq!(suite.name.as_str(), "mine");
    let named = |name: &str| {
        let case = suite
            .test_cases
            .iter()
            .find(|case| case.name.as_str() == name);
        case.unwrap()
    };
    let failed = named("mine/bad");
    let quick_junit::TestCaseStatus::NonSuccess { message, .. } = &failed.status else {
        panic!("{failed:?}");
    };
    let message = message.as_ref().unwrap().as_str();
    assert!(
        message.starts_with("told: expected done, got failed"),
        "{message}"
    );
    let subject = failed
        .properties
        .iter()
        .find(|property| property.name.as_str() == "subject");
    assert_eq!(subject.unwrap().value.as_str(), "builtin (a <label>)");
}

#[test]
fn a_reader_of_another_language_reads_it_too() {
    let Some(python) = tool(&["python3"], "install Python") else {
        return;
    };
    let known = Command::new(&python)
        .args(["-c", "import junitparser"])
        .output()
        .unwrap();
    if !known.status.success() {
        return skipped("no junitparser here: pip install junitparser");
    }
    let (_folder, path) = report("junit", "report.xml");
    let read = Command::new(&python)
        .args(["-c", READER])
        .arg(path)
        .output()
        .unwrap();
    let text = String::from_utf8(read.stdout).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines,
        ["mine|mine/bad|Failure", "mine|mine/good|passed", "2|1|0"],
        "{}",
        String::from_utf8_lossy(&read.stderr)
    );
}

#[test]
fn the_json_report_is_as_its_schema_says() {
    let (folder, path) = report("json", "report.json");
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let schema = harness(folder.path())
        .args(["schema", "report"])
        .output()
        .unwrap()
        .stdout;
    let schema: serde_json::Value = serde_json::from_slice(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let problems: Vec<String> = validator
        .iter_errors(&report)
        .map(|problem| problem.to_string())
        .collect();
    assert_eq!(problems, Vec::<String>::new());
    assert!(!validator.is_valid(&serde_json::json!({"version": 1, "scenarios": [{}]})));
    assert_eq!(report["scenarios"][0]["failures"][0]["line"], 4);
}
