//! Comparing a recorded message with one of the fake.

use std::collections::HashMap;

use serde_json::Value;

/// Which recorded id is which id of the fake.
#[derive(Debug, Default)]
pub struct Identities {
    to_fake: HashMap<String, String>,
    to_recorded: HashMap<String, String>,
}

/// Fields that are times, durations or numbers of processes: whether they are there is compared,
/// their type and their unit.
const TIMES: [&str; 10] = [
    "createdAt",
    "updatedAt",
    "recencyAt",
    "startedAt",
    "completedAt",
    "startedAtMs",
    "completedAtMs",
    "emittedAtMs",
    "durationMs",
    "processId",
];

/// Whether a time is there as it was recorded, of the same type and in the same unit.
fn is_like(name: &str, recorded: &Value, found: &Value) -> bool {
    // Times of the year 2001 and later, and durations of less than a day.
    let milliseconds = 1_000_000_000_000..=10_000_000_000_000_u64;
    let seconds = 1_000_000_000..=10_000_000_000_u64;
    match (recorded, found) {
        (Value::Null, Value::Null) | (Value::String(_), Value::String(_)) => true,
        // A script that took a message over from the recording tells the time of the recording.
        (recorded, found) if name.ends_with("AtMs") && recorded == found => true,
        (Value::Number(_), Value::Number(found)) => {
            found.as_u64().is_some_and(|found| match name {
                "durationMs" => found < 86_400_000,
                _ if name.ends_with("Ms") => milliseconds.contains(&found),
                _ => seconds.contains(&found),
            })
        }
        _ => false,
    }
}

/// How much of a text is what a placeholder stands for.
type Length = fn(&str) -> Option<usize>;

/// Placeholders of a recording, and what they stand for.
const PLACEHOLDERS: [(&str, Length); 4] = [
    ("<date>", |text| {
        prefix(text, 19, |c| c.is_ascii_digit() || "-T".contains(c))
    }),
    ("<day>", |text| {
        prefix(text, 10, |c| c.is_ascii_digit() || c == '/')
    }),
    ("<sha>", |text| prefix(text, 40, |c| c.is_ascii_hexdigit())),
    ("<time>", |text| text.find('Z').map(|at| at + 1)),
];

fn prefix(text: &str, length: usize, fits: impl Fn(char) -> bool) -> Option<usize> {
    (text.len() >= length && text.chars().take(length).all(fits)).then_some(length)
}

impl Identities {
    /// The fake's id for a recorded one; a new one if there is none yet.
    pub fn fake(&mut self, recorded: &str) -> String {
        if let Some(known) = self.to_fake.get(recorded) {
            return known.clone();
        }
        let new = uuid::Uuid::now_v7().to_string();
        self.join(recorded, &new);
        new
    }

    /// The recorded id for one of the fake.
    pub fn recorded(&self, fake: &str) -> Option<&String> {
        self.to_recorded.get(fake)
    }

    /// Takes two ids for the same; false if either is known as another.
    pub fn join(&mut self, recorded: &str, fake: &str) -> bool {
        match (self.to_fake.get(recorded), self.to_recorded.get(fake)) {
            (None, None) => {
                self.to_fake.insert(recorded.to_owned(), fake.to_owned());
                self.to_recorded
                    .insert(fake.to_owned(), recorded.to_owned());
                true
            }
            (Some(known), _) => known == fake,
            _ => false,
        }
    }

    /// Puts the fake's ids into a recorded message of the client.
    pub fn translate(&mut self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("<uuid:") {
            let end = at + rest[at..].find('>').unwrap() + 1;
            out.push_str(&rest[..at]);
            let id = self.fake(&rest[at..end]);
            out.push_str(&id);
            rest = &rest[end..];
        }
        out.push_str(rest);
        out
    }

