//! What is tried in a run, and in which order.

use serde_json::{Map, Value, json};

use super::attempt::{Attempt, Family};
use super::cut::Cut;
use super::pattern;
use super::survey::{Kind, Passage, Place, Survey};

/// A cut with what it is in a scenario file.
#[derive(Debug, Clone)]
pub(super) struct Try {
    pub(super) cut: Cut,
    pub(super) edit: Edit,
}

/// What is added to a scenario.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Edit {
    /// A gate.
    Gate(Value),
    /// A fault of Codex.
    Fault(Value),
}

/// Everything that can be tried at `here`, whose counts are those of `whole`.
///
/// The families take turns. Within a family the places are taken from all over the run, so that a budget that ends
/// early has seen a bit of everything; log files and the like come last.
pub(super) fn tries(here: &Survey, whole: &Survey, families: &[Family]) -> Vec<Try> {
    let mut queues: Vec<std::vec::IntoIter<Try>> = Family::ALL
        .into_iter()
        .filter(|family| families.contains(family))
        .map(|family| of_family(family, here, whole).into_iter())
        .collect();
    let mut tries = Vec::new();
    loop {
        let before = tries.len();
        tries.extend(queues.iter_mut().filter_map(Iterator::next));
        if tries.len() == before {
            return tries;
        }
    }
}

fn of_family(family: Family, here: &Survey, whole: &Survey) -> Vec<Try> {
    let (mut first, mut last) = (Vec::new(), Vec::new());
    if family == Family::Fault {
        for passage in &here.passages {
            let is_usual = passage.nth <= 2 || passage.is_last;
            let list = if is_usual { &mut first } else { &mut last };
            list.extend(faults(passage));
        }
    } else {
        for place in &here.places {
            let list = if is_minor(place) {
                &mut last
            } else {
                &mut first
            };
            list.extend(at_place(family, place, whole));
        }
    }
    let mut tries = spread(first);
    tries.extend(spread(last));
    tries
}

/// Log files tell what happened and decide nothing.
fn is_minor(place: &Place) -> bool {
    let file = matches!(place.operation.as_str(), "open" | "write");
    file && !place.text.contains(".json")
}

