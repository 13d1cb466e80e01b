//! The timeline of a run as a drawing: a lane an actor, a row an event, arrows for messages and signals, a bar where a
//! process lives.

use maud::{Markup, html};

use super::rows::{CLAUDE, LANES, Row, rows};
use crate::report::describe::{clock, cut};
use crate::report::text::{headline, place};
use crate::run::Outcome;

/// How many rows are drawn at most: the rest is said in one line.
const ROWS: usize = 800;
/// How wide a lane is.
const LANE: usize = 70;
/// Where the first line of a row is.
const MIDDLE: usize = 11;
/// A text that is longer is shown in full only when it is opened.
const LONGEST: usize = 150;
/// A pause that is longer gets a row of its own, in microseconds.
const PAUSE: u64 = 1_000_000;

/// The drawing of an outcome's log, with its failures where they were found.
pub(super) fn draw(outcome: &Outcome) -> Markup {
    let rows = rows(&outcome.events);
    let lanes = used(&rows);
    let width = lanes.len() * LANE;
    let left_out = rows.len().saturating_sub(ROWS);
    let shown = rows.get(..rows.len().min(ROWS)).unwrap_or_default();
    let failures = places(outcome, shown);
    let mut at = 0;
    let mut alive: &[usize] = &[CLAUDE];
    html! {
        div.timeline style=(format!("--lanes:{width}px;--lane:{LANE}px")) {
            div.lanes {
                span.time { "simulated" }
                @for lane in &lanes { span.lane { (LANES.get(*lane).map_or("", |lane| lane.0)) } }
            }
            ol {
                @for (index, row) in shown.iter().enumerate() {
                    @let before = std::mem::replace(&mut at, row.line.at_us);
                    @let was = std::mem::replace(&mut alive, &row.alive);
                    @if row.line.at_us > before + PAUSE {
                        li.pause { (bars(was, &lanes, width, None, &html! {})) span.what { (clock(row.line.at_us - before)) " pass" } }
                    }
                    (event(row, &lanes, width, index == 0 || row.line.at_us != before))
                    @for (_, failure) in failures.iter().filter(|(place, _)| *place == index) {
                        li.failure { (bars(&row.alive, &lanes, width, None, &html! {})) span.what { "✗ " (headline(failure)) " " span.facts { (place(outcome, failure)) } } }
                    }
                }
                @if left_out > 0 { li { span.what { (left_out) " more events: " code { "rescue-harness show " (outcome.name) } } } }
            }
        }
    }
}

/// The lanes in which something of the story happens.
fn used(rows: &[Row]) -> Vec<usize> {
    let story = rows.iter().filter(|row| !row.line.minor);
    let mut lanes: Vec<usize> = story
        .flat_map(|row| [Some(row.lane), row.other.map(|(lane, _)| lane)])
        .flatten()
        .chain([CLAUDE])
        .collect();
    lanes.sort_unstable();
    lanes.dedup();
    lanes
}

/// After which row each failure was found: before the next step, or by its time.
fn places<'a>(outcome: &'a Outcome, rows: &[Row]) -> Vec<(usize, &'a crate::verdict::Failure)> {
    let after = |failure: &crate::verdict::Failure| {
        let step = failure.place.split(" (").next().unwrap_or_default();
        let begins = rows.iter().position(|row| {
            row.line.kind == "step" && row.line.text.starts_with(&format!("{step}: "))
        });
        let by_step = begins.map(|begin| {
            let rest = rows.iter().enumerate().skip(begin + 1);
            rest.take_while(|(_, row)| row.line.kind != "step" && row.line.at_us <= failure.at_us)
                .last()
                .map_or(begin, |(index, _)| index)
        });
        let by_time = || rows.iter().rposition(|row| row.line.at_us <= failure.at_us);
        by_step.or_else(by_time).unwrap_or(0)
    };
    outcome
        .failures
        .iter()
        .map(|failure| (after(failure), failure))
        .collect()
}

fn event(row: &Row, lanes: &[usize], width: usize, new_time: bool) -> Markup {
    let minor = if row.line.minor { " minor" } else { "" };
    let text = &row.line.text;
    html! {
        li class=(format!("{}{minor}", row.line.kind)) data-seq=(row.seq) data-cause=[row.line.cause] {
            span.time { @if new_time { (clock(row.line.at_us)) } }
            (bars(&row.alive, lanes, width, Some(row), &marks(row, lanes)))
            span.what {
                b { (row.line.actor) } " "
                @if text.chars().count() > LONGEST {
                    details { summary { (cut(text, LONGEST)) } p { (text) } }
                } @else { (text) }
            }
        }
    }
}

