//! `rescue-harness show`.

use std::collections::{BTreeSet, HashMap};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use serde_json::Value;

use super::arguments::ShowArguments;
use super::exit::{Exit, Stop, written};
use crate::memory::{Memory, Remembered, read_log};
use crate::nearest::nearest;
use crate::report::{Line, clock, cut, describe};
use crate::run::Verdict;

const FAINT: Style = Style::new().dimmed();
const ACTOR: Style = AnsiColor::Cyan.on_default();

/// How much of an event is shown without --all.
const LONGEST: usize = 160;

pub(super) fn run(arguments: &ShowArguments) -> Result<Exit, Stop> {
    let (title, events) = log(arguments)?;
    let mut out = anstream::stdout().lock();
    let chosen: Vec<(&Value, Line)> = events
        .iter()
        .map(|event| (event, describe(event)))
        .filter(|(_, line)| wanted(arguments, line))
        .collect();
    if chosen.is_empty() {
        let help = near(arguments, &events)
            .unwrap_or("`show` without filters, or with --all, shows what there is".into());
        return Err(Stop::new(
            Exit::Nothing,
            miette::miette!(help = help, "none of {} events is chosen", events.len()),
        ));
    }
    if !arguments.json {
        written(writeln!(out, "{title}"))?;
    }
    let width = chosen
        .iter()
        .map(|(_, line)| line.actor.chars().count())
        .max()
        .unwrap_or(0);
    let causes: HashMap<u64, u64> = events
        .iter()
        .map(describe)
        .filter_map(|line| Some((line.seq?, line.cause?)))
        .collect();
    let shown: BTreeSet<u64> = chosen.iter().filter_map(|(_, line)| line.seq).collect();
    let digits = shown.last().map_or(1, |last| last.to_string().len());
    let (mut before, mut previous) = (None, None);
    for (event, line) in chosen {
        if arguments.json {
            written(writeln!(out, "{event}"))?;
            continue;
        }
        // A time that is the same as in the line above says nothing new.
        let time = if before == Some(line.at_us) {
            String::new()
        } else {
            clock(line.at_us)
        };
        before = Some(line.at_us);
        let cause = shown_cause(&causes, &shown, line.cause)
            .filter(|cause| previous != Some(*cause))
            .map(|cause| format!(" {FAINT}← {cause}{FAINT:#}"))
            .unwrap_or_default();
        previous = line.seq;
        let text = if arguments.all {
            line.text.clone()
        } else {
            cut(&line.text, LONGEST)
        };
        written(writeln!(
            out,
            "{FAINT}{time:>13} {:>digits$}{FAINT:#}  {ACTOR}{:width$}{ACTOR:#}  {}{cause}",
            line.seq.unwrap_or_default(),
            line.actor,
            text
        ))?;
    }
    Ok(Exit::Held)
}

/// The nearest event that is shown on the way back from this cause.
fn shown_cause(
    causes: &HashMap<u64, u64>,
    shown: &BTreeSet<u64>,
    cause: Option<u64>,
) -> Option<u64> {
    // Causes lie before their effects, so this ends; a file that says otherwise must not hold it up.
    let back = |cause: &u64| causes.get(cause).copied().filter(|before| before < cause);
    std::iter::successors(cause, back).find(|cause| shown.contains(cause))
}

/// Who or what there is, when a filter names somebody or something that there is not.
fn near(arguments: &ShowArguments, events: &[Value]) -> Option<String> {
    let lines: Vec<Line> = events.iter().map(describe).collect();
    let offer = |what: &str, wanted: &[String], given: BTreeSet<&str>| {
        let wrong = wanted.iter().find(|one| !given.contains(one.as_str()))?;
        Some(match nearest(wrong, given.iter().copied()) {
            Some(close) => format!("there is no {what} `{wrong}`; did you mean `{close}`?"),
            None => {
                let given: Vec<&str> = given.into_iter().collect();
                format!(
                    "there is no {what} `{wrong}`; there are {}",
                    given.join(", ")
                )
            }
        })
    };
    let actors = lines.iter().map(|line| line.actor.as_str()).collect();
    let kinds = lines.iter().map(|line| line.kind.as_str()).collect();
    offer("actor", &arguments.actor, actors).or_else(|| offer("kind", &arguments.kind, kinds))
}

