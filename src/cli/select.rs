//! Finds and reads the scenarios that the user means.

use std::path::{Path, PathBuf};

use miette::Report;

use super::arguments::{ListArguments, Selection};
use super::exit::{Exit, Stop, broken};
use super::files::files;
use crate::choose::Facts;
use crate::config::{self, Config};
use crate::lint;
use crate::memory::{Memory, identity};
use crate::nearest::nearest;
use crate::run::Verdict;
use crate::scenario::step::Step;
use crate::scenario::{Error, Located, Scenario, parse};
use crate::vocabulary::embedded;

impl Selection {
    /// Takes the project's scenarios where none were named.
    ///
    /// # Errors
    /// When there is nothing at one of them.
    pub(super) fn with_defaults(&mut self, config: &Config) -> Result<(), Stop> {
        if self.paths.is_empty() {
            config
                .there(&config.scenarios)
                .map_err(|error| Stop::new(Exit::Usage, error))?;
            self.paths.clone_from(&config.scenarios);
        }
        Ok(())
    }
}

impl ListArguments {
    /// What was typed, and the project's scenarios where none were named.
    ///
    /// # Errors
    /// When the configuration is wrong.
    pub(super) fn with_defaults(&self) -> Result<ListArguments, Stop> {
        let config = config::load(Path::new(".")).map_err(|error| Stop::new(Exit::Usage, error))?;
        let mut arguments = self.clone();
        arguments.selection.with_defaults(&config)?;
        Ok(arguments)
    }
}

/// A scenario with its file.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    /// The path without the ending, from the folder that was named; for one of several versions of Claude Code with
    /// `@VERSION` after it.
    pub(super) name: String,
    /// The file as the user knows it.
    pub(super) file: String,
    /// Its text.
    pub(super) text: String,
    /// What it says.
    pub(super) scenario: Scenario,
}

/// The chosen scenarios in the order of their names.
///
/// # Errors
/// When a path cannot be read, a file is wrong (all wrong files are reported), or nothing is chosen.
pub(super) fn select(selection: &Selection) -> Result<Vec<Chosen>, Stop> {
    let failed = selection.only_failed.then(failed_before).transpose()?;
    let mut selection = selection.clone();
    if let Some(failed) = failed.as_ref().filter(|_| selection.paths.is_empty()) {
        // The files as they were named then; those of the library inside this program are not on disk.
        let named = failed.iter().map(PathBuf::from);
        selection.paths = named.filter(|path| path.is_file()).collect();
    }
    let (mut chosen, wrong) = read(&selection)?;
    if !wrong.is_empty() {
        return Err(Stop {
            exit: Exit::Scenario,
            reports: wrong.into_iter().map(Report::new).collect(),
        });
    }
    let total = chosen.len();
    let hint = near(&selection, &chosen);
    if let Some(failed) = failed {
        let failed: Vec<String> = failed.iter().map(|file| identity(file)).collect();
        chosen.retain(|chosen| failed.contains(&identity(&chosen.file)));
    }
    chosen.retain(|chosen| wanted(&selection, chosen));
    if let Some(shard) = selection.shard.filter(|_| !chosen.is_empty()) {
        let mut place = 0..;
        chosen.retain(|_| place.next().is_some_and(|place| shard.has(place)));
        // Where there are more machines than scenarios, the part of some is empty, and that is fine.
    } else if chosen.is_empty() {
        let report = if total == 0 {
            miette::miette!(
                help = "write one with `rescue-harness new NAME`, or name a folder that has some",
                "there are no scenarios (*.yaml, *.yml) here"
            )
        } else if selection.only_failed {
            miette::miette!(
                help = "run without --only-failed",
                "nothing that was chosen failed in the last run"
            )
        } else {
            miette::miette!(
                help = hint.unwrap_or("`rescue-harness list` shows what there is".into()),
                "none of {total} scenarios is chosen"
            )
        };
        return Err(Stop::new(Exit::Nothing, report));
    }
    Ok(chosen)
}

