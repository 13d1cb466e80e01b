//! `rescue-harness explore`.

mod report;
mod save;

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use fake_codex::duration::SimDuration;
use miette::Report;
use serde_json::{Value, json};

use super::arguments::Selection;
use super::exit::{Exit, Stop, broken, written};
use super::select::{Chosen, select};
use crate::explore::{
    Attempt, Breach, Case, Failed, Family, Options, Runs, Schedule, explore, places, replay,
};
use crate::memory::Memory;
use crate::report::Terminal;
use crate::run::{Outcome, Verdict};
use crate::runner::{Interrupt, SubjectChoice, Workplace};
use crate::subject::Subject;
use report::{Summary, tell};
use save::save;

/// How many runs the tries of one scenario may take when nobody says.
const BUDGET: u32 = 500;

/// Arguments of `explore`.
#[derive(Debug, Clone, Args)]
#[command(after_help = words())]
pub struct ExploreArguments {
    /// Which scenarios.
    #[command(flatten)]
    pub selection: Selection,
    /// Run this plugin folder instead of the built-in companion
    #[arg(long, value_name = "DIR")]
    pub plugin: Option<PathBuf>,
    /// The plugin's revision, when its files do not tell
    #[arg(long, value_name = "REV", requires = "plugin")]
    pub revision: Option<String>,
    /// How many things happen in one run: 1, or 2 for pairs
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u8).range(1..=2))]
    pub depth: u8,
    /// How many runs each scenario may take to try things; making a finding small is not counted
    #[arg(long, value_name = "RUNS", default_value_t = BUDGET, value_parser = clap::value_parser!(u32).range(1..))]
    pub budget: u32,
    /// Try only these kinds of things
    #[arg(long, value_name = "KIND", value_enum, value_delimiter = ',')]
    pub only: Vec<Family>,
    /// How many scenarios run at once; without it, one for each CPU
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// Let short polls fire this much late, so that long waits cost less; 0s for exact time
    #[arg(long, value_name = "DURATION", default_value = "10s")]
    pub coalesce: SimDuration,
    /// Write what is found into this folder, a scenario each
    #[arg(long, value_name = "DIR", default_value = "explored")]
    pub out: PathBuf,
    /// Run one scenario with this schedule, as a finding names it, and tell what happens
    #[arg(long, value_name = "SCHEDULE", conflicts_with_all = ["list", "depth", "only"])]
    pub replay: Option<Schedule>,
    /// Only list the places and messages of the scenarios where things can happen
    #[arg(long)]
    pub list: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