fn x(lane: usize, lanes: &[usize]) -> Option<usize> {
    let place = lanes.iter().position(|used| *used == lane)?;
    Some(place * LANE + LANE / 2)
}

/// The bars of the processes that live, and what happens beside them. The bar of a process begins and ends in the
/// middle of a row.
fn bars(
    alive: &[usize],
    lanes: &[usize],
    width: usize,
    row: Option<&Row>,
    marks: &Markup,
) -> Markup {
    let is =
        |kind: &str, lane: usize| row.is_some_and(|row| row.line.kind == kind && row.lane == lane);
    let ended = row.filter(|row| row.line.kind == "exit" && !alive.contains(&row.lane));
    html! {
        svg width=(width) aria-hidden="true" {
            @for lane in alive {
                @if let Some(x) = x(*lane, lanes) {
                    rect x=(x - 3) y=[is("process", *lane).then_some(MIDDLE)] width="6" height="100%" {}
                }
            }
            @if let Some(x) = ended.and_then(|row| x(row.lane, lanes)) { rect x=(x - 3) width="6" height=(MIDDLE) {} }
            (marks)
        }
    }
}

fn marks(row: &Row, lanes: &[usize]) -> Markup {
    let Some(here) = x(row.lane, lanes) else {
        return html! {};
    };
    let arrow = row
        .other
        .and_then(|(other, away)| Some((x(other, lanes)?, away)))
        .filter(|(other, _)| *other != here);
    html! {
        @if let Some((other, away)) = arrow {
            @let (from, to) = if away { (here, other) } else { (other, here) };
            @let tip = if from < to { to - 5 } else { to + 5 };
            @let back = if from < to { tip - 7 } else { tip + 7 };
            line x1=(from) x2=(back) y1=(MIDDLE) y2=(MIDDLE) {}
            path d=(format!("M{tip} {MIDDLE}L{back} {}L{back} {}Z", MIDDLE - 4, MIDDLE + 4)) {}
        }
        circle cx=(here) cy=(MIDDLE) r="4" {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Verdict;
    use crate::verdict::Failure;
    use serde_json::{Value, json};

    fn outcome(events: Vec<Value>, failures: Vec<Failure>) -> Outcome {
        Outcome {
            name: "a".into(),
            title: "t".into(),
            source: Vec::new(),
            file: "a.yaml".into(),
            subject: "builtin".into(),
            verdict: Verdict::Failed,
            known_bad: None,
            failures,
            broken: None,
            virtual_seconds: 0.0,
            wall_seconds: 0.0,
            clock: None,
            kept: None,
            events,
        }
    }

    fn step(at: u64, ordinal: &str) -> Value {
        json!({"at_us": at, "actor": "scenario", "what": {"step": {"ordinal": ordinal, "kind": "k"}}})
    }

    #[test]
    fn texts_are_escaped() {
        let drawn = draw(&outcome(vec![step(0, "<b>")], Vec::new())).into_string();
        assert!(drawn.contains("&lt;b&gt;") && !drawn.contains("<b>:"));
    }

    #[test]
    fn a_long_pause_is_told() {
        let events = vec![step(0, "step 1"), step(480_000_000, "step 2")];
        let drawn = draw(&outcome(events, Vec::new())).into_string();
        assert!(drawn.contains("8m00.000s pass"), "{drawn}");
    }

    #[test]
    fn a_failure_stands_after_its_step() {
        let failure = Failure {
            line: 4,
            place: "step 1 (k)".into(),
            subject: "told".into(),
            expected: "done".into(),
            actual: "failed".into(),
            hint: None,
            suggestion: None,
            at_us: 0,
        };
        let events = vec![step(0, "step 1"), step(0, "step 2")];
        let drawn = draw(&outcome(events, vec![failure])).into_string();
        let at = |text: &str| drawn.find(text).unwrap();
        assert!(at("step 1") < at("✗ told") && at("✗ told") < at("step 2"));
        assert!(drawn.contains("a.yaml:4"));
    }

    #[test]
    fn a_log_without_an_end_is_cut() {
        let events = (0..ROWS as u64 + 7).map(|at| step(at, "step 1")).collect();
        let drawn = draw(&outcome(events, Vec::new())).into_string();
        assert!(drawn.contains("7 more events"));
    }
}
