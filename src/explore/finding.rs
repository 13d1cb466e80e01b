//! What a run broke of what every run must hold.

use std::sync::LazyLock;

use regex::Regex;

use super::schedule::Schedule;
use crate::run::Outcome;
use crate::verdict::Failure;

/// A rule that was broken, in words that are the same in every run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Breach {
    /// The rule.
    pub rule: String,
    /// How it was broken.
    pub detail: String,
}

/// Something that was found, and everything that leads to it.
#[derive(Debug, Clone)]
pub struct Finding {
    /// What was broken.
    pub breach: Breach,
    /// What leads to it; the first that was tried.
    pub schedule: Schedule,
    /// What else was tried and leads to it.
    pub also: Vec<Schedule>,
    /// The smallest scenario that shows it, as it stands in a file.
    pub text: String,
    /// Whether that scenario, run by itself, was seen to break the same rule.
    pub confirmed: bool,
}

static JOB: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(task|review)-[0-9a-z]{6,10}-[0-9a-z]{1,6}\b"));
static TIME: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b\d+(\.\d+)?(ns|µs|ms|s|m|h)\b"));
static STEP: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(step|gate) [0-9][0-9.: ]*\(|, line \d+"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap_or_else(|error| unreachable!("a constant pattern: {error}"))
}

impl Breach {
    fn of(failure: &Failure) -> Option<Breach> {
        let always = failure.place == "in every run";
        // A command that never ends is a hang, whoever waits for it.
        let hangs = failure.subject == "time";
        if !always && !hangs {
            return None;
        }
        // Who waits for what when nothing goes on any more stands in the lines after the first.
        let first = failure.actual.lines().next().unwrap_or_default();
        let detail = JOB.replace_all(first, "<job>");
        let detail = TIME.replace_all(&detail, "…");
        let detail = STEP.replace_all(&detail, |found: &regex::Captures<'_>| {
            let place = found.get(1).map_or("", |place| place.as_str());
            if place.is_empty() {
                String::new()
            } else {
                format!("a {place} (")
            }
        });
        Some(Breach {
            rule: failure.expected.clone(),
            detail: detail.into_owned(),
        })
    }

    /// Everything that a run broke, each once; what the rest most likely comes from is first.
    pub fn all(outcome: &Outcome) -> Vec<Breach> {
        let mut breaches: Vec<Breach> = outcome.failures.iter().filter_map(Breach::of).collect();
        breaches.sort_by_key(|breach| (breach.rank(), breach.clone()));
        breaches.dedup();
        breaches
    }

    fn rank(&self) -> usize {
        let place = CAUSES.iter().position(|rule| *rule == self.rule);
        place.unwrap_or(CAUSES.len())
    }
}

/// Rules whose breach brings others about, such as a list that is lost, and before all others those that are lies.
const CAUSES: [&str; 6] = [
    "told done only when the run succeeded",
    "every state file can be read",
    "nothing that was finished is lost",
    "a job that has ended stays as it ended",
    "every job stands in the list",
    "no job is called active for ever",
];

/// Whether a gate of the run was never come to.
pub(super) fn missed(outcome: &Outcome, own_gates: usize) -> bool {
    outcome.failures.iter().any(|failure| {
        let gate = failure.place.strip_prefix("gate ");
        let number = gate.and_then(|gate| gate.parse::<usize>().ok());
        failure.subject == "gate" && number.is_some_and(|number| number > own_gates)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(place: &str, subject: &str, actual: &str) -> Failure {
        Failure {
            line: 0,
            place: place.into(),
            subject: subject.into(),
            expected: "it is so".into(),
            actual: actual.into(),
            hint: None,
            suggestion: None,
            at_us: 0,
        }
    }

    #[test]
    fn what_the_scenario_itself_asks_for_is_no_breach() {
        assert_eq!(Breach::of(&failure("at the end", "told", "done")), None);
        assert_eq!(Breach::of(&failure("step 2 (kill)", "kill", "none")), None);
        assert!(Breach::of(&failure("step 2 (companion)", "time", "6h")).is_some());
    }

    #[test]
    fn what_the_rest_comes_from_is_first() {
        let breach = |rule: &str| Breach {
            rule: rule.into(),
            detail: String::new(),
        };
        let torn = breach("every state file can be read");
        assert!(torn.rank() < breach("no job is called active for ever").rank());
        assert!(torn.rank() < breach("no process is left when the session has ended").rank());
    }

    #[test]
    fn what_differs_from_run_to_run_is_left_out() {
        let detail = |text: &str| {
            Breach::of(&failure("in every run", "x", text))
                .unwrap()
                .detail
        };
        assert_eq!(
            detail("task-mws0ezo0-3vgpgw is called queued"),
            detail("task-mws0ezo1-4vgpg is called queued")
        );
        assert_eq!(
            detail(
                "deadlock at 12.5s: the scenario still waits for step 2.1 (agent, line 4)\n  process 7"
            ),
            detail(
                "deadlock at 700s: the scenario still waits for step 1 (agent, line 1)\n  process 9"
            )
        );
        assert_ne!(
            detail("it is called queued"),
            detail("it is called running")
        );
    }
}