/// What is tried at a place.
fn at_place(family: Family, place: &Place, whole: &Survey) -> Vec<Try> {
    let is_own = pattern::process(&place.actor).is_some();
    if !pattern::counts(place) {
        return Vec::new();
    }
    // A child that has no program yet is nobody in the story, but its start can fail.
    let is_nobody = !is_own && place.operation != "exec";
    if is_nobody || (!is_own && family != Family::Failure) {
        return Vec::new();
    }
    let mut moments: Vec<(&'static str, bool)> = Vec::new();
    match family {
        // At a message the faults of Codex do the same.
        Family::Signal if place.operation == "message" => {}
        Family::Signal => {
            moments.extend([("sigkill", false), ("sigterm", false)]);
            if place.is_last && !place.after {
                moments.push(("sigkill", true));
            }
        }
        Family::Command => {
            let words = ["cancel", "status", "result", "task", "hook", "session-end"];
            moments.extend(words.map(|word| (word, false)));
        }
        Family::Pause => moments.push(("pause", false)),
        Family::Failure if place.after => {}
        Family::Failure => match place.operation.as_str() {
            "open" | "write" | "rename" => moments.push(("enospc", false)),
            "fork" | "exec" => moments.push(("eagain", false)),
            "connect" => moments.push(("econnrefused", false)),
            _ => {}
        },
        Family::Fault => {}
    }
    let made = moments.into_iter().filter_map(|(word, after)| {
        let attempt = Attempt::named(word)?;
        let mut gate = pattern::gate(place, after, whole);
        if let Value::Object(body) = attempt.body() {
            gate.extend(body);
        }
        let cut = Cut {
            attempt,
            whom: place.actor.clone(),
            ordinal: place.ordinal,
            after,
        };
        Some(Try {
            cut,
            edit: Edit::Gate(gate.into()),
        })
    });
    made.collect()
}

/// What is tried at a message.
fn faults(passage: &Passage) -> Vec<Try> {
    let everywhere = [
        "crash",
        "killed",
        "quit",
        "freeze",
        "late",
        "drop",
        "duplicate",
        "garbage",
    ];
    let mut moments: Vec<(&'static str, bool)> = everywhere.map(|word| (word, false)).into();
    match (passage.received, passage.kind) {
        (true, Kind::Request) => moments.extend([
            ("error", false),
            ("overload", false),
            ("stop-reading", true),
            ("close-stdout", true),
            ("crash", true),
        ]),
        (true, _) => {}
        (false, kind) => {
            moments.extend([("half-line", false), ("reorder", false)]);
            if kind == Kind::Answer {
                moments.push(("unknown-id", false));
            }
            if passage.is_last {
                moments.extend([
                    ("quit", true),
                    ("freeze", true),
                    ("invalid-utf8", true),
                    ("stderr", true),
                    ("grandchild", true),
                ]);
            }
        }
    }
    let made = moments.into_iter().filter_map(|(word, after)| {
        let attempt = Attempt::named(word)?;
        let when = if after { "after" } else { "before" };
        let mut fault = Map::new();
        fault.insert(when.into(), passage.point().into());
        if passage.nth > 1 {
            fault.insert("nth".into(), json!(passage.nth));
        }
        fault.insert("do".into(), attempt.body());
        let cut = Cut {
            attempt,
            whom: passage.whom(),
            ordinal: passage.nth,
            after,
        };
        Some(Try {
            cut,
            edit: Edit::Fault(fault.into()),
        })
    });
    made.collect()
}

/// The same things in an order in which every beginning of the list comes from all over it.
fn spread<T>(list: Vec<T>) -> Vec<T> {
    let bits = usize::BITS - list.len().leading_zeros();
    let reversed = |index: usize| match bits {
        0 => 0,
        bits => index.reverse_bits() >> (usize::BITS - bits),
    };
    let mut indexed: Vec<(usize, T)> = list
        .into_iter()
        .enumerate()
        .map(|(index, item)| (reversed(index), item))
        .collect();
    indexed.sort_by_key(|(place, _)| *place);
    indexed.into_iter().map(|(_, item)| item).collect()
}

/// The try of a cut in a run, or what is there instead.
pub(super) fn find(cut: &Cut, survey: &Survey) -> Result<Try, String> {
    if cut.attempt.family == Family::Fault {
        let passages: Vec<&Passage> = survey
            .passages
            .iter()
            .filter(|passage| passage.whom() == cut.whom)
            .collect();
        let passage = passages.iter().find(|passage| passage.nth == cut.ordinal);
        return match passage {
            Some(passage) => wanted(faults(passage), cut),
            None => Err(format!("`{}` passes {} times", cut.whom, passages.len())),
        };
    }
    let places: Vec<&Place> = survey
        .places
        .iter()
        .filter(|place| place.actor == cut.whom)
        .collect();
    let place = places.iter().find(|place| place.ordinal == cut.ordinal);
    match place {
        Some(place) => wanted(at_place(cut.attempt.family, place, survey), cut),
        None if places.is_empty() => Err(format!("there is no `{}` in this run", cut.whom)),
        None => Err(format!("`{}` comes to {} places", cut.whom, places.len())),
    }
}

fn wanted(tries: Vec<Try>, cut: &Cut) -> Result<Try, String> {
    tries
        .into_iter()
        .find(|tried| tried.cut == *cut)
        .ok_or_else(|| format!("`{}` cannot happen there", cut.attempt.word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_beginning_of_a_spread_list_comes_from_all_over_it() {
        assert_eq!(
            spread(vec![0, 1, 2, 3, 4, 5, 6, 7]),
            [0, 4, 2, 6, 1, 5, 3, 7]
        );
        assert_eq!(spread::<u8>(Vec::new()), Vec::<u8>::new());
        let mut all = spread((0..100).collect());
        all.sort_unstable();
        assert_eq!(all, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn every_fault_that_is_tried_can_stand_at_its_message() {
        for (received, kind) in [
            (true, Kind::Request),
            (true, Kind::Notification),
            (true, Kind::Answer),
            (false, Kind::Request),
            (false, Kind::Notification),
            (false, Kind::Answer),
        ] {
            let method = match (received, kind) {
                (true, Kind::Notification) => "initialized",
                (true, Kind::Answer) | (false, Kind::Request) => "item/fileChange/requestApproval",
                (false, Kind::Notification) => "turn/completed",
                _ => "turn/start",
            };
            let passage = Passage {
                received,
                method: method.into(),
                kind,
                nth: 2,
                seq: 1,
                is_last: true,
            };
            for tried in faults(&passage) {
                let Edit::Fault(fault) = tried.edit else {
                    panic!("{}", tried.cut)
                };
                let text = json!({"faults": [fault]}).to_string();
                fake_codex::script::parse(&text, "s.json")
                    .unwrap_or_else(|error| panic!("{}: {error}", tried.cut));
            }
        }
    }

    #[test]
    fn a_place_that_is_not_there_is_told() {
        let cut = Cut::read("sigkill@worker.3").unwrap();
        let error = find(&cut, &Survey::default()).unwrap_err();
        assert_eq!(error, "there is no `worker` in this run");
    }
}
