//! The table of rules: what a text says about a run.
//!
//! The first rule that applies speaks. Between the rules of [`FIRST`] and [`THEN`] stand the texts
//! of the subject, from its vocabulary (`told:` of an entry). A text may speak about several jobs.
//! The tables hold the sentinels, what companions print about a job, and Claude Code's own texts.

use super::{Origin, Told};
use crate::claude::relay::{COMPLETE, dispatched};
use crate::vocabulary::Vocabulary;
use Origin::{Agent, AgentError, Notification, Output};
use serde_json::Value;

/// What a text says about a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// What its reader believes.
    pub told: Told,
    /// The job, where the text names one.
    pub job: Option<String>,
    /// The rule: an entry of the vocabulary, or one of the tables.
    pub rule: String,
}

/// One rule: its name, where it applies, and what it reads.
struct Rule(&'static str, &'static [Origin], Reads);

/// What a rule reads, and what it then says.
enum Reads {
    /// Anything.
    Anything(Told),
    /// A report that begins with these words.
    Beginning(&'static str, Told),
    /// A report with any of these words in it.
    Words(&'static [&'static str], Told),
    /// The same whatever their case.
    AnyCase(&'static [&'static str], Told),
    /// A whole message with these words in it.
    Message(&'static str, Told),
    /// A report with a form of its own.
    Form(fn(&str) -> Vec<Verdict>),
}

type Verdict = (Told, Option<String>);

/// Tried before the vocabulary.
const FIRST: [Rule; 7] = [
    Rule(
        "interrupted",
        &[AgentError, Output],
        Reads::Beginning(
            "The user doesn't want to proceed with this tool use.",
            Told::Unknown,
        ),
    ),
    Rule(
        "resumed",
        &[Agent],
        Reads::Beginning("{\"success\":true,\"message\":\"", Told::Running),
    ),
    Rule("agent-error", &[AgentError], Reads::Anything(Told::Failed)),
    Rule(
        "agent-failed",
        &[Notification],
        Reads::Message("<status>failed<", Told::Failed),
    ),
    Rule(
        "agent-killed",
        &[Notification],
        Reads::Message("<status>killed<", Told::Failed),
    ),
    Rule(
        "agent-waiting",
        &[Notification],
        Reads::Message("background work</summary>", Told::Running),
    ),
    Rule(
        "sentinel",
        &[Agent, Output, Notification],
        Reads::Form(sentinel),
    ),
];

/// Tried after the vocabulary.
const THEN: [Rule; 9] = [
    Rule(
        "async-launched",
        &[Agent],
        Reads::Beginning("Async agent launched", Told::Running),
    ),
    Rule(
        "no-output",
        &[Agent],
        Reads::Beginning("(Subagent completed but", Told::Unknown),
    ),
    Rule(
        "api-error",
        &[Agent],
        Reads::Beginning("API Error: ", Told::Failed),
    ),
    Rule(
        "exit-code",
        &[Agent, Notification],
        Reads::Beginning("Exit code ", Told::Failed),
    ),
    Rule(
        "in-background",
        &[Agent, Notification],
        Reads::Words(&IN_BACKGROUND, Told::Running),
    ),
    Rule("record", &[Agent, Output], Reads::Form(record)),
    Rule("status", &[Agent, Output], Reads::Form(status)),
    Rule(
        "in-other-words",
        &[Agent, Notification],
        Reads::AnyCase(&OTHER_WORDS, Told::Running),
    ),
    Rule(
        "agent-finished",
        &[Notification],
        Reads::Anything(Told::Unknown),
    ),
];

/// What the Bash tool says of a command that goes on without its caller, in every known version.
const IN_BACKGROUND: [&str; 5] = [
    "Command running in background with ID: ",
    "was moved to the background (ID: ",
    "was moved to the background with ID: ",
    "Command was moved to the background (ID: ",
    "Command was manually backgrounded by user with ID: ",
];

/// Words of a subagent that make its reader wait.
const OTHER_WORDS: [&str; 7] = [
    "running in background",
    "running in the background",
    "backgrounded",
    "dispatched",
    "you'll be notified",
    "will be notified",
    "will notify",
];

/// Everything that a text says, in order; empty when it says nothing about a run.
pub fn say(origin: Origin, whole: &str, vocabulary: &Vocabulary) -> Vec<Said> {
    // That a command of the main thread ended says nothing about a run: its output does.
    let is_of_agent = ["<summary>Agent \"", "<summary>Task \""]
        .iter()
        .any(|words| whole.contains(words));
    if origin == Origin::Notification && !is_of_agent {
        return Vec::new();
    }
    let report = report(origin, whole);
    let by = |table: &[Rule]| {
        let rules = table
            .iter()
            .filter(|Rule(_, from, _)| from.contains(&origin));
        rules
            .map(|rule| rule.says(whole, &report))
            .find(|said| !said.is_empty())
    };
    let entries = || {
        let found = vocabulary
            .find_told(&report)
            .into_iter()
            .filter_map(|found| {
                let job = found.captures.get("job").cloned();
                Some(Said {
                    told: found.told?,
                    job,
                    rule: found.name,
                })
            });
        Some(found.collect::<Vec<_>>()).filter(|said| !said.is_empty())
    };
    by(&FIRST)
        .or_else(entries)
        .or_else(|| by(&THEN))
        .unwrap_or_default()
}

