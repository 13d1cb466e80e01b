//! `rescue-harness bisect`.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::arguments::Selection;
use super::exit::{Exit, Stop, written};
use super::matrix::{Ground, case, one_line, refused};
use super::select::select;
use crate::matrix::{Change, Colour, Repository, Search, search};
use crate::run::Outcome;

/// Arguments of `bisect`.
#[derive(Debug, Clone, Args)]
pub struct BisectArguments {
    /// The scenario's file
    #[arg(value_name = "SCENARIO")]
    pub scenario: PathBuf,
    /// The git repository that holds the plugin's revisions
    #[arg(long, value_name = "GIT")]
    pub repo: PathBuf,
    /// A revision on which the scenario is green
    #[arg(long, value_name = "REV")]
    pub good: String,
    /// A revision on which it is red; if it is the older one, the first good revision is looked for
    #[arg(long, value_name = "REV")]
    pub bad: String,
}

pub(super) fn bisect(arguments: &BisectArguments) -> Result<Exit, Stop> {
    let selection = Selection {
        paths: vec![arguments.scenario.clone()],
        ..Selection::default()
    };
    let mut chosen = select(&selection)?;
    if chosen.len() > 1 {
        return Err(Stop::new(
            Exit::Usage,
            miette::miette!(
                help = "give one file",
                "there are {} scenarios here",
                chosen.len()
            ),
        ));
    }
    let case = case(chosen.remove(0));
    let repository = Repository::open(&arguments.repo).map_err(refused)?;
    let (change, commits) = line(&repository, &arguments.good, &arguments.bad)?;
    let ground = Ground::prepare()?;
    let mut out = anstream::stdout().lock();
    let mut last_red: Option<(usize, Outcome)> = None;
    let found = search(commits.len(), change, |place| {
        let column = ground.column(&repository, &commits[place])?;
        let label = format!("{} {}", column.name, column.subject);
        let grid = ground.run(vec![case.clone()], vec![column], None)?;
        let Some(cell) = grid.cells.into_iter().next() else {
            return Ok(Colour::Unknown);
        };
        let colour = cell.colour();
        written(writeln!(out, "{}  {label}", word(colour)))?;
        if let (Colour::Red, Some(outcome)) = (colour, cell.0) {
            last_red = Some((place, outcome));
        }
        Ok(colour)
    })?;
    let name = |place: usize| commits.get(place).map_or("?", String::as_str);
    match found {
        Search::Found(place) => {
            let what = if change == Change::Breaks {
                "first bad"
            } else {
                "first good"
            };
            let line = repository.subject(name(place)).map_err(refused)?;
            written(writeln!(
                out,
                "\n{what} revision: {}\n  {line}",
                name(place)
            ))?;
            if let Some((red, outcome)) = last_red
                && let Some(failure) = outcome.failures.first()
            {
                let short: String = name(red).chars().take(7).collect();
                written(writeln!(out, "  on {short}: {}", one_line(failure)))?;
            }
            Ok(Exit::Held)
        }
        Search::Contradicts(place, colour) => {
            let message = format!(
                "{} is {} here, which contradicts what was said of it",
                name(place),
                word(colour).trim()
            );
            Err(Stop::new(
                Exit::Usage,
                miette::miette!(help = "`--good` must be green and `--bad` red", "{message}"),
            ))
        }
        Search::Unjudged(place, Colour::Unknown) => Err(Stop::new(
            Exit::Interrupted,
            miette::miette!("stopped at {}", name(place)),
        )),
        Search::Unjudged(place, _) => Err(Stop::new(
            Exit::Broken,
            miette::miette!("the harness broke on {}", name(place)),
        )),
    }
}

fn word(colour: Colour) -> &'static str {
    match colour {
        Colour::Green => "green  ",
        Colour::Red => "red    ",
        Colour::Broken => "broken ",
        Colour::Unknown => "not run",
    }
}

/// The revisions from the older of the two ends to the newer, and which way the colour changes along them.
fn line(repository: &Repository, good: &str, bad: &str) -> Result<(Change, Vec<String>), Stop> {
    let (good_commit, bad_commit) = (
        repository.commit(good).map_err(refused)?,
        repository.commit(bad).map_err(refused)?,
    );
    let is_older = |older: &str, newer: &str| repository.is_ancestor(older, newer).map_err(refused);
    if is_older(&good_commit, &bad_commit)? {
        Ok((
            Change::Breaks,
            repository
                .range(&good_commit, &bad_commit)
                .map_err(refused)?,
        ))
    } else if is_older(&bad_commit, &good_commit)? {
        Ok((
            Change::Mends,
            repository
                .range(&bad_commit, &good_commit)
                .map_err(refused)?,
        ))
    } else {
        let help = "give two revisions of which one was made from the other";
        Err(Stop::new(
            Exit::Usage,
            miette::miette!(help = help, "neither {good} nor {bad} comes from the other"),
        ))
    }
}