fn wanted(arguments: &ShowArguments, line: &Line) -> bool {
    let at = Duration::from_micros(line.at_us);
    let named = !arguments.kind.is_empty() || !arguments.actor.is_empty();
    (arguments.all || named || !line.minor)
        && (arguments.actor.is_empty() || arguments.actor.contains(&line.actor))
        && (arguments.kind.is_empty() || arguments.kind.contains(&line.kind))
        && arguments
            .grep
            .as_ref()
            .is_none_or(|text| line.text.contains(text.as_str()))
        && arguments.from.is_none_or(|from| at >= from.get())
        && arguments.until.is_none_or(|until| at <= until.get())
}

/// The title and the events of what the user means.
fn log(arguments: &ShowArguments) -> Result<(String, Vec<Value>), Stop> {
    let unreadable = |what: &str, error: std::io::Error| {
        let help = "give a scenario of the last run, or a file that `run --events DIR` wrote";
        Stop::new(
            Exit::Usage,
            miette::miette!(help = help, "cannot read the event log {what}: {error}"),
        )
    };
    if let Some(path) = arguments
        .run
        .as_deref()
        .filter(|run| run.ends_with(".jsonl"))
    {
        let events = read_log(Path::new(path)).map_err(|error| unreadable(path, error))?;
        return Ok((path.to_owned(), events));
    }
    let no_run = || {
        miette::miette!(
            help = "run some scenarios first: `rescue-harness run`",
            "no earlier run of this folder is known"
        )
    };
    let memory = Memory::here().ok_or_else(|| Stop::new(Exit::Nothing, no_run()))?;
    let last = memory
        .last()
        .ok_or_else(|| Stop::new(Exit::Nothing, no_run()))?;
    let found = match &arguments.run {
        Some(name) => find(&last.outcomes, name)?,
        None => {
            let failed = last
                .outcomes
                .iter()
                .find(|one| matches!(one.outcome.verdict, Verdict::Failed | Verdict::Broken));
            failed
                .or(last.outcomes.first())
                .ok_or_else(|| Stop::new(Exit::Nothing, no_run()))?
        }
    };
    let events = memory
        .events(found)
        .map_err(|error| unreadable(&found.log, error))?;
    let outcome = &found.outcome;
    Ok((
        format!(
            "{}: {} on {} ({})",
            outcome.verdict.word(),
            outcome.title,
            outcome.subject,
            outcome.file
        ),
        events,
    ))
}

fn find<'a>(outcomes: &'a [Remembered], name: &str) -> Result<&'a Remembered, Stop> {
    let is = |one: &&Remembered| {
        one.outcome.name == name || one.outcome.file == name || one.outcome.title == name
    };
    let part =
        |one: &&Remembered| one.outcome.name.contains(name) || one.outcome.title.contains(name);
    outcomes
        .iter()
        .find(is)
        .or_else(|| outcomes.iter().find(part))
        .ok_or_else(|| {
            let names = outcomes.iter().map(|one| one.outcome.name.as_str());
            let help = match nearest(name, names.clone()) {
                Some(close) => format!("did you mean `{close}`?"),
                None => format!("it had {}", names.take(12).collect::<Vec<_>>().join(", ")),
            };
            Stop::new(
                Exit::Usage,
                miette::miette!(help = help, "the last run had no scenario `{name}`"),
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_that_is_not_shown_is_followed_back_to_one_that_is() {
        let causes = HashMap::from([(5, 4), (4, 2), (2, 2)]);
        let shown = BTreeSet::from([1, 4, 6]);
        assert_eq!(shown_cause(&causes, &shown, Some(5)), Some(4));
        assert_eq!(shown_cause(&causes, &shown, Some(2)), None);
        assert_eq!(shown_cause(&causes, &shown, None), None);
    }
}
