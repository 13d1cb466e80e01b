//! `rescue-harness matrix`, `rescue-harness bisect` and `rescue-harness readme`.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use miette::Report;

use super::arguments::Selection;
use super::exit::{Exit, Stop, written};
use super::select::{Chosen, select};
use crate::matrix::{Case, Cell, Change, Colour, Column, Error, Grid, Repository, Search, page, readme, requests, search};
use crate::run::Outcome;
use crate::runner::{Interrupt, Progress, Workplace, run_all};
use crate::subject::Subject;
use crate::verdict::Failure;

/// Arguments of `matrix`.
#[derive(Debug, Clone, Args)]
pub struct MatrixArguments {
    /// Which scenarios.
    #[command(flatten)]
    pub selection: Selection,
    /// The git repository that holds the plugin's revisions
    #[arg(long, value_name = "GIT")]
    pub repo: PathBuf,
    /// The revisions: names with commas between them, or FIRST..LAST with both ends
    #[arg(long, value_name = "LIST")]
    pub revs: String,
    /// Compare with what the scenario files declare; exit with 1 on a surprise
    #[arg(long)]
    pub expect: bool,
    /// Write the table as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write the table as a page for a browser
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// How many scenarios run at once; without it, one for each CPU
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
}

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

/// The folders and signals that every run of scenarios needs.
struct Ground {
    workplace: Workplace,
    interrupt: Interrupt,
}

impl Ground {
    fn prepare() -> Result<Ground, Stop> {
        simtime::self_test().map_err(|missing| Stop::new(Exit::Broken, miette::miette!("{missing}")))?;
        let broken = |what: &str, error: std::io::Error| Stop::new(Exit::Broken, miette::miette!("cannot {what}: {error}"));
        let interrupt = Interrupt::install().map_err(|error| broken("listen for signals", error))?;
        let workplace = Workplace::create().map_err(|error| broken("create the folders of the run", error))?;
        Ok(Ground { workplace, interrupt })
    }

    /// The commits with their files unpacked.
    fn columns(&self, repository: &Repository, commits: &[String]) -> Result<Vec<Column>, Stop> {
        commits.iter().map(|commit| self.column(repository, commit)).collect()
    }

    fn column(&self, repository: &Repository, commit: &str) -> Result<Column, Stop> {
        let folder = self.workplace.base.join("revisions").join(commit);
        repository.unpack(commit, &folder).map_err(refused)?;
        let subject = Subject::open(&folder, None).map_err(|error| Stop::new(Exit::Usage, Report::new(error)))?;
        let name = match &subject.revision {
            Some(name) => name.clone(),
            None => commit.chars().take(7).collect(),
        };
        let line = repository.subject(commit).map_err(refused)?;
        Ok(Column { commit: commit.to_owned(), name, subject: line, plugin: subject.root, revision: subject.revision })
    }

    /// Every case on every column.
    fn run(&self, cases: Vec<Case>, columns: Vec<Column>, jobs: Option<u16>) -> Result<Grid, Stop> {
        let requests = requests(&cases, &columns, &self.workplace);
        let jobs = jobs.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from);
        let (mut ended, total) = (0, requests.len());
        let mut progress = |event: Progress| {
            if matches!(event, Progress::Ended(..)) {
                ended += 1;
                tell_progress(ended, total);
            }
        };
        let outcomes = run_all(&self.workplace, &requests, jobs, &self.interrupt, &mut progress)
            .map_err(|error| Stop::new(Exit::Broken, miette::miette!("cannot run the scenarios: {error}")))?;
        Ok(Grid { cases, columns, cells: outcomes.into_iter().map(Cell).collect() })
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        self.workplace.remove(true);
    }
}

fn refused(error: Error) -> Stop {
    Stop::new(Exit::Usage, Report::new(error))
}

/// One line that is written over, for a person who watches.
fn tell_progress(ended: usize, total: usize) {
    use std::io::IsTerminal;
    let mut err = std::io::stderr().lock();
    if err.is_terminal() {
        let _ = write!(err, "\r{ended} of {total}{}", if ended == total { "\r\x1b[K" } else { "" });
        let _ = err.flush();
    }
}

fn case(chosen: Chosen) -> Case {
    Case {
        name: chosen.name,
        file: chosen.file,
        text: chosen.text,
        title: chosen.scenario.title,
        source: chosen.scenario.source.0,
    }
}

pub(super) fn matrix(arguments: &MatrixArguments) -> Result<Exit, Stop> {
    let cases: Vec<Case> = select(&arguments.selection)?.into_iter().map(case).collect();
    let repository = Repository::open(&arguments.repo).map_err(refused)?;
    let commits = repository.commits(&arguments.revs).map_err(refused)?;
    let ground = Ground::prepare()?;
    let columns = ground.columns(&repository, &commits)?;
    let grid = ground.run(cases, columns, arguments.jobs)?;
    if let Some(path) = &arguments.json {
        save(path, &format!("{:#}\n", grid.json(arguments.expect)))?;
    }
    if let Some(path) = &arguments.html {
        save(path, &page(&grid, arguments.expect))?;
    }
    written(tell(&grid, arguments.expect))?;
    Ok(exit(&grid, arguments.expect))
}

