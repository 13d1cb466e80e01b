//! From a transcript to a script that does the same.

use std::time::Duration;

use serde_json::{Value, json};

use super::faults::faults;
use super::grouping::{Event, Origin, RecordedTurn, What, turns};
use super::settings::{latency, read_settings};
use super::{Transcript, Way};
use crate::script::{
    ExitStatus, Failure, Message, Retry, Script, Short, Signal, Step, Subagent, Turn, Usage,
    UsageReports, Version,
};

/// How much of the recorded time a script takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// None: everything comes at once.
    AtOnce,
    /// All of it: what came late comes as late again.
    Recorded,
}

/// A pause shorter than this, in seconds, is not kept.
const SHORTEST_PAUSE: f64 = 0.05;

/// A script with which the fake does what the recorded server did.
///
/// What the script language has no word for is kept as `notify` steps.
///
/// Half a line becomes a half line, after which nothing comes, and lines that are no messages become
/// faults too. A last message of the client that has no end is left out: it was not answered.
pub fn to_script(transcript: &Transcript, pace: Pace) -> Script {
    let faults = faults(transcript);
    let transcript = &transcript.whole();
    let version = transcript.version().unwrap_or_default();
    let mut script = Script {
        version,
        latency: latency(transcript, pace),
        usage_reports: UsageReports::Scripted,
        faults,
        ..Script::default()
    };
    read_settings(transcript, &mut script);
    let recorded = turns(transcript);
    let death = death(transcript);
    for turn in recorded.iter().filter(|turn| !turn.refused) {
        let steps = Converter {
            version,
            pace,
            all: &recorded,
            death,
        }
        .steps(turn);
        match turn.origin {
            Origin::Client => script.turns.push(Turn::from(steps)),
            Origin::Review => script.reviews.push(Turn::from(steps)),
            Origin::Subagent => {}
        }
    }
    script
}

/// How the server ended, if it ended of itself.
fn death(transcript: &Transcript) -> Option<ExitStatus> {
    let meta = || {
        transcript
            .entries
            .iter()
            .filter(|entry| entry.dir == Way::Meta)
    };
    if meta().any(|entry| entry.msg.get("action").is_some()) {
        return None;
    }
    let exit = meta().find_map(|entry| entry.msg["exit"].as_i64())?;
    match u8::try_from(exit) {
        Ok(code) => Some(ExitStatus::Code(code)),
        Err(_) => Some(ExitStatus::Signal(if exit == -15 {
            Signal::Term
        } else {
            Signal::Kill
        })),
    }
}

/// Turns the events of one turn into steps.
pub(super) struct Converter<'a> {
    pub version: Version,
    pace: Pace,
    all: &'a [RecordedTurn<'a>],
    death: Option<ExitStatus>,
}

