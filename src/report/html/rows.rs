//! The rows of a timeline: who did what when, who was alive, and where an arrow leads.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::report::describe::{Line, describe};

/// The lanes in the order of the story, with the actors in each.
pub(super) const LANES: [(&str, &[&str]); 10] = [
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
    ("others", &[]),
];

/// The simulated Claude Code is there from the beginning to the end.
pub(super) const CLAUDE: usize = 1;

/// One row.
#[derive(Debug)]
pub(super) struct Row {
    /// What happened.
    pub(super) line: Line,
    /// Its position in the log.
    pub(super) seq: u64,
    /// Whose lane it is in.
    pub(super) lane: usize,
    /// The other end of an arrow: its lane, and whether the arrow points there.
    pub(super) other: Option<(usize, bool)>,
    /// The lanes in which a process lives after it.
    pub(super) alive: Vec<usize>,
}

/// The lane of an actor.
pub(super) fn lane(actor: &str) -> usize {
    // The second process of an actor is called `hook#2`; a helper of a worker `worker/git`.
    let actor = actor.split(['#', '/']).next().unwrap_or(actor);
    LANES
        .iter()
        .position(|(_, actors)| actors.contains(&actor))
        .unwrap_or(LANES.len() - 1)
}

/// Who lives, as far as a log has told.
#[derive(Default)]
struct Living {
    /// The lane of each process, and that of its parent.
    lanes: BTreeMap<String, (usize, Option<usize>)>,
    alive: BTreeMap<String, usize>,
}

impl Living {
    fn begins(&mut self, pid: String, lane: usize, parent: Option<usize>) {
        self.alive.insert(pid.clone(), lane);
        self.lanes.insert(pid, (lane, parent));
    }

    fn now(&self) -> Vec<usize> {
        let mut lanes: Vec<usize> = self.alive.values().copied().chain([CLAUDE]).collect();
        lanes.sort_unstable();
        lanes.dedup();
        lanes
    }
}

/// The rows of a log.
pub(super) fn rows(events: &[Value]) -> Vec<Row> {
    let mut living = Living::default();
    let mut rows = Vec::new();
    for (index, event) in events.iter().enumerate() {
        let line = describe(event);
        let here = lane(&line.actor);
        let other = arrow(event, &line.kind, here, &mut living);
        rows.push(Row {
            seq: event
                .get("seq")
                .and_then(Value::as_u64)
                .unwrap_or(index as u64),
            line,
            lane: here,
            other,
            alive: living.now(),
        });
    }
    rows
}

/// The other end of the arrow that an event is, and its effect on who lives.
fn arrow(event: &Value, kind: &str, here: usize, living: &mut Living) -> Option<(usize, bool)> {
    let text = |path: &str| {
        event
            .pointer(path)
            .filter(|value| !value.is_null())
            .map(ToString::to_string)
    };
    match kind {
        "process" => {
            let parent =
                text("/what/process/parent").and_then(|pid| Some(living.lanes.get(&pid)?.0));
            if let Some(pid) = text("/what/process/pid") {
                living.begins(pid, here, parent);
            }
            parent.map(|parent| (parent, false))
        }
        "exit" => {
            if let Some(pid) = text("/what/exit/pid") {
                living.alive.remove(&pid);
            }
            None
        }
        "codex" => {
            let peer = text("/what/codex/pid").and_then(|pid| living.lanes.get(&pid)?.1);
            match event.pointer("/what/codex/kind").and_then(Value::as_str) {
                Some("received") => peer.map(|peer| (peer, false)),
                Some("sent") => peer.map(|peer| (peer, true)),
                _ => None,
            }
        }
        "signal" => {
            text("/what/signal/pid").and_then(|pid| Some((living.lanes.get(&pid)?.0, true)))
        }
        "hook-input" => Some((lane("hook"), true)),
        "hook-output" => Some((CLAUDE, true)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn process(actor: &str, pid: &str, parent: &str) -> Value {
        json!({"actor": actor, "what": {"process": {"pid": pid, "parent": parent, "command": actor}}})
    }

    #[test]
    fn a_message_is_an_arrow_between_codex_and_the_process_that_started_it() {
        let events = [
            process("worker", "<pid:1>", "<pid:9>"),
            process("codex", "<pid:2>", "<pid:1>"),
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
    fn a_lane_is_alive_as_long_as_one_of_its_processes() {
        let ends = |pid: &str| json!({"actor": "worker", "what": {"exit": {"pid": pid, "status": "exit 0"}}});
        let events = [
            process("worker", "a", "x"),
            process("worker#2", "b", "x"),
            ends("a"),
            ends("b"),
        ];
        let worker = lane("worker");
        let alive: Vec<bool> = rows(&events)
            .into_iter()
            .map(|row| row.alive.contains(&worker))
            .collect();
        assert_eq!(alive, [true, true, true, false]);
    }

    #[test]
    fn a_helper_is_in_the_lane_of_whom_it_helps() {
        assert_eq!(lane("worker/git"), lane("worker"));
        assert_eq!(lane("hook#2"), lane("hook"));
        assert_eq!(LANES[lane("clock")].0, "others");
    }
}
