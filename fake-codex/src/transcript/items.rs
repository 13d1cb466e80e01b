//! From recorded items to the steps that make them.

use std::path::PathBuf;

use serde_json::Value;

use super::convert::{Converter, raw};
use super::grouping::{Event, RecordedTurn, What};
use crate::script::{
    AgentMessage, Approve, Change, ChangeKind, Patch, Phase, Reaction, Reason, Run, Short, Step,
    ToolStatus,
};
use crate::shell::{actions, unwrapped, wrapped};

/// What a transcript holds of one item.
struct Recorded<'a> {
    id: &'a str,
    begun: &'a Value,
    done: Option<&'a Value>,
    deltas: Vec<(&'a str, &'a Value)>,
    asked: bool,
    /// How many events it takes.
    count: usize,
}

impl Converter<'_> {
    /// The step for an item that begins here, and how many events it stands for.
    pub(super) fn item(
        &self,
        turn: &RecordedTurn<'_>,
        events: &[Event<'_>],
        params: &Value,
    ) -> (usize, Option<Step>) {
        let made = gather(events).and_then(|recorded| {
            let step = match recorded.begun["type"].as_str()? {
                "agentMessage" => self.message(&recorded),
                "reasoning" => self.reasoning(&recorded),
                "commandExecution" => self.command(turn, &recorded),
                "fileChange" => self.file_change(&recorded),
                _ => None,
            };
            Some((recorded.count, Some(step?)))
        });
        made.unwrap_or_else(|| (1, Some(raw("item/started", params))))
    }

    fn message(&self, recorded: &Recorded<'_>) -> Option<Step> {
        let item = recorded.done.unwrap_or(recorded.begun);
        let null = |name: &str| item.get(name).is_none_or(Value::is_null);
        if recorded.begun["text"] != "" || !null("memoryCitation") || !null("questions") {
            return None;
        }
        let deltas = recorded.pieces("item/agentMessage/delta")?;
        let text = match recorded.done {
            Some(done) => done["text"].as_str()?.to_owned(),
            None => deltas.concat(),
        };
        let mut message = AgentMessage::from(text);
        message.id = Some(recorded.id.to_owned());
        message.deltas = Some(deltas);
        message.unfinished = recorded.done.is_none();
        message.phase = Some(match item["phase"].as_str() {
            Some("commentary") => Phase::Commentary,
            Some("final_answer") => Phase::FinalAnswer,
            Some(_) => return None,
            None => Phase::None,
        });
        Some(Step::Say(Short(message)))
    }

    fn reasoning(&self, recorded: &Recorded<'_>) -> Option<Step> {
        let texts = |name: &str| -> Option<Vec<String>> {
            let list = recorded.done?[name].as_array()?;
            list.iter()
                .map(|text| text.as_str().map(str::to_owned))
                .collect()
        };
        let (summary, content) = (texts("summary")?, texts("content")?);
        let deltas: Vec<String> = recorded
            .deltas
            .iter()
            .filter(|(method, _)| *method == "item/reasoning/summaryTextDelta")
            .filter_map(|(_, params)| params["delta"].as_str().map(str::to_owned))
            .collect();
        if summary.len() != 1 {
            return None;
        }
        let id = Some(recorded.id.to_owned());
        Some(Step::Reason(Short(Reason {
            summary,
            content,
            deltas: Some(deltas),
            id,
        })))
    }

    fn command(&self, turn: &RecordedTurn<'_>, recorded: &Recorded<'_>) -> Option<Step> {
        let shown = recorded.begun["command"].as_str()?;
        let command = unwrapped(shown);
        if wrapped(&command) != shown || actions(&command) != recorded.begun["commandActions"] {
            return None;
        }
        let source = if recorded.asked {
            "agent"
        } else {
            "unifiedExecStartup"
        };
        if recorded.begun["source"] != source {
            return None;
        }
        let mut run = Run::from(command);
        run.id = Some(recorded.id.to_owned());
        run.deltas = recorded.pieces("item/commandExecution/outputDelta")?;
        let late = turn
            .late
            .iter()
            .find(|(_, told)| told["item"]["id"] == recorded.id);
        if let (None, Some((t, _))) = (recorded.done, late) {
            let after = std::time::Duration::from_secs_f64((t - turn.ended).max(0.001));
            let whole = std::time::Duration::from_millis(after.as_millis() as u64);
            run.outlives = Some(whole.into());
        }
        match recorded.done.or(late.map(|(_, told)| &told["item"])) {
            None => run.unfinished = true,
            Some(done) => {
                run.output = done["aggregatedOutput"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned();
                run.exit = done["exitCode"]
                    .as_i64()
                    .and_then(|n| i32::try_from(n).ok())
                    .unwrap_or(0);
            }
        }
        if recorded.asked {
            let approve = Approve {
                run: Some(Short(run)),
                ..Approve::default()
            };
            return Some(Step::Approve(Box::new(approve)));
        }
        Some(Step::Run(Short(run)))
    }

    fn file_change(&self, recorded: &Recorded<'_>) -> Option<Step> {
        let deltas = recorded.pieces("item/fileChange/outputDelta")?;
        let changes = recorded.begun["changes"]
            .as_array()?
            .iter()
            .map(|change| {
                Some(Change {
                    path: path_of(change["path"].as_str()?),
                    kind: match change["kind"]["type"].as_str()? {
                        "add" => ChangeKind::Add,
                        "delete" => ChangeKind::Delete,
                        _ => ChangeKind::Update,
                    },
                    diff: change["diff"].as_str()?.to_owned(),
                })
            })
            .collect::<Option<Vec<_>>>()?;
        let status = match recorded.done.and_then(|done| done["status"].as_str()) {
            Some("failed") if !recorded.asked => ToolStatus::Failed,
            Some("declined") if !recorded.asked => ToolStatus::Declined,
            _ => ToolStatus::Completed,
        };
        let unfinished = recorded.done.is_none() && !recorded.asked;
        let patch = Patch {
            changes,
            deltas,
            status,
            unfinished,
            id: Some(recorded.id.to_owned()),
        };
        if recorded.asked {
            let approve = Approve {
                patch: Some(patch),
                then: Reaction::default(),
                ..Approve::default()
            };
            return Some(Step::Approve(Box::new(approve)));
        }
        Some(Step::Patch(patch))
    }
}

/// The path of a change; one below the recorded working directory is relative to the thread's.
fn path_of(path: &str) -> PathBuf {
    PathBuf::from(path.strip_prefix("${CWD}/").unwrap_or(path))
}

impl<'a> Recorded<'a> {
    /// The texts of its pieces, if all are of this method.
    fn pieces(&self, method: &str) -> Option<Vec<String>> {
        self.deltas
            .iter()
            .map(|(told, params)| {
                (*told == method)
                    .then(|| params["delta"].as_str().map(str::to_owned))
                    .flatten()
            })
            .collect()
    }
}

impl Converter<'_> {
    /// The command that approval is asked for before it is told to begin, as 0.117 does; and how
    /// many events it takes.
    pub(super) fn asked_first(&self, events: &[Event<'_>], asked: &Value) -> (usize, Option<Step>) {
        let id = &asked["itemId"];
        let end = events.iter().position(|event| match event.what {
            What::Told("item/completed", told) => told["item"]["id"] == *id,
            _ => false,
        });
        let Some(command) = asked["command"].as_str() else {
            return (1, None);
        };
        let mut run = Run::from(unwrapped(command));
        run.id = id.as_str().map(str::to_owned);
        if let Some(What::Told(_, told)) = end.map(|end| events[end].what) {
            run.output = told["item"]["aggregatedOutput"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            run.exit = told["item"]["exitCode"]
                .as_i64()
                .and_then(|code| i32::try_from(code).ok())
                .unwrap_or(0);
        }
        let approve = Approve {
            run: Some(Short(run)),
            ..Approve::default()
        };
        (
            end.map_or(1, |end| end + 1),
            Some(Step::Approve(Box::new(approve))),
        )
    }
}

/// Everything about the item that begins with the first event, if nothing else of the turn comes
/// in between.
fn gather<'a>(events: &[Event<'a>]) -> Option<Recorded<'a>> {
    let What::Told(_, params) = events.first()?.what else {
        return None;
    };
    let id = params["item"]["id"].as_str()?;
    let mut recorded = Recorded {
        id,
        begun: &params["item"],
        done: None,
        deltas: Vec::new(),
        asked: false,
        count: 1,
    };
    for (index, event) in events.iter().enumerate().skip(1) {
        match event.what {
            What::Told("item/completed", told) if told["item"]["id"] == id => {
                recorded.done = Some(&told["item"]);
                recorded.count = index + 1;
                return Some(recorded);
            }
            What::Told("thread/status/changed" | "serverRequest/resolved", _) => {}
            What::Told(method, told) if told["itemId"] == id => {
                recorded.deltas.push((method, told))
            }
            What::Asked(asked) if asked["itemId"] == id => recorded.asked = true,
            What::Answered(_) if recorded.asked => {}
            _ => return unfinished(events, recorded, index),
        }
        recorded.count = index + 1;
    }
    Some(recorded)
}

/// The item, if it never ends; what ends later cannot be told in one step.
fn unfinished<'a>(
    events: &[Event<'a>],
    mut recorded: Recorded<'a>,
    index: usize,
) -> Option<Recorded<'a>> {
    let goes_on = events[index..].iter().any(|event| match event.what {
        What::Told(_, told) => told["item"]["id"] == recorded.id || told["itemId"] == recorded.id,
        _ => false,
    });
    if goes_on {
        return None;
    }
    recorded.count = index;
    Some(recorded)
}
