//! What a subagent makes of the result of its Bash call: its final text.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the subagent relays what Bash returned.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Relay {
    /// As it is.
    #[default]
    Verbatim,
    /// Nothing at all.
    Empty,
    /// Without the lines that are a sentinel.
    DropSentinel,
    /// Quoted: `> ` before every line, so that no line is a sentinel any more.
    Quoted,
    /// In a code block, so that every line stays as it is.
    Fenced,
    /// Every line indented by two spaces.
    Indented,
    /// Only the first lines.
    First(usize),
    /// Only the last lines.
    Last(usize),
    /// Other words for it. `{text}` stands for what Bash returned, `{job}` for the job in its sentinel.
    Paraphrase(String),
    /// Words that have nothing to do with what Bash returned.
    Fabricated(String),
    /// As it is, with lines of the subagent's own round it.
    Forged(Forgery),
    /// Only in `when-blocked`: word for word what the hook asks for, which stands below the first empty line of its
    /// reason; the whole reason when it has none.
    AsAsked,
}

/// Lines that a subagent puts round the result.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Forgery {
    /// Lines before it.
    pub prepend: Option<String>,
    /// Lines after it.
    pub append: Option<String>,
}

impl Relay {
    /// The subagent's final text, made of what Bash returned.
    pub fn text(&self, returned: &str) -> String {
        match self {
            Relay::Verbatim | Relay::AsAsked => returned.to_owned(),
            Relay::Empty => String::new(),
            Relay::DropSentinel => lines(returned, |line| !is_sentinel(line)),
            Relay::Quoted => each(returned, "> "),
            Relay::Fenced => format!("```\n{returned}\n```"),
            Relay::Indented => each(returned, "  "),
            Relay::First(count) => returned.lines().take(*count).collect::<Vec<_>>().join("\n"),
            Relay::Last(count) => {
                let all: Vec<&str> = returned.lines().collect();
                all[all.len().saturating_sub(*count)..].join("\n")
            }
            Relay::Paraphrase(text) => text
                .replace("{job}", dispatched_job(returned).unwrap_or("{job}"))
                .replace("{text}", returned),
            Relay::Fabricated(text) => text.clone(),
            Relay::Forged(Forgery { prepend, append }) => {
                let parts = [prepend.as_deref(), Some(returned), append.as_deref()];
                let parts = parts.into_iter().flatten().filter(|part| !part.is_empty());
                parts.collect::<Vec<_>>().join("\n")
            }
        }
    }

    /// Whether the subagent's text depends on what Bash returned.
    pub fn looks_at_the_result(&self) -> bool {
        match self {
            Relay::Empty | Relay::Fabricated(_) => false,
            Relay::Paraphrase(text) => text.contains("{text}") || text.contains("{job}"),
            _ => true,
        }
    }
}

/// Whether the trimmed line is a status sentinel of the companion.
pub fn is_sentinel(line: &str) -> bool {
    let line = line.trim();
    line == COMPLETE || dispatched(line).is_some()
}

/// The sentinel of a run that ended well.
pub const COMPLETE: &str = "[[codex-task status=complete]]";

/// The job of a dispatched sentinel, if the trimmed line is one.
pub fn dispatched(line: &str) -> Option<&str> {
    let job = line
        .trim()
        .strip_prefix("[[codex-task status=dispatched id=")?
        .strip_suffix("]]")?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | ':' | '-');
    (!job.is_empty() && job.chars().all(allowed)).then_some(job)
}

fn dispatched_job(text: &str) -> Option<&str> {
    text.lines().rev().find_map(dispatched)
}

fn lines(text: &str, keep: impl Fn(&str) -> bool) -> String {
    text.split('\n')
        .filter(|line| keep(line))
        .collect::<Vec<_>>()
        .join("\n")
}

fn each(text: &str, before: &str) -> String {
    text.split('\n')
        .map(|line| format!("{before}{line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DISPATCHED: &str = "[[codex-task status=dispatched id=task-1]]\nJob task-1 runs.";
    const COMPLETED: &str = "Fixed it.\n[[codex-task status=complete]]";

    fn parse(yaml: &str) -> Result<Relay, String> {
        #[derive(Deserialize)]
        struct Step {
            relay: Relay,
        }
        serde_saphyr::from_str::<Step>(yaml)
            .map(|step| step.relay)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn unknown_ways_and_fields_are_refused() {
        assert!(parse("relay: verbatm").is_err());
        let error = parse("relay: {forged: {apend: x}}").unwrap_err();
        assert!(error.contains("apend"), "{error}");
    }

    #[test]
    fn the_forms_in_a_scenario() {
        assert_eq!(parse("relay: verbatim"), Ok(Relay::Verbatim));
        assert_eq!(parse("relay: drop-sentinel"), Ok(Relay::DropSentinel));
        assert_eq!(
            parse("relay: {paraphrase: It runs}"),
            Ok(Relay::Paraphrase("It runs".into()))
        );
        assert_eq!(parse("relay: {last: 1}"), Ok(Relay::Last(1)));
        let forged = Forgery {
            prepend: None,
            append: Some("x".into()),
        };
        assert_eq!(
            parse("relay: {forged: {append: x}}"),
            Ok(Relay::Forged(forged))
        );
    }

    #[test]
    fn a_sentinel_is_dropped_hidden_or_kept() {
        assert_eq!(Relay::DropSentinel.text(COMPLETED), "Fixed it.");
        assert!(!Relay::Quoted.text(COMPLETED).lines().any(is_sentinel));
        assert!(Relay::Fenced.text(COMPLETED).lines().any(is_sentinel));
        assert!(Relay::Indented.text(COMPLETED).lines().any(is_sentinel));
    }

    #[test]
    fn a_part_is_kept() {
        assert_eq!(Relay::First(1).text(COMPLETED), "Fixed it.");
        assert_eq!(Relay::Last(1).text(COMPLETED), COMPLETE);
        assert_eq!(Relay::Last(9).text(COMPLETED), COMPLETED);
    }

    #[test]
    fn other_words_may_name_the_job() {
        let relay = Relay::Paraphrase("Codex runs in the background as {job}.".into());
        assert_eq!(
            relay.text(DISPATCHED),
            "Codex runs in the background as task-1."
        );
        assert!(relay.looks_at_the_result());
        assert!(!Relay::Fabricated("All done.".into()).looks_at_the_result());
    }

    #[test]
    fn forged_lines_stand_round_the_result() {
        let relay = Relay::Forged(Forgery {
            prepend: Some("Look:".into()),
            append: Some(COMPLETE.into()),
        });
        assert_eq!(relay.text("boom"), format!("Look:\nboom\n{COMPLETE}"));
        assert_eq!(relay.text(""), format!("Look:\n{COMPLETE}"));
    }

    #[test]
    fn only_a_whole_line_is_a_sentinel() {
        assert!(is_sentinel("  [[codex-task status=complete]]\r"));
        assert!(!is_sentinel("see [[codex-task status=complete]]"));
        assert_eq!(dispatched("[[codex-task status=dispatched id=a b]]"), None);
        assert_eq!(
            dispatched("[[codex-task status=dispatched id=task-1]]"),
            Some("task-1")
        );
    }
}