impl Rule {
    fn says(&self, whole: &str, report: &str) -> Vec<Said> {
        let Rule(name, _, reads) = self;
        let plain = |applies: bool, told: &Told| match applies {
            true => vec![(*told, None)],
            false => Vec::new(),
        };
        let verdicts = match reads {
            Reads::Anything(told) => plain(true, told),
            Reads::Beginning(words, told) => plain(report.trim_start().starts_with(words), told),
            Reads::Words(any, told) => plain(any.iter().any(|words| report.contains(words)), told),
            Reads::AnyCase(any, told) => {
                let lower = report.to_lowercase();
                plain(any.iter().any(|words| lower.contains(words)), told)
            }
            Reads::Message(words, told) => plain(whole.contains(words), told),
            Reads::Form(read) => read(report),
        };
        let said = |(told, job)| Said {
            told,
            job,
            rule: (*name).to_owned(),
        };
        verdicts.into_iter().map(said).collect()
    }
}

/// The words of the subagent: without the frame, its indentation, the note of used tools and the
/// trailer with the agent's id, which is how to go on with the agent and says nothing about the run.
fn report(origin: Origin, whole: &str) -> String {
    match origin {
        Origin::Agent => {
            let trailed = |_: &usize| whole.contains("\n<usage>");
            let end = whole
                .rfind("\nagentId: ")
                .filter(trailed)
                .unwrap_or(whole.len());
            let text = &whole[..end];
            let framed = text
                .split_once("[Subagent hand-back]")
                .and_then(|(_, rest)| rest.split_once('\n'));
            framed.map_or_else(
                || text.to_owned(),
                |(_, framed)| {
                    let lines = framed
                        .split('\n')
                        .map(|line| line.strip_prefix("  ").unwrap_or(line));
                    lines.collect::<Vec<_>>().join("\n")
                },
            )
        }
        Origin::Notification => {
            let result = whole
                .split_once("<result>")
                .and_then(|(_, rest)| rest.rsplit_once("</result>"));
            result.map_or_else(String::new, |(result, _)| result.to_owned())
        }
        _ => whole.to_owned(),
    }
}

/// The last line that is a sentinel.
fn sentinel(report: &str) -> Vec<Verdict> {
    let last = report
        .lines()
        .rev()
        .find_map(|line| match dispatched(line) {
            Some(job) => Some((Told::Running, Some(job.to_owned()))),
            None => (line.trim() == COMPLETE).then_some((Told::Done, None)),
        });
    last.into_iter().collect()
}

/// A job's record, as `status --json` and `task --json` print it.
fn record(report: &str) -> Vec<Verdict> {
    let Ok(value) = serde_json::from_str::<Value>(report) else {
        return Vec::new();
    };
    let job = value.get("job").unwrap_or(&value);
    let told = job
        .get("status")
        .and_then(Value::as_str)
        .and_then(told_by_status);
    let id = job
        .get("id")
        .or_else(|| job.get("jobId"))
        .and_then(Value::as_str);
    told.zip(id)
        .map(|(told, id)| (told, Some(id.to_owned())))
        .into_iter()
        .collect()
}

/// Lines that begin with a job's id, after list or table marks, and say its status: a report of
/// `status`. And the two lines `Job: …`, `Status: …`: a report of `result`.
fn status(report: &str) -> Vec<Verdict> {
    let mut named: Option<&str> = None;
    let mut verdicts = Vec::new();
    for line in report.lines() {
        let words = line
            .split([' ', '|', ',', '(', ')'])
            .filter(|word| !word.is_empty());
        let words: Vec<&str> = words.collect();
        let (job, rest) = match words.as_slice() {
            ["Job:", job, ..] if is_job(job) => {
                named = Some(job);
                continue;
            }
            ["Status:", rest @ ..] => (named.take(), rest),
            ["-" | "*", job, rest @ ..] | [job, rest @ ..] if is_job(job) => (Some(*job), rest),
            _ => continue,
        };
        let told = rest.iter().find_map(|word| told_by_status(word));
        verdicts.extend(
            told.zip(job)
                .map(|(told, job)| (told, Some(job.to_owned()))),
        );
    }
    verdicts
}

fn told_by_status(status: &str) -> Option<Told> {
    match status {
        "queued" | "running" => Some(Told::Running),
        "completed" => Some(Told::Done),
        "failed" | "cancelled" => Some(Told::Failed),
        _ => None,
    }
}

/// Whether a word is the id of a job, as both companions make them.
fn is_job(word: &str) -> bool {
    let id = word
        .strip_prefix("task-")
        .or_else(|| word.strip_prefix("review-"));
    id.is_some_and(|id| !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
}
