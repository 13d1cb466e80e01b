//! Orders that the real Codex keeps: learnt from its recordings, and asked of the fake.
//!
//! Of two kinds of message one may come before the other in every recording in which both come.
//! With enough recordings that is an order of the program and no accident.

use std::collections::{BTreeMap, HashMap};

use fake_codex::transcript::{Transcript, Way};
use serde_json::Value;

use crate::recordings::Group;

/// So many recordings must agree on an order.
const EVIDENCE: usize = 6;

/// The orders that a version keeps.
#[derive(Debug, Default)]
pub struct Orders {
    /// The earlier and the later kind, and how many recordings have both.
    kept: BTreeMap<(String, String), usize>,
}

impl Orders {
    /// What the recordings of a version agree on.
    pub fn learn<'a>(groups: impl IntoIterator<Item = &'a Group>) -> Self {
        let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
        for case in groups.into_iter().flat_map(|group| &group.cases) {
            let requests = requests(&case.transcript);
            let messages = case.transcript.entries.iter();
            let messages = messages.filter(|entry| entry.dir == Way::ToClient);
            let order = firsts(messages.map(|entry| &entry.msg), &requests);
            for (at, earlier) in order.iter().enumerate() {
                for later in &order[at + 1..] {
                    *seen.entry((earlier.clone(), later.clone())).or_default() += 1;
                }
            }
        }
        let contradicted = |(a, b): &(String, String)| seen.contains_key(&(b.clone(), a.clone()));
        let kept = seen
            .iter()
            .filter(|(pair, count)| **count >= EVIDENCE && !contradicted(pair))
            .map(|(pair, count)| (pair.clone(), *count))
            .collect();
        Self { kept }
    }

    /// How many orders are known.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// The orders that these messages, of a client that sent what the transcript has, do not keep.
    pub fn broken(&self, sent: &[Value], transcript: &Transcript) -> Vec<String> {
        let order = firsts(sent.iter(), &requests(transcript));
        let mut found = Vec::new();
        for (at, earlier) in order.iter().enumerate() {
            for later in &order[at + 1..] {
                if let Some(count) = self.kept.get(&(later.clone(), earlier.clone())) {
                    found.push(format!(
                        "{earlier} comes before {later}; in {count} recordings it comes after it"
                    ));
                }
            }
        }
        found
    }
}

/// The methods of the client's requests by their ids.
fn requests(transcript: &Transcript) -> HashMap<String, &str> {
    let sent = transcript
        .entries
        .iter()
        .filter(|entry| entry.dir == Way::ToServer);
    sent.filter_map(|entry| Some((entry.msg["id"].to_string(), entry.msg["method"].as_str()?)))
        .collect()
}

/// The kinds of messages, in the order in which each first comes.
fn firsts<'v>(
    messages: impl Iterator<Item = &'v Value>,
    requests: &HashMap<String, &str>,
) -> Vec<String> {
    let mut order = Vec::new();
    for kind in messages.filter_map(|message| kind(message, requests)) {
        if !order.contains(&kind) {
            order.push(kind);
        }
    }
    order
}

/// What a message is: a reply by its request, a notification by its method and what it is about.
fn kind(message: &Value, requests: &HashMap<String, &str>) -> Option<String> {
    let Some(method) = message["method"].as_str() else {
        let asked = requests.get(&message["id"].to_string())?;
        let way = if message.get("error").is_some() {
            "refusal of"
        } else {
            "reply to"
        };
        return Some(format!("the {way} {asked}"));
    };
    let params = &message["params"];
    let about = params["item"]["type"]
        .as_str()
        .or_else(|| params["status"]["type"].as_str())
        .unwrap_or_default();
    Some(format!("{method} {about}").trim_end().to_owned())
}