impl Converter<'_> {
    fn steps(&self, turn: &RecordedTurn<'_>) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut clock = turn.began;
        let mut index = 0;
        let mut total = self.total_before(turn);
        while let Some(event) = turn.events.get(index) {
            self.pause(&mut steps, &mut clock, event.t);
            let (count, step) = self.step(turn, index, &mut total);
            steps.extend(step);
            index += count;
        }
        self.end(turn, &mut steps);
        steps
    }

    fn pause(&self, steps: &mut Vec<Step>, clock: &mut f64, t: f64) {
        let gap = t - *clock;
        if self.pace == Pace::Recorded && gap >= SHORTEST_PAUSE {
            let gap = Duration::from_millis(Duration::from_secs_f64(gap).as_millis() as u64);
            match steps.last_mut() {
                Some(Step::Sleep(before)) => *before = (before.get() + gap).into(),
                _ => steps.push(Step::Sleep(gap.into())),
            }
        }
        *clock = t;
    }

    /// The step for the event at `index`, and how many events it stands for.
    fn step(
        &self,
        turn: &RecordedTurn<'_>,
        index: usize,
        total: &mut Option<u64>,
    ) -> (usize, Option<Step>) {
        let events = &turn.events[index..];
        let (method, params) = match events[0].what {
            What::Told(method, params) => (method, params),
            What::Client(method) => return (1, Some(Step::Await(method.to_owned()))),
            What::Asked(asked) => return self.asked_first(events, asked),
            What::Answered(_) => return (1, None),
        };
        match method {
            "thread/status/changed"
            | "thread/name/updated"
            | "turn/started"
            | "serverRequest/resolved"
            | "thread/goal/cleared" => (1, None),
            "warning" if is_model_warning(params) => (1, None),
            "thread/tokenUsage/updated" => self.usage(events, params, total),
            "error" => self.error(turn, events),
            "item/started" => {
                let kind = params["item"]["type"].as_str().unwrap_or_default();
                match (kind, turn.origin) {
                    ("enteredReviewMode" | "exitedReviewMode", Origin::Review) => (1, None),
                    ("agentMessage", Origin::Review) => (1, self.review_message(turn, params)),
                    ("collabAgentToolCall", _) => self.subagent(events, params),
                    _ => self.item(turn, events, params),
                }
            }
            "item/completed" if turn.origin == Origin::Review => {
                let frame = ["enteredReviewMode", "exitedReviewMode", "agentMessage"];
                let kind = params["item"]["type"].as_str().unwrap_or_default();
                (
                    1,
                    if frame.contains(&kind) {
                        None
                    } else {
                        Some(raw(method, params))
                    },
                )
            }
            _ => (1, Some(raw(method, params))),
        }
    }

    /// A report of tokens with the rate limits after it; what is told twice is kept as it is.
    fn usage(
        &self,
        events: &[Event<'_>],
        params: &Value,
        total: &mut Option<u64>,
    ) -> (usize, Option<Step>) {
        let told = &params["tokenUsage"];
        let number = |name: &str| told["last"][name].as_u64().unwrap_or_default();
        let now = told["total"]["totalTokens"].as_u64();
        let limits = events
            .iter()
            .position(|event| matches!(event.what, What::Told("account/rateLimits/updated", _)));
        let whole = number("totalTokens") == number("inputTokens") + number("outputTokens");
        // 0.117 repeats the last report of the thread before the first output of a turn.
        let repeated = *total == now || (total.is_none() && self.version == Version::V0_117);
        *total = now;
        if limits != Some(1) || repeated || !whole {
            return (1, Some(raw("thread/tokenUsage/updated", params)));
        }
        let usage = Usage {
            input: number("inputTokens"),
            cached: number("cachedInputTokens"),
            output: number("outputTokens"),
            reasoning: number("reasoningOutputTokens"),
        };
        (2, Some(Step::Usage(usage)))
    }

    /// The tokens of the thread before this turn, as far as the transcript tells.
    fn total_before(&self, turn: &RecordedTurn<'_>) -> Option<u64> {
        let earlier = self
            .all
            .iter()
            .take_while(|other| !std::ptr::eq(*other, turn));
        let told = earlier
            .filter(|other| other.thread == turn.thread)
            .flat_map(|other| &other.events);
        told.filter_map(|event| match event.what {
            What::Told("thread/tokenUsage/updated", params) => {
                params["tokenUsage"]["total"]["totalTokens"].as_u64()
            }
            _ => None,
        })
        .last()
        .or_else(|| turn.fresh.then_some(0))
    }

    fn error(&self, turn: &RecordedTurn<'_>, events: &[Event<'_>]) -> (usize, Option<Step>) {
        let What::Told(method, params) = events[0].what else {
            return (1, None);
        };
        if params["willRetry"] == json!(false) {
            let failed = turn
                .end
                .is_some_and(|end| end["turn"]["status"] == "failed");
            // The error of the turn's end is told by the step that ends it.
            return (
                1,
                if failed {
                    None
                } else {
                    Some(raw(method, params))
                },
            );
        }
        match retry(params) {
            Some(retry) => (1, Some(Step::Retry(retry))),
            None => (1, Some(raw(method, params))),
        }
    }

    /// The message of a reviewer, whose text is told when the review ends.
    fn review_message(&self, turn: &RecordedTurn<'_>, params: &Value) -> Option<Step> {
        let text = turn.events.iter().find_map(|event| match event.what {
            What::Told("item/started", told) if told["item"]["type"] == "exitedReviewMode" => {
                told["item"]["review"].as_str()
            }
            _ => None,
        });
        // What the history keeps of the review comes with its text at once.
        if params["item"]["text"] != "" {
            return None;
        }
        let id = params["item"]["id"].as_str()?.to_owned();
        let mut message = crate::script::AgentMessage::from(text.unwrap_or_default().to_owned());
        message.id = Some(id);
        Some(Step::Say(Short(message)))
    }

    fn subagent(&self, events: &[Event<'_>], params: &Value) -> (usize, Option<Step>) {
        let item = &params["item"];
        let id = item["id"].as_str().unwrap_or_default();
        let done = events.iter().position(|event| match event.what {
            What::Told("item/completed", told) => told["item"]["id"] == id,
            _ => false,
        });
        let prompt = item["prompt"].as_str().unwrap_or_default().to_owned();
        let mut subagent = Subagent::from(prompt);
        subagent.id = Some(id.to_owned());
        let Some(done) = done else {
            subagent.unfinished = true;
            return (1, Some(Step::Subagent(Box::new(Short(subagent)))));
        };
        let What::Told(_, completed) = events[done].what else {
            return (1, None);
        };
        let receiver = completed["item"]["receiverThreadIds"][0]
            .as_str()
            .unwrap_or_default();
        let child = self.all.iter().find(|turn| turn.thread == receiver);
        match child {
            Some(child) if done == 1 && item["tool"] == "spawnAgent" => {
                subagent.turn = Some(Turn::from(self.steps(child)));
                (2, Some(Step::Subagent(Box::new(Short(subagent)))))
            }
            _ => (1, Some(raw("item/started", params))),
        }
    }

    fn end(&self, turn: &RecordedTurn<'_>, steps: &mut Vec<Step>) {
        let Some(end) = turn.end else {
            if turn.steered {
                return;
            }
            steps.push(self.death.map_or(Step::Hang, Step::Crash));
            return;
        };
        let error = &end["turn"]["error"];
        match end["turn"]["status"].as_str() {
            Some("failed") => steps.extend(self.failure(turn, error)),
            Some("interrupted") if turn.interrupted => steps.push(Step::Hang),
            Some("interrupted") if cancelled(turn) => after_cancel(steps),
            Some("interrupted") => steps.push(Step::Interrupted),
            _ => {}
        }
    }

    fn failure(&self, turn: &RecordedTurn<'_>, error: &Value) -> Option<Step> {
        let told = turn.events.iter().any(|event| match event.what {
            What::Told("error", params) => params["willRetry"] == json!(false),
            _ => false,
        });
        let message = error["message"].as_str().unwrap_or_default();
        // 0.117 ends a turn so of itself after what it should have refused.
        if !told && self.version == Version::V0_117 {
            return None;
        }
        Some(Step::Fail(Short(Failure {
            message: message.to_owned(),
            info: error["codexErrorInfo"].clone(),
            details: error["additionalDetails"].as_str().map(str::to_owned),
            silent: !told,
            without_error: error.is_null(),
        })))
    }
}