fn exit(grid: &Grid, expect: bool) -> Exit {
    if grid.count(Colour::Unknown) > 0 {
        Exit::Interrupted
    } else if grid.count(Colour::Broken) > 0 {
        Exit::Broken
    } else if expect && grid.surprises() > 0 {
        Exit::Failed
    } else {
        Exit::Held
    }
}

fn tell(grid: &Grid, expect: bool) -> std::io::Result<()> {
    let mut out = anstream::stdout().lock();
    write!(out, "{}", grid.text(expect))?;
    writeln!(out, "\n.  green   R  red   B  the harness broke   -  not run")?;
    if !expect {
        return Ok(());
    }
    writeln!(out, "!  other than the file says")?;
    for (index, case) in grid.cases.iter().enumerate() {
        for (column, cell) in grid.row(index).filter(|(_, cell)| cell.surprises()) {
            let outcome = cell.0.as_ref();
            match outcome.and_then(|outcome| outcome.failures.first()) {
                Some(failure) => writeln!(out, "\n{} on {} is red: {}", case.name, column.name, one_line(failure))?,
                None => writeln!(out, "\n{} on {} is green, and declared red", case.name, column.name)?,
            }
        }
    }
    match grid.surprises() {
        0 => writeln!(out, "\n{} cells are as the files say", grid.cells.len()),
        number => writeln!(out, "\n{number} of {} cells are other than the files say", grid.cells.len()),
    }
}

fn one_line(failure: &Failure) -> String {
    let short = |text: &str| {
        let line = text.lines().next().unwrap_or_default();
        let cut: String = line.chars().take(120).collect();
        if cut.len() < text.len() { format!("{cut} …") } else { cut }
    };
    format!("{} should be {}, is {}", failure.subject, short(&failure.expected), short(&failure.actual))
}

fn save(path: &Path, text: &str) -> Result<(), Stop> {
    std::fs::write(path, text)
        .map_err(|error| Stop::new(Exit::Broken, miette::miette!("cannot write {}: {error}", path.display())))
}

pub(super) fn bisect(arguments: &BisectArguments) -> Result<Exit, Stop> {
    let selection = Selection { paths: vec![arguments.scenario.clone()], filter: Vec::new(), source: Vec::new(), tag: Vec::new() };
    let mut chosen = select(&selection)?;
    if chosen.len() > 1 {
        return Err(Stop::new(Exit::Usage, miette::miette!(help = "give one file", "there are {} scenarios here", chosen.len())));
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
        let Some(cell) = grid.cells.into_iter().next() else { return Ok(Colour::Unknown) };
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
            let what = if change == Change::Breaks { "first bad" } else { "first good" };
            let line = repository.subject(name(place)).map_err(refused)?;
            written(writeln!(out, "\n{what} revision: {}\n  {line}", name(place)))?;
            if let Some((_, outcome)) = last_red.filter(|(red, _)| *red == place)
                && let Some(failure) = outcome.failures.first()
            {
                written(writeln!(out, "  {}", one_line(failure)))?;
            }
            Ok(Exit::Held)
        }
        Search::Contradicts(place, colour) => {
            let message = format!("{} is {} here, which contradicts what was said of it", name(place), word(colour).trim());
            Err(Stop::new(Exit::Usage, miette::miette!(help = "`--good` must be green and `--bad` red", "{message}")))
        }
        Search::Unjudged(place, Colour::Unknown) => {
            Err(Stop::new(Exit::Interrupted, miette::miette!("stopped at {}", name(place))))
        }
        Search::Unjudged(place, _) => Err(Stop::new(Exit::Broken, miette::miette!("the harness broke on {}", name(place)))),
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
    let (good_commit, bad_commit) = (repository.commit(good).map_err(refused)?, repository.commit(bad).map_err(refused)?);
    let is_older = |older: &str, newer: &str| repository.is_ancestor(older, newer).map_err(refused);
    if is_older(&good_commit, &bad_commit)? {
        Ok((Change::Breaks, repository.range(&good_commit, &bad_commit).map_err(refused)?))
    } else if is_older(&bad_commit, &good_commit)? {
        Ok((Change::Mends, repository.range(&bad_commit, &good_commit).map_err(refused)?))
    } else {
        let help = "give two revisions of which one was made from the other";
        Err(Stop::new(Exit::Usage, miette::miette!(help = help, "neither {good} nor {bad} comes from the other")))
    }
}

pub(super) fn print_readme(selection: &Selection) -> Result<Exit, Stop> {
    let scenarios: Vec<_> = select(selection)?.into_iter().map(|chosen| (chosen.name, chosen.scenario)).collect();
    written(write!(anstream::stdout().lock(), "{}", readme(&scenarios)))?;
    Ok(Exit::Held)
}
