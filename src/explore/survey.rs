//! What a run came to: the places where a gate can hold a process, and the messages of the protocol.

use std::collections::HashMap;

use serde_json::Value;

/// A place where a gate can hold a process, just before or after it does something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The process in the story.
    pub(super) actor: String,
    /// Which of its places it is, from 1.
    pub(super) ordinal: u64,
    /// What it does, as the key of a gate.
    pub(super) operation: String,
    /// Only told where a program begins; everywhere else the place is before.
    pub(super) after: bool,
    /// What it touches, redacted.
    pub(super) text: String,
    /// Its command line, redacted.
    pub(super) command: String,
    /// The position in the log.
    pub(super) seq: u64,
    /// No other place of this process comes after it.
    pub(super) is_last: bool,
}

/// A message that passed a point of the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Passage {
    /// Codex received it; else Codex sent it.
    pub(super) received: bool,
    /// Its method, or that of the request that it answers.
    pub(super) method: String,
    /// What kind of message it is.
    pub(super) kind: Kind,
    /// Which passage of this point it is, from 1.
    pub(super) nth: u64,
    /// The position in the log.
    pub(super) seq: u64,
    /// No other passage of this point comes after it.
    pub(super) is_last: bool,
}

/// The kinds of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// One that must be answered.
    Request,
    /// An answer.
    Answer,
    /// One that nobody answers.
    Notification,
}

impl Passage {
    /// The point as a fault names it.
    pub(super) fn point(&self) -> String {
        match (self.kind, self.received) {
            (Kind::Answer, true) => format!("{} answer", self.method),
            (Kind::Answer, false) => format!("{} reply", self.method),
            _ => self.method.clone(),
        }
    }

    /// The point as a schedule names it.
    pub(super) fn whom(&self) -> String {
        self.point().replace(' ', ":")
    }
}

/// Everything that a run came to.
#[derive(Debug, Clone, Default)]
pub(super) struct Survey {
    pub(super) places: Vec<Place>,
    pub(super) passages: Vec<Passage>,
}

impl Survey {
    /// Reads the event log of a run with a survey.
    pub(super) fn read(events: &[Value]) -> Survey {
        let mut survey = Survey::default();
        let mut commands: HashMap<String, String> = HashMap::new();
        let mut counts = HashMap::new();
        for event in events {
            let seq = event.get("seq").and_then(Value::as_u64).unwrap_or_default();
            let text = |path: &str| {
                let value = event.pointer(path).and_then(Value::as_str);
                value.unwrap_or_default().to_owned()
            };
            if event.pointer("/what/process").is_some() {
                commands.insert(text("/what/process/pid"), text("/what/process/command"));
            } else if let Some(point) = event.pointer("/what/point") {
                survey.places.push(Place {
                    actor: text("/actor"),
                    ordinal: point.get("ordinal").and_then(Value::as_u64).unwrap_or(0),
                    operation: text("/what/point/operation"),
                    after: text("/what/point/when") == "after",
                    text: text("/what/point/text"),
                    command: commands
                        .get(&text("/what/point/pid"))
                        .cloned()
                        .unwrap_or_default(),
                    seq,
                    is_last: false,
                });
            } else if let Some(mut passage) = passage(event, seq) {
                let key = (passage.received, passage.method.clone(), passage.kind);
                let count = counts.entry(key).or_insert(0);
                *count += 1;
                passage.nth = *count;
                survey.passages.push(passage);
            }
        }
        survey.mark_last();
        survey
    }

    fn mark_last(&mut self) {
        let mut seen = Vec::new();
        for place in self.places.iter_mut().rev() {
            place.is_last = !seen.contains(&place.actor);
            seen.push(place.actor.clone());
        }
        let mut seen = Vec::new();
        for passage in self.passages.iter_mut().rev() {
            let point = (passage.received, passage.point());
            passage.is_last = !seen.contains(&point);
            seen.push(point);
        }
    }

    /// What comes after this position in the log; counts stay those of the whole run.
    pub(super) fn after(&self, seq: u64) -> Survey {
        Survey {
            places: self
                .places
                .iter()
                .filter(|it| it.seq > seq)
                .cloned()
                .collect(),
            passages: self
                .passages
                .iter()
                .filter(|it| it.seq > seq)
                .cloned()
                .collect(),
        }
    }
}

/// The position of the last thing in the log that a gate from this one on, or a fault, did.
pub(super) fn last_effect(events: &[Value], first_gate: usize) -> Option<u64> {
    let is_effect = |event: &&Value| {
        let gate = event.pointer("/what/gate/gate").and_then(Value::as_str);
        let number = gate.and_then(|gate| gate.strip_prefix("gate ")?.parse::<usize>().ok());
        let outcome = event.pointer("/what/gate/outcome").and_then(Value::as_str);
        let acted = matches!(outcome, Some("acted" | "held"));
        let by_gate = acted && number.is_some_and(|number| number > first_gate);
        let fault = event.pointer("/what/codex/kind").and_then(Value::as_str) == Some("fault");
        by_gate || fault
    };
    let last = events.iter().rfind(is_effect)?;
    last.get("seq").and_then(Value::as_u64)
}

fn passage(event: &Value, seq: u64) -> Option<Passage> {
    let report = event.pointer("/what/codex")?;
    let received = match report.get("kind")?.as_str()? {
        "received" => true,
        "sent" => false,
        _ => return None,
    };
    let method = report
        .get("method")?
        .as_str()
        .filter(|method| !method.is_empty())?;
    let message = report.get("message");
    let has = |name: &str| message.is_some_and(|message| message.get(name).is_some());
    let kind = match (has("method"), has("id")) {
        (true, true) => Kind::Request,
        (false, true) => Kind::Answer,
        _ => Kind::Notification,
    };
    Some(Passage {
        received,
        method: method.to_owned(),
        kind,
        nth: 0,
        seq,
        is_last: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn log() -> Vec<Value> {
        let what = [
            json!({"process": {"pid": "<pid:1>", "command": "companion task-worker --job-id <job:1>"}}),
            json!({"point": {"ordinal": 1, "pid": "<pid:1>", "operation": "open", "when": "before", "text": "/d/state.json"}}),
            json!({"codex": {"kind": "received", "method": "turn/start", "message": {"id": 1, "method": "turn/start"}}}),
            json!({"codex": {"kind": "sent", "method": "turn/start", "message": {"id": 1, "result": {}}}}),
            json!({"gate": {"gate": "gate 2", "outcome": "acted", "detail": ""}}),
            json!({"point": {"ordinal": 2, "pid": "<pid:1>", "operation": "write", "when": "before", "text": "/d/state.json"}}),
        ];
        let event = |(seq, what)| json!({"seq": seq, "actor": "worker", "what": what});
        what.into_iter().enumerate().map(event).collect()
    }

    #[test]
    fn places_have_the_command_of_their_process_and_messages_their_kind() {
        let survey = Survey::read(&log());
        assert_eq!(survey.places.len(), 2);
        assert!(survey.places[0].command.contains("task-worker"));
        assert!(!survey.places[0].is_last && survey.places[1].is_last);
        let points: Vec<_> = survey.passages.iter().map(Passage::whom).collect();
        assert_eq!(points, ["turn/start", "turn/start:reply"]);
        assert_eq!(survey.passages[0].kind, Kind::Request);
    }

    #[test]
    fn only_own_gates_and_faults_are_effects_of_a_cut() {
        assert_eq!(last_effect(&log(), 1), Some(4));
        assert_eq!(last_effect(&log(), 2), None);
        assert_eq!(Survey::read(&log()).after(4).places.len(), 1);
    }
}