    /// Compares two messages; where they differ and how.
    pub fn differences(&mut self, recorded: &Value, fake: &Value) -> Vec<String> {
        let mut found = Vec::new();
        self.compare("", recorded, fake, &mut found);
        found
    }

    fn compare(&mut self, place: &str, recorded: &Value, fake: &Value, found: &mut Vec<String>) {
        match (recorded, fake) {
            (Value::Object(recorded), Value::Object(fake)) => {
                for (name, value) in recorded {
                    let place = format!("{place}.{name}");
                    match fake.get(name) {
                        None => found.push(format!("{place} is missing, recorded is {value}")),
                        Some(other) if TIMES.contains(&name.as_str()) => {
                            if !is_like(name, value, other) {
                                found.push(format!("{place} is {other}, recorded is {value}"));
                            }
                        }
                        // It is a place in the list, which holds times.
                        Some(other) if name.ends_with("BackwardsCursor") => {
                            if value.is_string() != other.is_string() {
                                found.push(format!("{place} is {other}, recorded is {value}"));
                            }
                        }
                        Some(other) => self.compare(&place, value, other, found),
                    }
                }
                for name in fake.keys().filter(|name| !recorded.contains_key(*name)) {
                    found.push(format!("{place}.{name} is not in the recording"));
                }
            }
            (Value::Array(recorded), Value::Array(fake)) if recorded.len() == fake.len() => {
                for (index, (recorded, fake)) in recorded.iter().zip(fake).enumerate() {
                    self.compare(&format!("{place}[{index}]"), recorded, fake, found);
                }
            }
            (Value::String(recorded), Value::String(fake)) => {
                if !self.same_text(recorded, fake) {
                    found.push(format!("{place} is {fake:?}, recorded is {recorded:?}"));
                }
            }
            (recorded, fake) if recorded == fake => {}
            (recorded, fake) => {
                found.push(format!("{place} is {fake}, recorded is {recorded}"));
            }
        }
    }

    fn same_text(&mut self, recorded: &str, fake: &str) -> bool {
        let (mut recorded, mut fake) = (recorded, fake);
        while let Some(at) = recorded.find('<') {
            if fake.get(..at) != Some(&recorded[..at]) {
                return false;
            }
            (recorded, fake) = (&recorded[at..], &fake[at..]);
            // What a script took over from the recording stands there with its placeholders.
            let end = recorded.find('>').unwrap_or(0);
            if fake.get(..=end) == Some(&recorded[..=end]) {
                (recorded, fake) = (&recorded[end + 1..], &fake[end + 1..]);
                continue;
            }
            if let Some(end) = recorded
                .starts_with("<uuid:")
                .then(|| recorded.find('>'))
                .flatten()
            {
                let Some(id) = fake.get(..36) else {
                    return false;
                };
                if !self.join(&recorded[..=end], id) {
                    return false;
                }
                (recorded, fake) = (&recorded[end + 1..], &fake[36..]);
                continue;
            }
            let known = PLACEHOLDERS
                .iter()
                .find(|(name, _)| recorded.starts_with(name));
            let Some((name, length)) = known else {
                if !fake.starts_with('<') {
                    return false;
                }
                (recorded, fake) = (&recorded[1..], &fake[1..]);
                continue;
            };
            let Some(length) = length(fake) else {
                return false;
            };
            (recorded, fake) = (&recorded[name.len()..], &fake[length..]);
        }
        recorded == fake
    }

    /// The message with names of objects that are ids of the fake put into recorded ones.
    pub fn with_recorded_names(&self, fake: &Value) -> Value {
        match fake {
            Value::Object(map) => map
                .iter()
                .map(|(name, value)| {
                    let name = self.recorded(name).unwrap_or(name).clone();
                    (name, self.with_recorded_names(value))
                })
                .collect::<serde_json::Map<_, _>>()
                .into(),
            Value::Array(list) => list.iter().map(|v| self.with_recorded_names(v)).collect(),
            other => other.clone(),
        }
    }
}
