//! `rescue-harness merge`.

use std::collections::BTreeMap;
use std::path::Path;

use super::arguments::MergeArguments;
use super::exit::{Exit, Stop, written};
use super::run::exit;
use crate::choose::Shard;
use crate::report::{self, About, Archive, Terminal, read_archive};
use crate::run::{Outcome, Verdict};

pub(super) fn run(arguments: &MergeArguments) -> Result<Exit, Stop> {
    let mut outcomes: Vec<Outcome> = Vec::new();
    let mut parts = Parts::default();
    for path in &arguments.archives {
        let archive = read_archive(path).map_err(|error| Stop::new(Exit::Usage, error))?;
        parts.add(path, &archive)?;
        outcomes.extend(archive.outcomes);
    }
    outcomes.sort_by(|left, right| (&left.name, &left.subject).cmp(&(&right.name, &right.subject)));
    if outcomes.is_empty() {
        return Err(Stop::new(
            Exit::Nothing,
            miette::miette!(
                help = "a shard may be empty, all of them may not",
                "the archives hold no runs"
            ),
        ));
    }
    for file in &arguments.report {
        report::write(file, &outcomes, &About::default())
            .map_err(|error| Stop::new(Exit::Usage, error))?;
    }
    let mut terminal = Terminal::new(&[], true, None);
    let several = outcomes
        .iter()
        .any(|outcome| outcome.subject != outcomes[0].subject);
    for outcome in outcomes
        .iter()
        .filter(|outcome| outcome.verdict != Verdict::Passed)
    {
        let mut told = outcome.clone();
        if several {
            told.title = format!("{} [{}]", told.title, told.subject);
        }
        terminal.tell(&told);
    }
    written(terminal.summary(&outcomes, 0))?;
    // What came is reported; that something did not come is worse than a failure in it.
    parts.complete()?;
    Ok(exit(&outcomes, false))
}

/// Which parts of which runs are there.
#[derive(Default)]
struct Parts<'a>(BTreeMap<String, BTreeMap<Shard, &'a Path>>);

impl<'a> Parts<'a> {
    fn add(&mut self, path: &'a Path, archive: &Archive) -> Result<(), Stop> {
        let Some(shard) = archive.shard else {
            return Ok(());
        };
        let run = self
            .0
            .entry(archive.label.clone().unwrap_or_default())
            .or_default();
        match run.insert(shard, path) {
            None => Ok(()),
            Some(other) => Err(Stop::new(
                Exit::Usage,
                miette::miette!(
                    help = "give each part once; `run --label` tells runs apart that were made on different things",
                    "{} and {} are both part {shard}",
                    other.display(),
                    path.display()
                ),
            )),
        }
    }

    /// Refuses to call a run whole of which a part is missing.
    fn complete(&self) -> Result<(), Stop> {
        let missing: Vec<String> = self
            .0
            .iter()
            .flat_map(|(label, run)| missing(label, run))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Stop::new(
            Exit::Broken,
            miette::miette!(
                help = "the machine that ran it broke, see its log; the reports hold what came",
                "these parts are missing: {}",
                missing.join(", ")
            ),
        ))
    }
}

fn missing(label: &str, run: &BTreeMap<Shard, &Path>) -> Vec<String> {
    let mut missing: Vec<Shard> = run.keys().flat_map(|shard| shard.siblings()).collect();
    missing.sort();
    missing.dedup();
    missing.retain(|shard| !run.contains_key(shard));
    let of = if label.is_empty() {
        String::new()
    } else {
        format!(" of {label}")
    };
    missing.iter().map(|shard| format!("{shard}{of}")).collect()
}
