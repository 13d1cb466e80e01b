//! What the notifications of a turn add up to.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Progress, TurnEnd, items};
use crate::job::shorten;
use crate::texts::say;

/// The state of a turn as far as the server has told it.
#[derive(Debug, Default)]
pub struct Capture {
    thread: String,
    turns: BTreeSet<String>,
    turn: Option<String>,
    final_answer: Option<String>,
    last_message: String,
    explicit_final: bool,
    review: String,
    reasoning: Vec<String>,
    touched: Vec<String>,
    error: Option<String>,
    given_up: bool,
    status: Option<String>,
    last_event: String,
    open_items: Vec<(String, String)>,
}

fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}

impl Capture {
    /// A turn on this thread that has not been acknowledged yet.
    pub fn new(thread: &str) -> Self {
        Self {
            thread: thread.to_owned(),
            ..Self::default()
        }
    }

    /// The reply to `turn/start` or `review/start`.
    pub fn acknowledged(&mut self, reply: &Value) {
        if let Some(turn) = text(reply, "/turn/id") {
            self.turn = Some(turn.to_owned());
            self.turns.insert(turn.to_owned());
        }
        match text(reply, "/turn/status") {
            None | Some("inProgress") => {}
            Some(_) => self.completed(reply),
        }
    }

    /// The turn's id.
    pub fn turn(&self) -> Option<&str> {
        self.turn.as_deref()
    }

    /// Whether the server has said how the turn ended.
    pub fn has_ended(&self) -> bool {
        self.status.is_some()
    }

    /// Whether the server reported an error that it will not retry.
    pub fn has_given_up(&self) -> bool {
        self.given_up
    }

    /// Whether the main thread gave its answer explicitly, so that only the end is missing.
    pub fn has_answered(&self) -> bool {
        self.explicit_final
    }

    /// What happened last, for the report of a limit.
    pub fn last_event(&self) -> String {
        match self.open_items.last() {
            Some((_, what)) => say!(NOT_FINISHED, event = what),
            None if self.last_event.is_empty() => say!(NO_EVENT),
            None => self.last_event.clone(),
        }
    }

    /// The server's own record of the turn says that it completed.
    pub fn confirm_completed(&mut self) {
        self.status = Some("completed".to_owned());
    }

    /// Takes a notification; gives what is worth telling.
    pub fn apply(&mut self, message: &Value) -> Vec<Progress> {
        let method = message
            .get("method")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let params = message.get("params").unwrap_or(&Value::Null);
        let main = text(params, "/threadId").is_none_or(|thread| thread == self.thread);
        let told: Vec<Progress> = match method {
            "turn/started" => self.started(params, main).into_iter().collect(),
            "item/started" => self.item_started(params).into_iter().collect(),
            "item/completed" => self.item_completed(params, main),
            "error" if main => vec![self.error(params)],
            "turn/completed" if main && self.is_ours(params) => {
                self.completed(params);
                let status = self.status.clone().unwrap_or_default();
                vec![Progress::line(
                    say!(LOG_TURN_ENDED, status = status),
                    Some("finalizing"),
                )]
            }
            _ => Vec::new(),
        };
        if let Some(line) = told
            .iter()
            .rev()
            .find_map(|progress| progress.message.as_ref())
        {
            self.last_event.clone_from(line);
        }
        told
    }

    fn is_ours(&self, params: &Value) -> bool {
        text(params, "/turn/id").is_none_or(|turn| self.turns.contains(turn))
    }

    fn started(&mut self, params: &Value, main: bool) -> Option<Progress> {
        let turn = text(params, "/turn/id")?;
        let line = say!(LOG_TURN_STARTED, turn = turn);
        if !main {
            return Some(Progress::line(line, Some("starting")));
        }
        // A review runs as a turn whose id is not the one of the reply (observed on codex 0.134).
        self.turns.insert(turn.to_owned());
        self.turn = Some(turn.to_owned());
        Some(Progress {
            thread: Some(self.thread.clone()),
            turn: self.turn.clone(),
            ..Progress::line(line, Some("starting"))
        })
    }

    fn item_started(&mut self, params: &Value) -> Option<Progress> {
        let item = params.get("item")?;
        let progress = items::started(item)?;
        let id = text(item, "/id").unwrap_or_default().to_owned();
        self.open_items
            .push((id, progress.message.clone().unwrap_or_default()));
        Some(progress)
    }

