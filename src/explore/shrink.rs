//! Makes what was found as small as it gets: fewer things that happen, a simpler scenario.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::document::{Case, Document, text};
use super::finding::Breach;
use super::runs::{Runs, Stopped, Wanted};
use super::tries::Try;
use crate::lint;
use crate::scenario::parse;

/// How many runs one finding is worth at most.
const MOST: usize = 120;

type Scenario = Map<String, Value>;

/// The smallest scenario that breaks the same rule in the same way, and whether it was seen to, run as `run` does it.
pub(super) fn shrink(
    case: &Case,
    document: &Document,
    tried: &[Try],
    breach: &Breach,
    runs: &mut Runs<'_>,
) -> Result<(Scenario, bool), Stopped> {
    let mut shrinking = Shrinking {
        case,
        breach,
        runs,
        seen: HashSet::new(),
        left: MOST,
    };
    let all: Vec<_> = tried.iter().map(|tried| &tried.edit).collect();
    let mut value = document.with(&all);
    // Few things that happen come before everything else.
    let fewer: Vec<Scenario> = (0..all.len())
        .map(|left_out| {
            let rest = all
                .iter()
                .enumerate()
                .filter(|(index, _)| *index != left_out);
            document.with(&rest.map(|(_, edit)| *edit).collect::<Vec<_>>())
        })
        .collect();
    if let Some(small) = shrinking.first(fewer)? {
        value = small;
    }
    loop {
        let candidates = removals(&value).chain(shorter(&value)).collect();
        match shrinking.first(candidates)? {
            Some(small) => value = small,
            None => break,
        }
    }
    let confirmed = shrinking.confirm(&mut value)?;
    Ok((value, confirmed))
}

struct Shrinking<'a, 'b> {
    case: &'a Case,
    breach: &'a Breach,
    runs: &'a mut Runs<'b>,
    seen: HashSet<String>,
    left: usize,
}

impl Shrinking<'_, '_> {
    /// The first candidate that still breaks the rule.
    fn first(&mut self, candidates: Vec<Scenario>) -> Result<Option<Scenario>, Stopped> {
        let mut fresh = candidates.into_iter().filter(|candidate| {
            let text = text(candidate);
            is_sound(&self.case.file, &text) && self.seen.insert(text)
        });
        let mut batches = Vec::new();
        loop {
            let width = self.runs.jobs * 2;
            let batch: Vec<Scenario> = fresh.by_ref().take(width).collect();
            if batch.is_empty() {
                break;
            }
            batches.push(batch);
        }
        for (index, batch) in batches.iter().enumerate() {
            if self.left < batch.len() {
                return Ok(None);
            }
            self.left -= batch.len();
            let wanted: Vec<Wanted> = batch
                .iter()
                .map(|value| Wanted {
                    value: value.clone(),
                    survey: false,
                })
                .collect();
            let outcomes = self.runs.batch(self.case, &wanted)?;
            let hit = outcomes
                .iter()
                .position(|outcome| Breach::all(outcome).contains(self.breach));
            if let Some(hit) = hit {
                // What was not run may be run later, when the rest of the scenario is smaller.
                for value in batches.iter().skip(index + 1).flatten() {
                    self.seen.remove(&text(value));
                }
                return Ok(batch.get(hit).cloned());
            }
        }
        Ok(None)
    }

    /// Runs it as `run` would, with exact time; where that shows nothing the scenario says how its time passes.
    fn confirm(&mut self, value: &mut Scenario) -> Result<bool, Stopped> {
        let coalesce = self.runs.coalesce.take();
        let result = self.confirm_exact(value, coalesce);
        self.runs.coalesce = coalesce;
        result
    }

    fn confirm_exact(
        &mut self,
        value: &mut Scenario,
        coalesce: Option<std::time::Duration>,
    ) -> Result<bool, Stopped> {
        if self.shows(value)? {
            return Ok(true);
        }
        let Some(late) = coalesce else {
            return Ok(false);
        };
        let mut clock = value
            .get("clock")
            .cloned()
            .unwrap_or_else(|| Value::Object(Map::new()));
        clock["coalesce"] = format!("{}ms", late.as_millis()).into();
        value.insert("clock".into(), clock);
        self.shows(value)
    }

    fn shows(&mut self, value: &Scenario) -> Result<bool, Stopped> {
        let wanted = Wanted {
            value: value.clone(),
            survey: false,
        };
        let outcomes = self.runs.batch(self.case, &[wanted])?;
        Ok(outcomes
            .iter()
            .any(|outcome| Breach::all(outcome).contains(self.breach)))
    }
}

/// Whether the text is a scenario that `check` would let pass: one that makes no sense breaks rules for reasons of its own.
fn is_sound(file: &str, text: &str) -> bool {
    parse(file, text).is_ok_and(|scenario| {
        scenario.codex.check().is_ok() && lint::errors(file, text, &scenario).is_empty()
    })
}

/// A way through a tree: keys and positions.
#[derive(Debug, Clone)]
enum Way {
    Key(String),
    Item(usize),
}

/// The scenario without one thing, for each thing that may be missing: whole blocks first, then what is in them.
fn removals(value: &Scenario) -> impl Iterator<Item = Scenario> {
    let whole = Value::Object(value.clone());
    let mut ways = Vec::new();
    collect(&whole, &mut Vec::new(), &mut ways);
    ways.sort_by_key(Vec::len);
    let without = ways.into_iter().filter_map(move |way| {
        let mut copy = whole.clone();
        remove(&mut copy, &way)?;
        as_scenario(copy)
    });
    without.collect::<Vec<_>>().into_iter()
}

