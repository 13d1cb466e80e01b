//! The recorded cases.

use std::path::Path;

use fake_codex::script::Version;
use fake_codex::transcript::{Entry, Transcript};
use serde_json::Value;

/// A recorded case.
pub struct Case {
    /// Its name.
    pub name: String,
    /// What went over the wire.
    pub transcript: Transcript,
}

/// Cases that share a `CODEX_HOME`, in order.
pub struct Group {
    /// The version that was recorded.
    pub version: Version,
    /// The cases.
    pub cases: Vec<Case>,
}

impl Group {
    /// The name of its first case, with the version.
    pub fn name(&self) -> String {
        self.case_name(&self.cases[0])
    }

    /// The name of a case, with the version.
    pub fn case_name(&self, case: &Case) -> String {
        format!("{}/{}", self.version.number(), case.name)
    }
}

/// Every recorded case of a version.
pub fn groups(version: Version, folder: &Path) -> Vec<Group> {
    let path = folder.join(format!("codex-{}.jsonl", version.number()));
    let text = std::fs::read_to_string(path).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let mut groups: Vec<Group> = Vec::new();
    for line in &lines {
        if let Some(name) = line["case"].as_str() {
            let case = Case {
                name: name.to_owned(),
                transcript: Transcript::default(),
            };
            let second = name.ends_with(".after") || name.ends_with(".2");
            if !second {
                groups.push(Group {
                    version,
                    cases: Vec::new(),
                });
            }
            groups.last_mut().unwrap().cases.push(case);
            continue;
        }
        let mut entry = line.clone();
        if let Some(number) = line["again"].as_u64() {
            entry = lines[usize::try_from(number).unwrap() - 1].clone();
            entry["t"] = line["t"].clone();
        }
        let entry: Entry = serde_json::from_value(entry).unwrap();
        let case = groups.last_mut().unwrap().cases.last_mut().unwrap();
        case.transcript.entries.push(entry);
    }
    groups
}
