//! The things that can happen at a place: each is a word, and what it is in a scenario file.

use clap::ValueEnum;
use serde_json::Value;

/// The kinds of things that are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ValueEnum)]
pub enum Family {
    /// A process gets a signal.
    Signal,
    /// Codex does something wrong at a message.
    Fault,
    /// Somebody does something else while a process stands still.
    Command,
    /// What a process does fails.
    Failure,
    /// A process stands still for a long time.
    Pause,
}

impl Family {
    /// Every family, in the order in which their turns come.
    pub const ALL: [Family; 5] = [
        Family::Signal,
        Family::Fault,
        Family::Command,
        Family::Failure,
        Family::Pause,
    ];
}

/// One thing that can happen at a place.
#[derive(Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Its word in a schedule.
    pub word: &'static str,
    /// Its kind.
    pub family: Family,
    /// What it is in a scenario, as JSON: the fields of a gate beside its place, or the `do` of a fault.
    body: &'static str,
    /// How a title tells it, with `{}` for the one it happens to.
    pub told: &'static str,
}

const fn attempt(
    word: &'static str,
    family: Family,
    body: &'static str,
    told: &'static str,
) -> Attempt {
    Attempt {
        word,
        family,
        body,
        told,
    }
}

use Family::{Command, Failure, Fault, Pause, Signal};

/// What is tried. Commands run beside the process that stands still, and have a second before it goes on: one that
/// needs what that process holds waits for it, as it would in life.
static ATTEMPTS: [Attempt; 30] = [
    attempt(
        "sigkill",
        Signal,
        r#"{"then":{"kill":"SIGKILL"}}"#,
        "the {} is killed",
    ),
    attempt(
        "sigterm",
        Signal,
        r#"{"then":{"kill":"SIGTERM"}}"#,
        "the {} is terminated",
    ),
    attempt(
        "cancel",
        Command,
        r#"{"do":[{"companion":{"run":"cancel","background":true}},{"advance":"1s"}]}"#,
        "somebody cancels while the {} stands still",
    ),
    attempt(
        "status",
        Command,
        r#"{"do":[{"companion":{"run":"status --json","background":true}},{"advance":"1s"}]}"#,
        "somebody asks for the status while the {} stands still",
    ),
    attempt(
        "result",
        Command,
        r#"{"do":[{"companion":{"run":"result","background":true}},{"advance":"1s"}]}"#,
        "somebody asks for the result while the {} stands still",
    ),
    attempt(
        "task",
        Command,
        r#"{"do":[{"companion":{"run":"task --background \"do it too\"","background":true}},{"advance":"1s"}]}"#,
        "another task begins while the {} stands still",
    ),
    attempt(
        "hook",
        Command,
        r#"{"do":[{"hook":{"status":"completed","text":"Codex is running in the background."}}]}"#,
        "the hook is called while the {} stands still",
    ),
    attempt(
        "session-end",
        Command,
        r#"{"do":[{"session-end":{}}]}"#,
        "the session ends while the {} stands still",
    ),
    attempt(
        "enospc",
        Failure,
        r#"{"then":{"fail":"ENOSPC"}}"#,
        "the disk is full for the {}",
    ),
    attempt(
        "eagain",
        Failure,
        r#"{"then":{"fail":"EAGAIN"}}"#,
        "there is no process left for the {}",
    ),
    attempt(
        "econnrefused",
        Failure,
        r#"{"then":{"fail":"ECONNREFUSED"}}"#,
        "the {} is refused a connection",
    ),
    attempt(
        "pause",
        Pause,
        r#"{"do":[{"advance":"6m"}]}"#,
        "the {} stands still for six minutes",
    ),
    attempt(
        "crash",
        Fault,
        r#"{"crash":{"code":1}}"#,
        "Codex crashes at {}",
    ),
    attempt(
        "killed",
        Fault,
        r#"{"crash":{"signal":"KILL"}}"#,
        "Codex is killed at {}",
    ),
    attempt("quit", Fault, r#""quit""#, "Codex ends with 0 at {}"),
    attempt("freeze", Fault, r#""freeze""#, "Codex freezes at {}"),
    attempt("drop", Fault, r#""drop""#, "{} is lost"),
    attempt("duplicate", Fault, r#""duplicate""#, "{} comes twice"),
    attempt("reorder", Fault, r#""reorder""#, "{} comes too late"),
    attempt(
        "half-line",
        Fault,
        r#""half-line""#,
        "Codex falls silent in the middle of {}",
    ),
    attempt(
        "unknown-id",
        Fault,
        r#""unknown-id""#,
        "{} has an id that nobody knows",
    ),
    attempt(
        "error",
        Fault,
        r#"{"error":{"message":"refused"}}"#,
        "{} is answered with an error",
    ),
    attempt(
        "overload",
        Fault,
        r#""overload""#,
        "{} is answered with an overload",
    ),
    attempt(
        "garbage",
        Fault,
        r#"{"garbage":"no JSON"}"#,
        "Codex writes garbage at {}",
    ),
    attempt(
        "invalid-utf8",
        Fault,
        r#""invalid-utf8""#,
        "Codex writes bytes that are no text at {}",
    ),
    attempt(
        "stderr",
        Fault,
        r#"{"stderr":{"text":"warning","times":5000}}"#,
        "Codex floods its standard error at {}",
    ),
    attempt(
        "close-stdout",
        Fault,
        r#""close-stdout""#,
        "Codex closes its output at {}",
    ),
    attempt(
        "stop-reading",
        Fault,
        r#""stop-reading""#,
        "Codex reads nothing any more from {} on",
    ),
    attempt(
        "late",
        Fault,
        r#"{"sleep":"20m"}"#,
        "Codex stands still for 20 minutes at {}",
    ),
    attempt(
        "grandchild",
        Fault,
        r#"{"grandchild":{"lives":"1h"}}"#,
        "Codex leaves a process behind at {}",
    ),
];

impl Attempt {
    /// The attempt with this word.
    pub fn named(word: &str) -> Option<&'static Attempt> {
        ATTEMPTS.iter().find(|attempt| attempt.word == word)
    }

    /// Every attempt.
    pub fn all() -> impl Iterator<Item = &'static Attempt> {
        ATTEMPTS.iter()
    }

    /// What it is in a scenario.
    pub fn body(&self) -> Value {
        serde_json::from_str(self.body)
            .unwrap_or_else(|error| unreachable!("a constant that a test reads: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attempt_can_stand_in_a_scenario() {
        for attempt in Attempt::all() {
            let mut body = attempt.body();
            let text = if attempt.family == Family::Fault {
                let point = match attempt.word {
                    "unknown-id" => "turn/start reply",
                    "reorder" | "half-line" => "turn/completed",
                    _ => "turn/start",
                };
                format!(
                    "{{title: t, codex: {{faults: [{{before: {point}, do: {body}}}]}}, steps: [agent: {{task: x}}]}}"
                )
            } else {
                body["before"] = serde_json::json!({"fork": "*"});
                format!("{{title: t, gates: [{body}], steps: [agent: {{task: x}}]}}")
            };
            let scenario = crate::scenario::parse("t.yaml", &text).unwrap();
            scenario.codex.check().unwrap();
        }
    }

    #[test]
    fn words_are_unique_and_the_titles_name_whom_it_happens_to() {
        let mut words: Vec<_> = Attempt::all().map(|attempt| attempt.word).collect();
        assert!(Attempt::all().all(|attempt| attempt.told.contains("{}")));
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), ATTEMPTS.len());
    }
}
