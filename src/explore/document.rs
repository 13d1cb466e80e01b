//! A scenario as a tree that things can be added to and taken from.

use serde_json::{Map, Value, json};

use super::tries::Edit;
use crate::scenario::parse;

/// A scenario to explore.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its name: the path without the ending.
    pub name: String,
    /// Its file, as the user knows it.
    pub file: String,
    /// The file's text.
    pub text: String,
}

/// Why a scenario cannot be explored.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("{file} cannot be explored: {why}")]
pub struct NotExplorable {
    /// The file.
    pub file: String,
    /// The reason.
    pub why: String,
}

/// How long nothing is done at the end: whatever ends by itself has ended then, and what has not is there for ever.
const WHILE: &str = "8h";
/// How long a command may take. What takes longer hangs.
const WITHIN: &str = "6h";

/// What says something about the file or expects something; what is explored is judged by what every run must hold.
const SAYINGS: [&str; 5] = ["description", "source", "tags", "history", "expect"];

/// The world and the story of a scenario, without what it expects.
#[derive(Debug, Clone)]
pub(super) struct Document {
    value: Map<String, Value>,
    /// How many gates the scenario has of its own.
    pub(super) gates: usize,
}

impl Document {
    pub(super) fn read(case: &Case) -> Result<Document, NotExplorable> {
        let refused = |why: String| NotExplorable {
            file: case.file.clone(),
            why,
        };
        let mut value: Map<String, Value> =
            serde_saphyr::from_str(&case.text).map_err(|error| refused(error.to_string()))?;
        let leftovers = value.get("expect").and_then(|it| it.get("leftovers"));
        let leftovers = leftovers
            .and_then(Value::as_array)
            .filter(|it| !it.is_empty());
        let leftovers = leftovers.map(|leftovers| json!({"leftovers": leftovers}));
        value.retain(|key, _| !SAYINGS.contains(&key.as_str()));
        if let Some(Value::Array(steps)) = value.get_mut("steps") {
            strip(steps);
            steps.push(json!({"advance": WHILE}));
        }
        let mut gates = 0;
        if let Some(Value::Array(own)) = value.get_mut("gates") {
            gates = own.len();
            for gate in own {
                if let Some(Value::Array(steps)) = gate.get_mut("do") {
                    strip(steps);
                }
            }
        }
        // Who is meant to stay stays; whether somebody else does is not judged in such a scenario.
        if let Some(leftovers) = leftovers {
            value.insert("expect".into(), leftovers);
        }
        let document = Document { value, gates };
        parse(&case.file, &text(&document.with(&[])))
            .map_err(|error| refused(error.to_string()))?;
        Ok(document)
    }

    /// The scenario with something added.
    pub(super) fn with(&self, edits: &[&Edit]) -> Map<String, Value> {
        let mut value = self.value.clone();
        for edit in edits {
            match edit {
                Edit::Gate(gate) => push(&mut value, "gates", gate),
                Edit::Fault(fault) => {
                    let codex = value.entry("codex").or_insert_with(|| json!({}));
                    if let Value::Object(codex) = codex {
                        push(codex, "faults", fault);
                    }
                }
            }
        }
        value
    }
}

fn push(map: &mut Map<String, Value>, key: &str, item: &Value) {
    if let Value::Array(list) = map.entry(key).or_insert_with(|| json!([])) {
        list.push(item.clone());
    }
}

/// The scenario as a text that can be run; JSON is YAML.
pub(super) fn text(value: &Map<String, Value>) -> String {
    Value::Object(value.clone()).to_string()
}

/// Takes expectations out of steps.
fn strip(steps: &mut Vec<Value>) {
    steps.retain(|step| step.get("expect").is_none());
    for step in steps {
        let Some((kind, Value::Object(body))) =
            step.as_object_mut().and_then(|step| step.iter_mut().next())
        else {
            continue;
        };
        body.remove("expect");
        body.remove("blocked");
        if matches!(kind.as_str(), "companion" | "shell" | "watch")
            && body.get("background") != Some(&Value::Bool(true))
        {
            body.insert("within".into(), WITHIN.into());
        }
        if let Some(Value::Array(during)) = body.get_mut("during") {
            strip(during);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(text: &str) -> Case {
        Case {
            name: "t".into(),
            file: "t.yaml".into(),
            text: text.into(),
        }
    }

    #[test]
    fn expectations_go_and_the_story_stays() {
        let document = Document::read(&case(
            "title: t\nsource: F1\nsteps:\n  - agent: {task: x, expect: {told: done}, during: [expect: {told: done}, advance: 1s]}\n  - expect: {told: done}\nexpect: {told: done}\n",
        ));
        let value = document.unwrap().with(&[]);
        let expected = json!({
            "title": "t",
            "steps": [{"agent": {"task": "x", "during": [{"advance": "1s"}]}}, {"advance": "8h"}],
        });
        assert_eq!(Value::Object(value), expected);
    }

    #[test]
    fn a_gate_and_a_fault_are_added_to_what_is_there() {
        let text = "title: t\ngates: [{before: {fork: '*'}, do: [expect: {told: done}]}]\nsteps: [agent: {task: x}]\n";
        let document = Document::read(&case(text)).unwrap();
        assert_eq!(document.gates, 1);
        let gate = Edit::Gate(json!({"before": {"exec": "x"}}));
        let fault = Edit::Fault(json!({"before": "turn/start", "do": "drop"}));
        let value = document.with(&[&gate, &fault]);
        assert_eq!(value["gates"].as_array().unwrap().len(), 2);
        assert_eq!(value["gates"][0]["do"], json!([]));
        assert_eq!(value["codex"]["faults"][0]["do"], "drop");
    }

    #[test]
    fn every_scenario_of_the_library_can_be_explored() {
        let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")];
        let mut count = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|it| it == "yaml") {
                    count += 1;
                    let text = std::fs::read_to_string(&path).unwrap();
                    Document::read(&case(&text))
                        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                }
            }
        }
        assert!(count > 100);
    }
}
