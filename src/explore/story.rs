//! What was found as a scenario that a person can read.

use serde_json::{Map, Value};

use super::document::Case;
use super::finding::Breach;
use super::schedule::Schedule;
use super::yaml;
use crate::runner::SubjectChoice;

/// The keys of a scenario in the order in which people read them.
const ORDER: [&str; 12] = [
    "title",
    "description",
    "source",
    "claude",
    "plugin-folder",
    "clock",
    "codex",
    "files",
    "jobs",
    "gates",
    "steps",
    "expect",
];

/// The text of the file: who found it, what must hold, and the scenario. What must hold in every run needs no
/// expectation, so it has none. The folder of a plugin is not named: it is another one wherever the file is read.
pub fn scenario(
    case: &Case,
    subject: &SubjectChoice,
    breach: &Breach,
    schedule: &Schedule,
    value: &Map<String, Value>,
) -> String {
    let mut told: Vec<String> = schedule.0.iter().map(|cut| cut.told()).collect();
    if told.is_empty() {
        told.push("nothing else happens".into());
    }
    let title = format!(
        "{}, also when {}",
        capital(&breach.rule),
        told.join(", and ")
    );
    let description = format!(
        "Found by an exploration of {}. What was seen: {}. What must hold in every run needs no expectation.",
        case.name, breach.detail
    );
    let mut whole = Map::new();
    whole.insert("title".into(), title.into());
    whole.insert("description".into(), description.into());
    whole.insert("source".into(), "explore".into());
    for key in ORDER {
        if let (false, Some(value)) = (whole.contains_key(key), value.get(key)) {
            whole.insert(key.into(), value.clone());
        }
    }
    let plugin = match subject {
        SubjectChoice::Builtin => "",
        SubjectChoice::Plugin { .. } => "--plugin DIR ",
    };
    format!(
        "# rescue-harness explore {plugin}--replay '{schedule}' {}\n{}",
        case.file,
        yaml::scenario(&whole)
    )
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_file_says_what_must_hold_and_how_to_see_it_again() {
        let case = Case {
            name: "promises/p01".into(),
            file: "scenarios/promises/p01.yaml".into(),
            text: String::new(),
        };
        let breach = Breach {
            rule: "no job is called active for ever".into(),
            detail: "<job> is called queued".into(),
        };
        let schedule: Schedule = "sigkill@launcher.3".parse().unwrap();
        let value = json!({
            "title": "old",
            "steps": [{"agent": {"task": "\"fix: it\""}}],
            "gates": [{"before": {"rename": "*/state.json"}, "then": {"kill": "SIGKILL"}}],
        });
        let value = value.as_object().unwrap();
        let plugin = SubjectChoice::Plugin {
            path: "/somewhere".into(),
            revision: None,
        };
        let text = scenario(&case, &plugin, &breach, &schedule, value);
        assert!(text.starts_with("# rescue-harness explore --plugin DIR --replay 'sigkill@"));
        let text = scenario(&case, &SubjectChoice::Builtin, &breach, &schedule, value);
        assert!(text.starts_with(
            "# rescue-harness explore --replay 'sigkill@launcher.3' scenarios/promises/p01.yaml\n"
        ));
        let read = crate::scenario::parse("x.yaml", &text).unwrap();
        assert_eq!(
            read.title,
            "No job is called active for ever, also when the launcher is killed"
        );
        assert!(text.find("gates:") < text.find("steps:"));
    }
}