fn words() -> String {
    let list = |family: Family| {
        let words = Attempt::all().filter(|attempt| attempt.family == family);
        words
            .map(|attempt| attempt.word)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let lines = Family::ALL.map(|family| {
        let name = format!("{family:?}").to_lowercase();
        format!("  {name:8} {}\n", list(family))
    });
    format!(
        "What is tried, by kind:\n{}\nExit codes: 0 nothing found, 1 something found, 2 wrong usage, 3 a scenario file is wrong, 4 nothing to explore, 5 the harness itself broke",
        lines.concat()
    )
}

pub(super) fn run(arguments: &ExploreArguments) -> Result<Exit, Stop> {
    let cases: Vec<Case> = select(&arguments.selection)?
        .into_iter()
        .map(case)
        .collect();
    let (subject, label) = subject(arguments)?;
    simtime::self_test()
        .map_err(|missing| Stop::new(Exit::Broken, miette::miette!("{missing}")))?;
    let interrupt = Interrupt::install().map_err(|error| broken("listen for signals", &error))?;
    let workplace = Workplace::create(false)
        .map_err(|error| broken("create the folders of the run", &error))?;
    let live = std::io::stderr().is_terminal();
    let mut told = |what: &str, done: usize, total: usize| {
        if live {
            let _ = write!(anstream::stderr(), "\r\x1b[K{done} of {total}  {what}");
            let _ = std::io::stderr().flush();
        }
    };
    let coalesce = Some(arguments.coalesce.get()).filter(|late| !late.is_zero());
    let mut runs = Runs {
        workplace: &workplace,
        subject,
        jobs: arguments.jobs.map_or_else(
            || std::thread::available_parallelism().map_or(1, usize::from),
            usize::from,
        ),
        interrupt: &interrupt,
        coalesce,
        told: &mut told,
        count: 0,
    };
    let result = match &arguments.replay {
        Some(schedule) => again(arguments, &cases, schedule, &mut runs),
        None if arguments.list => list(arguments, &cases, &mut runs),
        None => all(arguments, &cases, &label, &mut runs),
    };
    if live {
        let _ = write!(anstream::stderr(), "\r\x1b[K");
    }
    workplace.remove(true);
    result
}

fn case(chosen: Chosen) -> Case {
    Case {
        name: chosen.name,
        file: chosen.file,
        text: chosen.text,
    }
}

fn subject(arguments: &ExploreArguments) -> Result<(SubjectChoice, String), Stop> {
    let Some(path) = &arguments.plugin else {
        return Ok((SubjectChoice::Builtin, "builtin".into()));
    };
    let subject = Subject::open(path, arguments.revision.as_deref())
        .map_err(|error| Stop::new(Exit::Usage, Report::new(error)))?;
    let label = subject.label();
    let choice = SubjectChoice::Plugin {
        path: subject.root,
        revision: subject.revision,
    };
    Ok((choice, label))
}

fn stop(failed: Failed) -> Stop {
    match failed {
        Failed::Not(error) => Stop::new(Exit::Scenario, error),
        Failed::Unfit(error) => Stop::new(Exit::Usage, error),
        Failed::Stopped(error) => {
            let exit = match error {
                crate::explore::Stopped::Interrupted => Exit::Interrupted,
                crate::explore::Stopped::Io(_) => Exit::Broken,
            };
            Stop::new(exit, miette::miette!("{error}"))
        }
    }
}

/// Lists where things can happen.
fn list(arguments: &ExploreArguments, cases: &[Case], runs: &mut Runs<'_>) -> Result<Exit, Stop> {
    let mut found = Vec::new();
    for case in cases {
        let lines = places(case, runs).map_err(stop)?;
        if arguments.json {
            found.push(json!({"name": case.name, "file": case.file, "places": lines}));
            continue;
        }
        let mut out = anstream::stdout().lock();
        let told = writeln!(out, "{}", case.name)
            .and_then(|()| lines.iter().try_for_each(|line| writeln!(out, "  {line}")));
        written(told)?;
    }
    if arguments.json {
        written(print(&json!({"version": 1, "scenarios": found})))?;
    }
    Ok(Exit::Held)
}

fn print(value: &Value) -> std::io::Result<()> {
    writeln!(std::io::stdout().lock(), "{value:#}")
}

/// Runs one scenario with a schedule and tells its story.
fn again(
    arguments: &ExploreArguments,
    cases: &[Case],
    schedule: &Schedule,
    runs: &mut Runs<'_>,
) -> Result<Exit, Stop> {
    let [case] = cases else {
        let help = "name the scenario that the schedule was found on";
        let report = miette::miette!(
            help = help,
            "--replay needs one scenario, not {}",
            cases.len()
        );
        return Err(Stop::new(Exit::Usage, report));
    };
    let (outcome, breaches, text) = replay(case, schedule, runs).map_err(stop)?;
    let exit = match (&outcome.broken, breaches.is_empty()) {
        (Some(_), _) => Exit::Broken,
        (None, true) => Exit::Held,
        (None, false) => Exit::Failed,
    };
    let judged = judged(&outcome, &breaches);
    if let Some(memory) = Memory::here() {
        // So that `show` tells it event by event.
        let _ = memory.remember(std::slice::from_ref(&judged));
    }
    let told = if arguments.json {
        let broken: Vec<Value> = breaches
            .iter()
            .map(|breach| json!({"rule": breach.rule, "detail": breach.detail}))
            .collect();
        print(&json!({
            "version": 1,
            "name": case.name,
            "file": case.file,
            "subject": outcome.subject,
            "schedule": schedule.to_string(),
            "breaches": broken,
            "broken": outcome.broken,
            "scenario": text,
        }))
    } else {
        replayed(&judged, &text)
    };
    written(told)?;
    Ok(exit)
}

/// The outcome by what every run must hold; what the scenario itself would ask for is not judged.
fn judged(outcome: &Outcome, breaches: &[Breach]) -> Outcome {
    let mut judged = outcome.clone();
    judged
        .failures
        .retain(|failure| failure.place == "in every run" || failure.subject == "time");
    judged.verdict = match (&outcome.broken, breaches.is_empty()) {
        (Some(_), _) => Verdict::Broken,
        (None, true) => Verdict::Passed,
        (None, false) => Verdict::Failed,
    };
    judged
}

fn replayed(judged: &Outcome, text: &str) -> std::io::Result<()> {
    Terminal::new(&[], false, None).tell(judged);
    let mut out = anstream::stdout().lock();
    writeln!(out, "\nas a scenario:\n\n{text}")?;
    writeln!(out, "`rescue-harness show` tells this run event by event")
}

/// Explores everything and reports.
fn all(
    arguments: &ExploreArguments,
    cases: &[Case],
    label: &str,
    runs: &mut Runs<'_>,
) -> Result<Exit, Stop> {
    let options = Options {
        families: if arguments.only.is_empty() {
            Family::ALL.into()
        } else {
            arguments.only.clone()
        },
        budget: arguments.budget as usize,
        depth: arguments.depth,
    };
    let begin = Instant::now();
    let mut all = Vec::new();
    for case in cases {
        let explored = explore(case, &options, runs).map_err(stop)?;
        let files: Vec<PathBuf> = explored
            .findings
            .iter()
            .map(|finding| save(&arguments.out, case, finding))
            .collect::<Result<_, _>>()?;
        if !arguments.json {
            (runs.told)("", 0, 0);
            written(tell(
                case,
                &explored,
                &files,
                std::io::stderr().is_terminal(),
            ))?;
        }
        let stopped = explored.stopped;
        all.push((case, explored, files));
        if stopped {
            break;
        }
    }
    let seconds = begin.elapsed().as_secs_f64();
    let summary = Summary {
        label,
        runs: runs.count,
        seconds,
        all: &all,
    };
    written(if arguments.json {
        print(&summary.json())
    } else {
        summary.tell()
    })?;
    Ok(summary.exit())
}
