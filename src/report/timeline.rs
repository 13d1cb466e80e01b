//! The timeline of a run as a drawing: a lane an actor, a row an event, arrows for messages and signals.

use std::collections::BTreeMap;

use maud::{Markup, html};
use serde_json::Value;

use super::describe::{Line, clock, cut, describe};

/// The lanes in the order of the story, with the actors in each.
const LANES: [(&str, &[&str]); 9] = [
    ("scenario", &["scenario", "gate"]),
    ("Claude", &["claude", "subagent"]),
    ("Bash", &["shell", "bash"]),
    (
        "launcher",
        &[
            "launcher",
            "spawner",
            "companion",
            "cancel",
            "status",
            "result",
        ],
    ),
    ("worker", &["worker", "broker"]),
    ("Codex", &["codex", "codex-probe"]),
    ("hook", &["hook"]),
    ("watcher", &["watcher"]),
    ("state file", &["state"]),
];

/// How many rows are drawn at most: the rest is said in one line.
const ROWS: usize = 240;
const TIME: usize = 96;
const LANE: usize = 66;
const ROW: usize = 18;
const HEAD: usize = 26;
const TEXT: usize = TIME + (LANES.len() + 1) * LANE;
const WIDTH: usize = TEXT + 640;

/// One row of the drawing.
struct Row {
    line: Line,
    lane: usize,
    /// The other end of an arrow: its lane, and whether the arrow points there.
    other: Option<(usize, bool)>,
}

/// The drawing of a log without its machinery.
pub(super) fn draw(events: &[Value]) -> Markup {
    let rows = rows(events);
    let left_out = rows.len().saturating_sub(ROWS);
    let rows = &rows[..rows.len().min(ROWS)];
    let height = HEAD + (rows.len() + usize::from(left_out > 0)) * ROW + 8;
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {height}")) width=(WIDTH) height=(height) role="img" aria-label="timeline in simulated time" {
            @for (index, (name, _)) in LANES.iter().enumerate() {
                text class="lane" x=(x(index)) y="16" { (name) }
                line class="life" x1=(x(index)) x2=(x(index)) y1=(HEAD) y2=(height) {}
            }
            text class="lane" x=(x(LANES.len())) y="16" { "others" }
            line class="life" x1=(x(LANES.len())) x2=(x(LANES.len())) y1=(HEAD) y2=(height) {}
            @for (index, row) in rows.iter().enumerate() {
                (self::row(row, HEAD + index * ROW + ROW / 2, index == 0 || rows[index - 1].line.at_us != row.line.at_us))
            }
            @if left_out > 0 {
                text x=(TEXT) y=(height - 8) { (left_out) " more events: see the event log" }
            }
        }
    }
}

fn x(lane: usize) -> usize {
    TIME + lane * LANE + LANE / 2
}

fn row(row: &Row, y: usize, new_time: bool) -> Markup {
    let class = format!("event {}", row.line.kind);
    html! {
        g class=(class) {
            title { (clock(row.line.at_us)) " " (row.line.actor) ": " (cut(&row.line.text, 600)) }
            @if new_time {
                line class="instant" x1="0" x2=(WIDTH) y1=(y - ROW / 2) y2=(y - ROW / 2) {}
                text class="time" x=(TIME - 8) y=(y + 4) { (clock(row.line.at_us)) }
            }
            @if let Some((other, away)) = row.other.filter(|(other, _)| *other != row.lane) {
                @let (from, to) = if away { (x(row.lane), x(other)) } else { (x(other), x(row.lane)) };
                line class="arrow" x1=(from) x2=(to) y1=(y) y2=(y) {}
                path class="head" d=(head(from, to, y)) {}
            }
            circle cx=(x(row.lane)) cy=(y) r="3.5" {}
            text class="what" x=(TEXT) y=(y + 4) { (cut(&row.line.text, 96)) }
        }
    }
}

/// The tip of an arrow.
fn head(from: usize, to: usize, y: usize) -> String {
    let tip = if from < to { to - 4 } else { to + 4 };
    let back = if from < to { tip - 6 } else { tip + 6 };
    format!("M{tip} {y}L{back} {}L{back} {}Z", y - 3, y + 3)
}

fn lane(actor: &str) -> usize {
    // The second process of an actor is called `hook#2`.
    let actor = actor.split('#').next().unwrap_or(actor);
    LANES
        .iter()
        .position(|(_, actors)| actors.contains(&actor))
        .unwrap_or(LANES.len())
}

fn rows(events: &[Value]) -> Vec<Row> {
    // Who a process is, and whose child, as far as the log has told.
    let mut actors: BTreeMap<String, (usize, Option<usize>)> = BTreeMap::new();
    let mut rows = Vec::new();
    for event in events {
        let line = describe(event);
        let here = lane(&line.actor);
        let text = |path: &str| event.pointer(path).map(ToString::to_string);
        let other = match line.kind.as_str() {
            "process" => {
                let parent =
                    text("/what/process/parent").and_then(|parent| Some(actors.get(&parent)?.0));
                if let Some(pid) = text("/what/process/pid") {
                    actors.insert(pid, (here, parent));
                }
                parent.map(|parent| (parent, false))
            }
            "codex" => {
                let peer = text("/what/codex/pid").and_then(|pid| actors.get(&pid)?.1);
                match event.pointer("/what/codex/kind").and_then(Value::as_str) {
                    Some("received") => peer.map(|peer| (peer, false)),
                    Some("sent") => peer.map(|peer| (peer, true)),
                    _ => None,
                }
            }
            "signal" => text("/what/signal/pid").and_then(|pid| Some((actors.get(&pid)?.0, true))),
            "hook-input" => Some((lane("hook"), true)),
            "hook-output" => Some((lane("claude"), true)),
            _ => None,
        };
        if !line.minor {
            rows.push(Row {
                line,
                lane: here,
                other,
            });
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_message_is_an_arrow_between_codex_and_the_process_that_started_it() {
        let events = [
            json!({"actor": "worker", "what": {"process": {"pid": "<pid:1>", "parent": "<pid:9>", "command": "w"}}}),
            json!({"actor": "codex", "what": {"process": {"pid": "<pid:2>", "parent": "<pid:1>", "command": "codex"}}}),
            json!({"actor": "codex", "what": {"codex": {"pid": "<pid:2>", "kind": "received", "method": "turn/start"}}}),
            json!({"actor": "claude", "what": {"signal": {"pid": "<pid:1>", "signal": "SIGTERM"}}}),
        ];
        let others: Vec<_> = rows(&events).into_iter().map(|row| row.other).collect();
        let worker = lane("worker");
        assert_eq!(
            others,
            [
                None,
                Some((worker, false)),
                Some((worker, false)),
                Some((worker, true))
            ]
        );
    }

    #[test]
    fn texts_are_escaped() {
        let svg = draw(&[json!({"actor": "x", "what": {"step": {"ordinal": "<b>", "kind": "k"}}})])
            .into_string();
        assert!(svg.contains("&lt;b&gt;") && !svg.contains("<b>"));
    }
}
