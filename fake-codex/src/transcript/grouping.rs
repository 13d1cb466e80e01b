//! Finding the turns in a transcript, and what belongs to each.

use std::collections::{HashMap, HashSet, VecDeque};

use serde_json::Value;

use super::{Transcript, Way};

/// What began a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// `turn/start` or `turn/steer`.
    Client,
    /// `review/start`.
    Review,
    /// A call of another turn.
    Subagent,
}

/// A turn as it was recorded.
#[derive(Debug)]
pub(super) struct RecordedTurn<'a> {
    pub origin: Origin,
    pub thread: String,
    /// Its id in notifications.
    pub id: String,
    pub events: Vec<Event<'a>>,
    /// The parameters of its `turn/completed`.
    pub end: Option<&'a Value>,
    /// When it ended, in seconds.
    pub ended: f64,
    /// Items that ended after it: when, and the parameters of `item/completed`.
    pub late: Vec<(f64, &'a Value)>,
    /// When it began, in seconds.
    pub began: f64,
    /// Its thread began in this transcript.
    pub fresh: bool,
    /// The client asked to interrupt it.
    pub interrupted: bool,
    /// It failed before it began.
    pub refused: bool,
    begun: bool,
    /// Another turn steered it, and ends it.
    pub steered: bool,
    taken_up: bool,
}

/// Something that belongs to a turn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event<'a> {
    /// When, in seconds.
    pub t: f64,
    pub what: What<'a>,
}

/// What belongs to a turn.
#[derive(Debug, Clone, Copy)]
pub(super) enum What<'a> {
    /// A notification: its method and parameters.
    Told(&'a str, &'a Value),
    /// A request of the server: its parameters.
    Asked(&'a Value),
    /// The client's answer to a request.
    Answered(&'a Value),
    /// A message of the client with this method, about the turn's thread.
    Client(&'a str),
}

#[derive(Default)]
struct Grouping<'a> {
    turns: Vec<RecordedTurn<'a>>,
    requests: HashMap<String, (&'a str, &'a Value)>,
    active: HashMap<String, usize>,
    steers: HashMap<String, VecDeque<usize>>,
    asked: HashMap<String, usize>,
    last: Option<usize>,
    started: HashSet<String>,
}

/// Every turn of the transcript, in the order in which the server accepted them.
pub(super) fn turns(transcript: &Transcript) -> Vec<RecordedTurn<'_>> {
    let mut grouping = Grouping::default();
    for entry in &transcript.entries {
        match entry.dir {
            Way::ToServer => grouping.hear_client(&entry.msg, entry.t),
            Way::ToClient => grouping.hear_server(&entry.msg, entry.t),
            _ => {}
        }
    }
    grouping.turns
}

impl<'a> Grouping<'a> {
    fn hear_client(&mut self, message: &'a Value, t: f64) {
        let id = message["id"].to_string();
        let Some(method) = message["method"].as_str() else {
            if let Some(index) = self.asked.remove(&id) {
                self.push(index, t, What::Answered(message));
            }
            return;
        };
        let params = &message["params"];
        self.requests.insert(id, (method, params));
        let Some(&index) = params["threadId"]
            .as_str()
            .and_then(|id| self.active.get(id))
        else {
            return;
        };
        if method == "turn/interrupt" {
            self.turns[index].interrupted = true;
        } else {
            self.push(index, t, What::Client(method));
        }
    }

    fn hear_server(&mut self, message: &'a Value, t: f64) {
        let id = message["id"].to_string();
        let Some(method) = message["method"].as_str() else {
            if let Some((method, params)) = self.requests.remove(&id) {
                self.accepted(method, params, &message["result"], t);
            }
            return;
        };
        let params = &message["params"];
        let thread = params["threadId"].as_str();
        if message.get("id").is_some() {
            if let Some(&index) = thread.and_then(|id| self.active.get(id)) {
                self.asked.insert(id, index);
                self.push(index, t, What::Asked(params));
            }
            return;
        }
        match (method, thread) {
            ("turn/started", Some(thread)) if !self.active.contains_key(thread) => {
                self.begin(Origin::Subagent, thread, &params["turn"]["id"], t);
            }
            ("turn/completed", Some(thread)) => {
                if let Some(index) = self.active.remove(thread) {
                    self.turns[index].end = Some(params);
                    self.turns[index].ended = t;
                }
            }
            ("account/rateLimits/updated", None) => {
                if let Some(index) = self.last {
                    self.push(index, t, What::Told(method, params));
                }
            }
            (_, Some(thread)) => self.told(method, params, thread, t),
            _ => {}
        }
    }

