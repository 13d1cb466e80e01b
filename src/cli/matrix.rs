//! `rescue-harness matrix`.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use miette::Report;

use super::arguments::Selection;
use super::exit::{Exit, Stop, broken, usage, written};
use super::select::{Chosen, select};
use crate::matrix::{Case, Cell, Colour, Column, Error, Grid, Repository, page, requests, table};
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

/// The folders and signals that every run of scenarios needs.
pub(super) struct Ground {
    workplace: Workplace,
    interrupt: Interrupt,
}

impl Ground {
    pub(super) fn prepare() -> Result<Ground, Stop> {
        simtime::self_test()
            .map_err(|missing| Stop::new(Exit::Broken, miette::miette!("{missing}")))?;
        let interrupt =
            Interrupt::install().map_err(|error| broken("listen for signals", &error))?;
        let workplace = Workplace::create(false)
            .map_err(|error| broken("create the folders of the run", &error))?;
        Ok(Ground {
            workplace,
            interrupt,
        })
    }

    /// The commits with their files unpacked.
    fn columns(&self, repository: &Repository, commits: &[String]) -> Result<Vec<Column>, Stop> {
        commits
            .iter()
            .map(|commit| self.column(repository, commit))
            .collect()
    }

    pub(super) fn column(&self, repository: &Repository, commit: &str) -> Result<Column, Stop> {
        let folder = self.workplace.base.join("revisions").join(commit);
        repository.unpack(commit, &folder).map_err(refused)?;
        let subject = Subject::open(&folder, None)
            .map_err(|error| Stop::new(Exit::Usage, Report::new(error)))?;
        let name = match &subject.revision {
            Some(name) => name.clone(),
            None => commit.chars().take(7).collect(),
        };
        let line = repository.subject(commit).map_err(refused)?;
        Ok(Column {
            commit: commit.to_owned(),
            name,
            subject: line,
            plugin: subject.root,
            revision: subject.revision,
        })
    }

    /// Every case on every column.
    pub(super) fn run(
        &self,
        cases: Vec<Case>,
        columns: Vec<Column>,
        jobs: Option<u16>,
    ) -> Result<Grid, Stop> {
        let requests = requests(&cases, &columns, &self.workplace);
        let jobs = jobs.map_or_else(
            || std::thread::available_parallelism().map_or(1, usize::from),
            usize::from,
        );
        let (mut ended, total) = (0, requests.len());
        let mut progress = |event: Progress| {
            if matches!(event, Progress::Ended(..)) {
                ended += 1;
                tell_progress(ended, total);
            }
        };
        let outcomes = run_all(
            &self.workplace,
            &requests,
            jobs,
            &self.interrupt,
            &mut progress,
        )
        .map_err(|error| {
            Stop::new(
                Exit::Broken,
                miette::miette!("cannot run the scenarios: {error}"),
            )
        })?;
        Ok(Grid {
            cases,
            columns,
            cells: outcomes.into_iter().map(Cell).collect(),
        })
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        self.workplace.remove(true);
    }
}

pub(super) fn refused(error: Error) -> Stop {
    Stop::new(Exit::Usage, Report::new(error))
}

/// One line that is written over, for a person who watches; a log gets one at each tenth of a long run.
fn tell_progress(ended: usize, total: usize) {
    use std::io::IsTerminal;
    let mut err = std::io::stderr().lock();
    let tenth = |number: usize| number * 10 / total.max(1);
    if !err.is_terminal() {
        if total >= 100 && ended < total && tenth(ended) > tenth(ended.saturating_sub(1)) {
            let _ = writeln!(err, "{ended} of {total}");
        }
    } else {
        let _ = write!(
            err,
            "\r{ended} of {total}{}",
            if ended == total { "\r\x1b[K" } else { "" }
        );
        let _ = err.flush();
    }
}

pub(super) fn case(chosen: Chosen) -> Case {
    Case {
        name: chosen.name,
        file: chosen.file,
        text: chosen.text,
        title: chosen.scenario.title,
        source: chosen.scenario.source.0,
    }
}

pub(super) fn matrix(arguments: &MatrixArguments) -> Result<Exit, Stop> {
    let cases: Vec<Case> = select(&arguments.selection)?
        .into_iter()
        .map(case)
        .collect();
    let repository = Repository::open(&arguments.repo).map_err(refused)?;
    let commits = repository.commits(&arguments.revs).map_err(refused)?;
    // A table that took an hour is not lost for the want of a folder.
    for path in arguments.json.iter().chain(&arguments.html) {
        can_be_written(path)?;
    }
    let ground = Ground::prepare()?;
    let columns = ground.columns(&repository, &commits)?;
    let grid = ground.run(cases, columns, arguments.jobs)?;
    written(tell(&grid, arguments.expect))?;
    if let Some(path) = &arguments.json {
        save(path, &format!("{:#}\n", grid.json(arguments.expect)))?;
    }
    if let Some(path) = &arguments.html {
        save(path, &page(&grid, arguments.expect))?;
    }
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
    write!(out, "{}", table(grid, expect))?;
    writeln!(
        out,
        "\n.  green   R  red   B  the harness broke   -  not run"
    )?;
    if !expect {
        return Ok(());
    }
    writeln!(out, "!  other than the file says")?;
    for (index, case) in grid.cases.iter().enumerate() {
        for (column, cell) in grid.row(index).filter(|(_, cell)| cell.surprises()) {
            let outcome = cell.0.as_ref();
            match outcome.and_then(|outcome| outcome.failures.first()) {
                Some(failure) => writeln!(
                    out,
                    "\n{} on {} is red: {}",
                    case.name,
                    column.name,
                    one_line(failure)
                )?,
                None => writeln!(
                    out,
                    "\n{} on {} is green, and declared red",
                    case.name, column.name
                )?,
            }
        }
    }
    let (total, not_run) = (grid.cells.len(), grid.count(Colour::Unknown));
    match (grid.surprises(), not_run) {
        (0, 0) => writeln!(out, "\n{total} cells are as the files say"),
        (0, _) => writeln!(
            out,
            "\n{not_run} of {total} cells were not run, the others are as the files say"
        ),
        (number, 0) => writeln!(
            out,
            "\n{number} of {total} cells are other than the files say"
        ),
        (number, _) => writeln!(
            out,
            "\n{number} of {total} cells are other than the files say, and {not_run} were not run"
        ),
    }
}

pub(super) fn one_line(failure: &Failure) -> String {
    let short = |text: &str| {
        let line = text.lines().next().unwrap_or_default();
        let cut: String = line.chars().take(120).collect();
        if cut.len() < text.len() {
            format!("{cut} …")
        } else {
            cut
        }
    };
    format!(
        "{} should be {}, is {}",
        failure.subject,
        short(&failure.expected),
        short(&failure.actual)
    )
}

fn save(path: &Path, text: &str) -> Result<(), Stop> {
    std::fs::write(path, text).map_err(|error| unwritable(path, &error))
}

/// Makes the folder of a file that is to be written, and leaves what the file holds.
pub(super) fn can_be_written(path: &Path) -> Result<(), Stop> {
    let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    let open = || {
        std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(path)
    };
    folder
        .and_then(|()| open())
        .map(drop)
        .map_err(|error| unwritable(path, &error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Stop {
    let help = "give a file in a folder that can be written to";
    usage(help, format!("cannot write {}: {error}", path.display()))
}