pub(super) fn is_model_warning(params: &Value) -> bool {
    params["message"]
        .as_str()
        .is_some_and(|text| text.starts_with("Model metadata for "))
}

/// Whether the client cancelled what the turn asked for.
fn cancelled(turn: &RecordedTurn<'_>) -> bool {
    turn.events.iter().any(|event| match event.what {
        What::Answered(answer) => answer["result"]["decision"] == "cancel",
        _ => false,
    })
}

/// What follows a cancelled approval becomes its consequence.
fn after_cancel(steps: &mut Vec<Step>) {
    let asked = steps
        .iter()
        .rposition(|step| matches!(step, Step::Approve(_)));
    let Some(index) = asked.filter(|index| index + 1 < steps.len()) else {
        return;
    };
    let mut rest = steps.split_off(index + 1);
    rest.push(Step::Interrupted);
    if let Some(Step::Approve(approve)) = steps.last_mut() {
        approve.then.cancelled = rest;
    }
}

/// One attempt to reconnect, if the error is one.
fn retry(params: &Value) -> Option<Retry> {
    let error = &params["error"];
    let (attempt, of) = error["message"]
        .as_str()?
        .strip_prefix("Reconnecting... ")?
        .split_once('/')?;
    Some(Retry {
        first: attempt.parse().ok()?,
        times: 1,
        of: of.parse().ok()?,
        every: crate::duration::SimDuration::default(),
        details: error["additionalDetails"].as_str().map(str::to_owned),
        info: Some(error["codexErrorInfo"].clone()),
    })
}

/// The notification as it was recorded, but for its thread and turn.
pub(super) fn raw(method: &str, params: &Value) -> Step {
    let mut params = params.clone();
    let mut exact = true;
    if let Value::Object(map) = &mut params {
        if map.shift_remove("threadId").is_some() {
            exact = false;
        }
        map.shift_remove("turnId");
    }
    Step::Notify(Message {
        method: method.to_owned(),
        params,
        exact,
    })
}