    fn accepted(&mut self, method: &str, params: &'a Value, result: &'a Value, t: f64) {
        if result.is_null() {
            return;
        }
        match method {
            "turn/start" | "turn/steer" => {
                if let Some(thread) = params["threadId"].as_str() {
                    self.begin(Origin::Client, thread, &result["turn"]["id"], t);
                }
            }
            "thread/start" => {
                self.started
                    .extend(result["thread"]["id"].as_str().map(str::to_owned));
            }
            "review/start" => {
                if let Some(thread) = result["reviewThreadId"].as_str() {
                    self.begin(Origin::Review, thread, &result["turn"]["id"], t);
                }
            }
            _ => {}
        }
    }

    fn begin(&mut self, origin: Origin, thread: &str, id: &Value, t: f64) {
        let index = self.turns.len();
        // The notifications of a turn that steers another carry the id of that one.
        let steered = self
            .active
            .get(thread)
            .map(|&active| self.turns[active].id.clone());
        let id = steered.unwrap_or_else(|| id.as_str().unwrap_or_default().to_owned());
        self.turns.push(RecordedTurn {
            origin,
            thread: thread.to_owned(),
            id,
            events: Vec::new(),
            end: None,
            ended: t,
            late: Vec::new(),
            began: t,
            fresh: origin == Origin::Subagent || self.started.contains(thread),
            interrupted: false,
            refused: false,
            begun: origin == Origin::Subagent,
            steered: false,
            taken_up: false,
        });
        if self.active.contains_key(thread) {
            self.steers
                .entry(thread.to_owned())
                .or_default()
                .push_back(index);
        } else {
            self.active.insert(thread.to_owned(), index);
        }
    }

    fn told(&mut self, method: &'a str, params: &'a Value, thread: &str, t: f64) {
        if method == "item/completed" {
            let of_it = |turn: &&mut RecordedTurn<'_>| {
                turn.end.is_some() && params["turnId"] == turn.id.as_str()
            };
            if let Some(turn) = self.turns.iter_mut().find(of_it) {
                turn.late.push((t, params));
                return;
            }
        }
        let Some(&index) = self.active.get(thread) else {
            return;
        };
        self.last = Some(index);
        if method == "error" {
            // The error after the rename of an ephemeral thread comes with the id of no turn.
            if params["turnId"] != self.turns[index].id.as_str() {
                return;
            }
            // 0.117 accepts a turn without input, and fails it before it begins.
            if !self.turns[index].begun && params["error"]["codexErrorInfo"] == "badRequest" {
                self.turns[index].refused = true;
                self.active.remove(thread);
                return;
            }
        }
        if method == "turn/started" {
            self.turns[index].begun = true;
        }
        if params["item"]["type"] == "userMessage" {
            if method == "item/started" {
                self.take_up(index, thread, t);
            }
            return;
        }
        self.push(index, t, What::Told(method, params));
    }

    /// The user's input is taken up; a second one belongs to the turn that steered this one.
    fn take_up(&mut self, index: usize, thread: &str, t: f64) {
        if !self.turns[index].taken_up {
            self.turns[index].taken_up = true;
            return;
        }
        let next = self.steers.get_mut(thread).and_then(VecDeque::pop_front);
        if let Some(next) = next {
            self.turns[index].steered = true;
            self.turns[next].taken_up = true;
            self.turns[next].began = t;
            self.turns[next].interrupted = self.turns[index].interrupted;
            self.active.insert(thread.to_owned(), next);
        }
    }

    fn push(&mut self, index: usize, t: f64, what: What<'a>) {
        self.turns[index].events.push(Event { t, what });
        self.last = Some(index);
    }
}