fn collect(value: &Value, here: &mut Vec<Way>, ways: &mut Vec<Vec<Way>>) {
    let inner: Vec<(Way, &Value)> = match value {
        Value::Object(map) => map
            .iter()
            .filter(|(key, _)| !(here.is_empty() && matches!(key.as_str(), "title" | "steps")))
            .map(|(key, value)| (Way::Key(key.clone()), value))
            .collect(),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(index, value)| (Way::Item(index), value))
            .collect(),
        _ => return,
    };
    for (way, value) in inner {
        here.push(way);
        ways.push(here.clone());
        collect(value, here, ways);
        here.pop();
    }
    if let (true, Some(steps)) = (here.is_empty(), value.get("steps")) {
        here.push(Way::Key("steps".into()));
        collect(steps, here, ways);
        here.pop();
    }
}

fn remove(value: &mut Value, way: &[Way]) -> Option<()> {
    let (last, before) = way.split_last()?;
    let mut place = value;
    for step in before {
        place = match step {
            Way::Key(key) => place.get_mut(key)?,
            Way::Item(index) => place.get_mut(index)?,
        };
    }
    match (last, place) {
        (Way::Key(key), Value::Object(map)) => map.shift_remove(key).map(|_| ()),
        (Way::Item(index), Value::Array(list)) if *index < list.len() => {
            list.remove(*index);
            Some(())
        }
        _ => None,
    }
}

/// The scenario with one wait cut short, for each long one.
fn shorter(value: &Scenario) -> impl Iterator<Item = Scenario> {
    let whole = Value::Object(value.clone());
    let mut paths = Vec::new();
    waits(&whole, String::new(), &mut paths);
    let cut = paths.into_iter().flat_map(move |path| {
        let whole = whole.clone();
        ["1s", "1m"].into_iter().filter_map(move |short| {
            let mut copy = whole.clone();
            let place = copy.pointer_mut(&path)?;
            if place
                .as_str()
                .is_some_and(|now| now == "1s" || now == short)
            {
                return None;
            }
            *place = short.into();
            as_scenario(copy)
        })
    });
    cut.collect::<Vec<_>>().into_iter()
}

fn waits(value: &Value, here: String, paths: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let path = format!("{here}/{}", key.replace('~', "~0").replace('/', "~1"));
                if matches!(key.as_str(), "advance" | "sleep") && value.is_string() {
                    paths.push(path);
                } else {
                    waits(value, path, paths);
                }
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                waits(value, format!("{here}/{index}"), paths);
            }
        }
        _ => {}
    }
}

/// The tree as a scenario, without lists and maps that have become empty.
fn as_scenario(mut value: Value) -> Option<Scenario> {
    prune(&mut value);
    match value {
        Value::Object(map) => Some(map),
        _ => None,
    }
}

fn prune(value: &mut Value) {
    let is_empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
    match value {
        Value::Object(map) => {
            map.values_mut().for_each(prune);
            map.retain(|key, value| !is_empty(value) || key == "turns");
            for key in ["codex", "claude", "clock"] {
                if map
                    .get(key)
                    .and_then(Value::as_object)
                    .is_some_and(Map::is_empty)
                {
                    map.shift_remove(key);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(prune),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn scenario(value: Value) -> Scenario {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn everything_but_the_title_can_be_left_out_blocks_first() {
        let whole = scenario(json!({
            "title": "t",
            "codex": {"turns": [[{"say": "x"}]]},
            "gates": [{"before": {"exec": "x"}, "nth": 2}],
            "steps": [{"advance": "1s"}, {"agent": {"task": "x"}}],
        }));
        let smaller: Vec<Scenario> = removals(&whole).collect();
        assert!(smaller.iter().all(|it| it.contains_key("title")));
        assert!(!smaller[0].contains_key("codex"));
        assert!(!smaller[1].contains_key("gates"));
        let without_nth = json!([{"before": {"exec": "x"}}]);
        assert!(
            smaller
                .iter()
                .any(|it| it.get("gates") == Some(&without_nth))
        );
        let one_step = json!([{"agent": {"task": "x"}}]);
        assert!(smaller.iter().any(|it| it.get("steps") == Some(&one_step)));
    }

    #[test]
    fn what_check_would_refuse_is_no_smaller_scenario() {
        let sound = r#"{"title": "t", "codex": {"faults": [{"before": "initialize", "do": "drop"}]}, "steps": [{"agent": {"task": "x"}}]}"#;
        assert!(is_sound("t.yaml", sound));
        assert!(!is_sound(
            "t.yaml",
            &sound.replace(r#""before": "initialize", "#, "")
        ));
        assert!(!is_sound("t.yaml", &sound.replace("agent", "agnet")));
    }

    #[test]
    fn long_waits_become_short_and_short_ones_stay() {
        let whole =
            scenario(json!({"title": "t", "steps": [{"advance": "8h"}, {"advance": "1s"}]}));
        let steps: Vec<Value> = shorter(&whole)
            .map(|it| it["steps"][0]["advance"].clone())
            .collect();
        assert_eq!(steps, ["1s", "1m"]);
    }
}
