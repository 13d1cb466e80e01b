//! `rescue-harness run`.

use std::path::Path;

use miette::Report;

use super::arguments::RunArguments;
use super::exit::{Exit, Stop, written};
use super::select::{Chosen, select};
use crate::engine::TimeMode;
use crate::report::{self, Terminal};
use crate::run::{Outcome, Verdict};
use crate::runner::{Interrupt, Request, SubjectChoice, Workplace, run_all};
use crate::subject::Subject;

pub(super) fn run(arguments: &RunArguments) -> Result<Exit, Stop> {
    let chosen = select(&arguments.selection)?;
    let subject = subject(arguments)?;
    if !arguments.real_time {
        simtime::self_test().map_err(|missing| {
            let help = "`--real-time` runs without simulated time, as slowly as on the wall";
            Stop::new(Exit::Broken, miette::miette!(help = help, "{missing}"))
        })?;
    }
    let broken = |what: &str, error: std::io::Error| Stop::new(Exit::Broken, miette::miette!("cannot {what}: {error}"));
    let interrupt = Interrupt::install().map_err(|error| broken("listen for signals", error))?;
    let workplace = Workplace::create().map_err(|error| broken("create the folders of the run", error))?;
    let requests = requests(arguments, &chosen, &subject, &workplace);
    let jobs = arguments.jobs.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from);
    let mut terminal = Terminal::new(&requests, arguments.quiet);
    let outcomes = run_all(&workplace, &requests, jobs, &interrupt, &mut |event| terminal.progress(&event));
    workplace.remove(!arguments.keep);
    let outcomes = outcomes.map_err(|error| broken("run the scenarios", error))?;
    let stopped = outcomes.iter().any(Option::is_none);
    let outcomes: Vec<Outcome> = outcomes.into_iter().flatten().collect();
    if let Some(folder) = &arguments.events {
        write_events(folder, &outcomes)?;
    }
    for file in &arguments.report {
        report::write(file, &outcomes).map_err(|error| Stop::new(Exit::Broken, error))?;
    }
    written(terminal.summary(&outcomes, stopped))?;
    Ok(exit(&outcomes, stopped))
}

fn exit(outcomes: &[Outcome], stopped: bool) -> Exit {
    let any = |verdict: Verdict| outcomes.iter().any(|outcome| outcome.verdict == verdict);
    if stopped {
        Exit::Interrupted
    } else if any(Verdict::Broken) {
        Exit::Broken
    } else if any(Verdict::Failed) || any(Verdict::Mended) {
        Exit::Failed
    } else {
        Exit::Held
    }
}

fn subject(arguments: &RunArguments) -> Result<SubjectChoice, Stop> {
    let Some(path) = &arguments.plugin else { return Ok(SubjectChoice::Builtin) };
    let subject = Subject::open(path, arguments.revision.as_deref()).map_err(|error| Stop::new(Exit::Usage, Report::new(error)))?;
    Ok(SubjectChoice::Plugin { path: subject.root, revision: subject.revision })
}

fn requests(arguments: &RunArguments, chosen: &[Chosen], subject: &SubjectChoice, workplace: &Workplace) -> Vec<Request> {
    let runs = chosen.iter().flat_map(|chosen| (0..arguments.repeat).map(move |_| chosen));
    runs.enumerate()
        .map(|(index, chosen)| Request {
            name: chosen.name.clone(),
            file: chosen.file.clone(),
            text: chosen.text.clone(),
            subject: subject.clone(),
            mode: if arguments.real_time { TimeMode::Real } else { TimeMode::Virtual },
            coalesce: arguments.coalesce.map(|length| length.get()),
            root: workplace.base.join(index.to_string()),
            clock: workplace.clock.join(index.to_string()),
            marker: workplace.marker(index),
            cpu: None,
            keep: arguments.keep,
            events: arguments.events.is_some() || arguments.report.iter().any(|file| file.format.needs_events()),
        })
        .collect()
}

fn write_events(folder: &Path, outcomes: &[Outcome]) -> Result<(), Stop> {
    let failed = |path: &Path, error: std::io::Error| {
        Stop::new(Exit::Broken, miette::miette!("cannot write {}: {error}", path.display()))
    };
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    let mut counts = std::collections::HashMap::new();
    for outcome in outcomes {
        let count: &mut u32 = counts.entry(outcome.name.clone()).or_default();
        *count += 1;
        let number = if *count == 1 { String::new() } else { format!(".{count}") };
        let path = folder.join(format!("{}{number}.jsonl", outcome.name.replace('/', "--")));
        let lines: Vec<String> = outcome.events.iter().filter_map(|event| serde_json::to_string(event).ok()).collect();
        std::fs::write(&path, lines.join("\n") + "\n").map_err(|error| failed(&path, error))?;
    }
    Ok(())
}
