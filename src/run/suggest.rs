//! What a file would have to say so that an expectation holds: for `run --bless`.

use serde_json::{Map, Value, json};

use super::stage::Stage;
use crate::scenario::text::Expected;

/// Captures that may stand for their values in a file, where the value is long enough to be no coincidence.
const SHORTEST: usize = 6;

/// A value in the form that a file has it; `name` is the field that it belongs to.
pub(super) fn value(
    stage: &Stage,
    name: &str,
    expected: &Expected,
    actual: Option<&Value>,
) -> Value {
    let living: Vec<i64> = stage
        .world
        .borrow()
        .living()
        .into_iter()
        .map(|(pid, _)| i64::from(pid))
        .collect();
    match actual {
        None => json!({"is": "absent"}),
        Some(Value::Number(pid)) if name.ends_with("pid") => {
            let alive = pid.as_i64().is_some_and(|pid| living.contains(&pid));
            json!({"is": if alive { "alive" } else { "dead" }})
        }
        Some(Value::Null) => Value::Null,
        Some(_) if matches!(expected, Expected::Is(_)) => json!({"is": "present"}),
        Some(Value::String(text)) => {
            says(stage, text).unwrap_or_else(|| Value::String(filled(stage, text)))
        }
        Some(other) => other.clone(),
    }
}

/// What a hook added, as a file names it.
pub(super) fn context(stage: &Stage, contexts: &[String]) -> Value {
    let text = contexts.join("\n");
    match says(stage, &text) {
        _ if contexts.is_empty() => "none".into(),
        Some(Value::Object(says)) if says.len() == 1 => {
            says.get("says").cloned().unwrap_or_default()
        }
        Some(says) => says,
        None => json!({"contains": filled(stage, &text)}),
    }
}

/// The text as an entry of the vocabulary, with the placeholders that the run does not fill by itself.
fn says(stage: &Stage, text: &str) -> Option<Value> {
    let found = stage.subject.vocabulary.recognise(text)?;
    let captured = stage.captured();
    let mut says = Map::from_iter([("says".to_owned(), Value::from(found.name))]);
    for (name, value) in found.captures {
        if captured.get(&name) != Some(&value) {
            says.insert(name, filled(stage, &value).into());
        }
    }
    Some(says.into())
}

/// The text with captures in place of their values.
fn filled(stage: &Stage, text: &str) -> String {
    let mut captured: Vec<(String, String)> = stage
        .captured()
        .into_iter()
        .filter(|(_, value)| value.len() >= SHORTEST)
        .collect();
    captured
        .sort_by_key(|(name, value)| (std::cmp::Reverse(value.len()), name.starts_with("jobs.")));
    captured
        .iter()
        .fold(text.to_owned(), |text, (name, value)| {
            text.replace(value, &format!("${{{name}}}"))
        })
}