    fn item_completed(&mut self, params: &Value, main: bool) -> Vec<Progress> {
        let Some(item) = params.get("item") else {
            return Vec::new();
        };
        let id = text(item, "/id").unwrap_or_default();
        self.open_items.retain(|(open, _)| open != id);
        match text(item, "/type") {
            Some("agentMessage") => self.agent_message(item, params, main).into_iter().collect(),
            Some("reasoning") => self.reasoning(item).into_iter().collect(),
            Some("exitedReviewMode") => self.review_text(item),
            Some("fileChange") => {
                for path in items::changed_paths(item) {
                    if !self.touched.contains(&path) {
                        self.touched.push(path);
                    }
                }
                items::completed(item).into_iter().collect()
            }
            _ => items::completed(item).into_iter().collect(),
        }
    }

    fn agent_message(&mut self, item: &Value, params: &Value, main: bool) -> Option<Progress> {
        let message = text(item, "/text")?;
        let phase = text(item, "/phase");
        let is_final = phase == Some("final_answer");
        let excerpt = shorten(message, 96);
        let phase_after = is_final.then_some("finalizing");
        if !main {
            let from = text(params, "/threadId").unwrap_or("thread");
            return Some(Progress {
                block: Some((format!("Subagent {from} message"), message.to_owned())),
                ..Progress::line(
                    say!(LOG_SUBAGENT_MESSAGE, thread = from, excerpt = excerpt),
                    None,
                )
            });
        }
        message.clone_into(&mut self.last_message);
        // Versions without phases give messages without one; only "commentary" is no answer.
        if phase != Some("commentary") {
            self.final_answer = Some(message.to_owned());
        }
        self.explicit_final |= is_final;
        Some(Progress {
            block: Some(("Assistant message".to_owned(), message.to_owned())),
            ..Progress::line(say!(LOG_MESSAGE, excerpt = excerpt), phase_after)
        })
    }

    fn reasoning(&mut self, item: &Value) -> Option<Progress> {
        let sections = items::reasoning_sections(item.get("summary").unwrap_or(&Value::Null));
        let first = sections.first()?.clone();
        let body: Vec<String> = sections
            .iter()
            .map(|section| format!("- {section}"))
            .collect();
        for section in sections {
            if !self.reasoning.contains(&section) {
                self.reasoning.push(section);
            }
        }
        let line = say!(LOG_REASONING, excerpt = shorten(&first, 96));
        let block = Some(("Reasoning summary".to_owned(), body.join("\n")));
        Some(Progress {
            block,
            ..Progress::line(line, None)
        })
    }

    fn review_text(&mut self, item: &Value) -> Vec<Progress> {
        let finished = items::completed(item);
        let Some(review) = text(item, "/review") else {
            return finished.into_iter().collect();
        };
        review.clone_into(&mut self.review);
        let captured = Progress {
            block: Some(("Review output".to_owned(), review.to_owned())),
            ..Progress::line(say!(LOG_REVIEW_CAPTURED), Some("finalizing"))
        };
        std::iter::once(captured).chain(finished).collect()
    }

    fn error(&mut self, params: &Value) -> Progress {
        let message =
            text(params, "/error/message").map_or_else(|| say!(UNKNOWN_ERROR), str::to_owned);
        let detail = text(params, "/error/additionalDetails");
        let whole = detail.map_or_else(|| message.clone(), |detail| format!("{message}: {detail}"));
        if params.get("willRetry").and_then(Value::as_bool) == Some(true) {
            return Progress::line(say!(LOG_CODEX_RETRIES, error = whole), None);
        }
        self.given_up |= params.get("willRetry").and_then(Value::as_bool) == Some(false);
        self.error = Some(message);
        Progress::line(say!(LOG_CODEX_ERROR, error = whole), Some("failed"))
    }

    fn completed(&mut self, params: &Value) {
        self.status = Some(text(params, "/turn/status").unwrap_or("unknown").to_owned());
        if let Some(message) = text(params, "/turn/error/message") {
            self.error = Some(message.to_owned());
        }
    }

    /// The end, for a reason that the server did not give if there is one.
    pub fn end(self, reason: Option<String>, interrupted: Option<bool>, review: bool) -> TurnEnd {
        let answered = if review {
            !self.review.is_empty()
        } else {
            self.final_answer.is_some()
        };
        let said_completed = self.status.as_deref() == Some("completed");
        let completed = reason.is_none() && said_completed && answered;
        let error = (!completed).then(|| {
            reason.or(self.error).unwrap_or_else(|| {
                if said_completed {
                    say!(NO_FINAL_ANSWER)
                } else {
                    match self.status {
                        Some(status) => say!(TURN_REPORTED_AS, status = status),
                        None => say!(NO_FINAL_MESSAGE),
                    }
                }
            })
        });
        TurnEnd {
            thread: self.thread,
            turn: self.turn,
            completed,
            text: self.final_answer.unwrap_or(self.last_message),
            review: self.review,
            reasoning: self.reasoning,
            touched: self.touched,
            error,
            interrupted,
        }
    }
}

#[cfg(test)]
#[path = "capture_tests.rs"]
mod tests;