/// All scenarios under the paths, and what is wrong with the files that are wrong.
///
/// # Errors
/// When a path cannot be read or holds no scenario files.
pub(super) fn read(selection: &Selection) -> Result<(Vec<Chosen>, Vec<Error>), Stop> {
    embedded().map_err(|error| broken("read what this program carries in itself", &error))?;
    let mut files = files(&selection.paths)?;
    files.sort_by(|left, right| (&left.0, &left.1).cmp(&(&right.0, &right.1)));
    files.dedup_by(|left, right| left.1 == right.1);
    let (mut chosen, mut wrong) = (Vec::new(), Vec::new());
    for (name, file, text) in files {
        let text = match text {
            Ok(text) => text,
            Err(error) => {
                wrong.push(error);
                continue;
            }
        };
        match parse(&file, &text) {
            Ok(scenario) => {
                wrong.extend(lint::errors(&file, &text, &scenario));
                let runs = scenario.runs(&name).into_iter();
                chosen.extend(runs.map(|(name, scenario)| Chosen {
                    name,
                    file: file.clone(),
                    text: text.clone(),
                    scenario,
                }));
            }
            Err(error) => wrong.push(error),
        }
    }
    Ok((chosen, wrong))
}

/// The files of what did not pass in the last run.
fn failed_before() -> Result<Vec<String>, Stop> {
    let Some(last) = Memory::here().and_then(|memory| memory.last()) else {
        let report = miette::miette!(
            help = "run without --only-failed first",
            "no earlier run of this folder is known"
        );
        return Err(Stop::new(Exit::Nothing, report));
    };
    let failed = |verdict| matches!(verdict, Verdict::Failed | Verdict::Broken | Verdict::Mended);
    let outcomes = last.outcomes.iter().map(|remembered| &remembered.outcome);
    Ok(outcomes
        .filter(|outcome| failed(outcome.verdict))
        .map(|outcome| outcome.file.clone())
        .collect())
}

/// What the user may have meant by a source or tag that no scenario has.
fn near(selection: &Selection, chosen: &[Chosen]) -> Option<String> {
    let offer = |what: &str, wanted: &[String], given: Vec<&str>| {
        let wrong = wanted.iter().find(|one| !given.contains(&one.as_str()))?;
        let close = nearest(wrong, given.iter().copied());
        let what = format!("no scenario has the {what} `{wrong}`");
        Some(close.map_or(what.clone(), |close| {
            format!("{what}; did you mean `{close}`?")
        }))
    };
    let sources = chosen.iter().flat_map(|one| &one.scenario.source.0);
    let tags = chosen.iter().flat_map(|one| &one.scenario.tags);
    offer(
        "source",
        &selection.source,
        sources.map(String::as_str).collect(),
    )
    .or_else(|| offer("tag", &selection.tag, tags.map(String::as_str).collect()))
}

fn wanted(selection: &Selection, chosen: &Chosen) -> bool {
    let facts = facts(chosen);
    let has = |wanted: &[String], given: &[String]| {
        wanted.is_empty() || wanted.iter().any(|one| given.contains(one))
    };
    selection.filter.iter().all(|filter| filter.accepts(&facts))
        && has(&selection.source, &chosen.scenario.source.0)
        && has(&selection.tag, &chosen.scenario.tags)
}

/// What filters look at.
pub(super) fn facts(chosen: &Chosen) -> Facts {
    let scenario = &chosen.scenario;
    let mut steps = Vec::new();
    kinds(&scenario.steps, &mut steps);
    for gate in &scenario.gates {
        steps.push("gate".to_owned());
        kinds(&gate.value.steps, &mut steps);
    }
    steps.sort();
    steps.dedup();
    Facts {
        path: chosen.name.clone(),
        title: scenario.title.clone(),
        tags: scenario.tags.clone(),
        sources: scenario.source.0.clone(),
        steps,
    }
}

fn kinds(steps: &[Located<Step>], found: &mut Vec<String>) {
    for step in steps {
        found.push(step.value.kind().to_owned());
        match &step.value {
            Step::Agent(agent) => kinds(&agent.during, found),
            Step::Companion(command) | Step::Shell(command) => kinds(&command.during, found),
            _ => {}
        }
    }
}
