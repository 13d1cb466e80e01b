//! `rescue-harness run`.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use miette::Report;

use super::arguments::RunArguments;
use super::bless;
use super::exit::{Exit, Stop, broken, written};
use super::pause::Pause;
use super::select::{Chosen, select};
use super::watch::Watch;
use crate::config::{self, Config};
use crate::engine::TimeMode;
use crate::memory::{Memory, lines, plain};
use crate::report::{self, About, Terminal};
use crate::run::{Outcome, Verdict};
use crate::runner::{Interrupt, Request, SubjectChoice, Workplace, run_all};
use crate::subject::Subject;

pub(super) fn run(typed: &RunArguments) -> Result<Exit, Stop> {
    let config = config::load(Path::new(".")).map_err(|error| Stop::new(Exit::Usage, error))?;
    let arguments = with_defaults(typed, &config)?;
    bless::allowed(&arguments)?;
    if let Some(folder) = &arguments.events {
        std::fs::create_dir_all(folder).map_err(|error| unwritten(folder, &error))?;
    }
    let interrupt = Interrupt::install().map_err(|error| broken("listen for signals", &error))?;
    if !arguments.watch {
        return rounds(&arguments, &interrupt);
    }
    let mut watch = Watch::new(&arguments.selection.paths)?;
    loop {
        // What is wrong with a file or a run is told, and the next change may mend it.
        if let Err(stop) = rounds(&arguments, &interrupt) {
            let _ = stop.report();
        }
        let _ = std::io::Write::write_all(
            &mut anstream::stderr(),
            b"waiting for a change; Ctrl-C ends\n",
        );
        if !watch.wait(&interrupt)? {
            return Ok(Exit::Held);
        }
    }
}

/// Runs this one scenario, whatever the project's defaults choose.
pub(super) fn run_this(typed: &RunArguments, chosen: Chosen) -> Result<Exit, Stop> {
    let config = config::load(Path::new(".")).map_err(|error| Stop::new(Exit::Usage, error))?;
    let arguments = with_defaults(typed, &config)?;
    let interrupt = Interrupt::install().map_err(|error| broken("listen for signals", &error))?;
    rounds_of(&arguments, &[chosen], &interrupt)
}

/// What was typed, and the project's defaults where nothing was.
fn with_defaults(typed: &RunArguments, config: &Config) -> Result<RunArguments, Stop> {
    let mut arguments = typed.clone();
    arguments.selection.with_defaults(config)?;
    if arguments.plugin.is_none() {
        config
            .there(&config.plugin)
            .map_err(|error| Stop::new(Exit::Usage, error))?;
        arguments.plugin.clone_from(&config.plugin);
        arguments.revision = arguments.revision.or_else(|| config.revision.clone());
    }
    arguments.jobs = arguments.jobs.or(config.jobs);
    if arguments.real_time.is_none() {
        arguments.coalesce = arguments.coalesce.or(config.coalesce);
    }
    arguments.quiet |= config.quiet;
    if arguments.report.is_empty() {
        let parsed: Result<Vec<_>, String> =
            config.report.iter().map(|report| report.parse()).collect();
        arguments.report =
            parsed.map_err(|message| Stop::new(Exit::Usage, miette::miette!("{message}")))?;
    }
    Ok(arguments)
}

/// Runs everything that is chosen, once or until something fails, and reports.
fn rounds(arguments: &RunArguments, interrupt: &Interrupt) -> Result<Exit, Stop> {
    let chosen = select(&arguments.selection)?;
    rounds_of(arguments, &chosen, interrupt)
}

fn rounds_of(
    arguments: &RunArguments,
    chosen: &[Chosen],
    interrupt: &Interrupt,
) -> Result<Exit, Stop> {
    let subject = subject(arguments)?;
    if arguments.real_time != Some(None) {
        simtime::self_test().map_err(|missing| {
            let help = "`--real-time` runs without simulated time, as slowly as on the wall";
            Stop::new(Exit::Broken, miette::miette!(help = help, "{missing}"))
        })?;
    }
    let most = if arguments.until_failure {
        arguments.repeat
    } else {
        Some(1)
    };
    let mut round = 0;
    loop {
        round += 1;
        let (outcomes, stopped) = once(arguments, chosen, &subject, interrupt)?;
        let exit = exit(&outcomes, stopped);
        if exit != Exit::Held || most.is_some_and(|most| round >= most) {
            if arguments.until_failure {
                written(std::io::Write::write_fmt(
                    &mut anstream::stdout(),
                    format_args!(
                        "after {round} {}\n",
                        if round == 1 { "round" } else { "rounds" }
                    ),
                ))?;
            }
            return if arguments.bless {
                bless::write(chosen, &outcomes)
            } else {
                Ok(exit)
            };
        }
    }
}

/// Runs everything that is chosen and writes the reports.
fn once(
    arguments: &RunArguments,
    chosen: &[Chosen],
    subject: &SubjectChoice,
    interrupt: &Interrupt,
) -> Result<(Vec<Outcome>, bool), Stop> {
    let workplace = Workplace::create(arguments.keep)
        .map_err(|error| broken("create the folders of the run", &error))?;
    let requests = requests(arguments, chosen, subject, &workplace);
    let pause = match arguments.pause_at.as_ref().map(|_| Pause::start(&requests)) {
        None => None,
        Some(Ok(pause)) => Some(pause),
        Some(Err(stop)) => {
            workplace.remove(true);
            return Err(stop);
        }
    };
    let jobs = arguments.jobs.map_or_else(
        || std::thread::available_parallelism().map_or(1, usize::from),
        usize::from,
    );
    let memory = Memory::here();
    let mut terminal = Terminal::new(&requests, arguments.quiet, memory.clone());
    let outcomes = run_all(&workplace, &requests, jobs, interrupt, &mut |event| {
        terminal.progress(&event)
    });
    if let (Some(pause), Some(at)) = (pause, &arguments.pause_at)
        && !pause.end()
    {
        tell!(
            "the run never came to `{at}`; `rescue-harness show --all` lists its steps and events"
        );
    }
    workplace.remove(!arguments.keep);
    let outcomes = outcomes.map_err(|error| broken("run the scenarios", &error))?;
    let missing = outcomes.iter().filter(|outcome| outcome.is_none()).count();
    let mut outcomes: Vec<Outcome> = outcomes.into_iter().flatten().collect();
    written(terminal.summary(&outcomes, missing))?;
    if let Some(label) = &arguments.label {
        for outcome in &mut outcomes {
            outcome.subject = format!("{} ({label})", outcome.subject);
        }
    }
    if let Some(Err(error)) = memory.map(|memory| memory.remember(&outcomes))
        && std::io::stderr().is_terminal()
    {
        tell!("this run is not remembered for `show` and --only-failed: {error}");
    }
    let about = About {
        shard: arguments.selection.shard,
        label: arguments.label.clone(),
    };
    // One file that cannot be written keeps none of the others away.
    let events = match &arguments.events {
        Some(folder) => write_events(folder, &outcomes),
        None => Ok(()),
    };
    let reports: Vec<Result<(), Stop>> = arguments
        .report
        .iter()
        .map(|file| {
            report::write(file, &outcomes, &about).map_err(|error| Stop::new(Exit::Usage, error))
        })
        .collect();
    std::iter::once(events)
        .chain(reports)
        .collect::<Result<(), Stop>>()?;
    Ok((outcomes, missing > 0))
}

/// The exit code of a run.
pub(super) fn exit(outcomes: &[Outcome], stopped: bool) -> Exit {
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
    let Some(path) = &arguments.plugin else {
        return Ok(SubjectChoice::Builtin);
    };
    let subject = Subject::open(path, arguments.revision.as_deref())
        .map_err(|error| Stop::new(Exit::Usage, Report::new(error)))?;
    Ok(SubjectChoice::Plugin {
        path: subject.root,
        revision: subject.revision,
    })
}

fn requests(
    arguments: &RunArguments,
    chosen: &[Chosen],
    subject: &SubjectChoice,
    workplace: &Workplace,
) -> Vec<Request> {
    let repeat = if arguments.until_failure {
        1
    } else {
        arguments.repeat.unwrap_or(1)
    };
    let runs = chosen
        .iter()
        .flat_map(|chosen| (0..repeat).map(move |_| chosen));
    runs.enumerate()
        .map(|(index, chosen)| Request {
            name: chosen.name.clone(),
            file: chosen.file.clone(),
            text: chosen.text.clone(),
            subject: subject.clone(),
            mode: match arguments.real_time {
                None => TimeMode::Virtual,
                Some(Some(speed)) => TimeMode::Paced(speed),
                Some(None) => TimeMode::Real,
            },
            coalesce: arguments.coalesce.map(|length| length.get()),
            root: workplace.base.join(index.to_string()),
            clock: workplace.clock.join(index.to_string()),
            marker: workplace.marker(index),
            cpu: None,
            keep: arguments.keep,
            events: true,
            survey: false,
            pause_at: arguments.pause_at.clone(),
            follow: arguments.follow,
        })
        .collect()
}

/// An event log cannot be written.
fn unwritten(path: &Path, error: &std::io::Error) -> Stop {
    let help = "give --events a folder that is there and writable, or that can be made";
    Stop::new(
        Exit::Usage,
        miette::miette!(help = help, "cannot write {}: {error}", path.display()),
    )
}

fn write_events(folder: &Path, outcomes: &[Outcome]) -> Result<(), Stop> {
    let mut counts = std::collections::HashMap::new();
    for outcome in outcomes {
        let count: &mut u32 = counts.entry(outcome.name.clone()).or_default();
        *count += 1;
        let number = if *count == 1 {
            String::new()
        } else {
            format!(".{count}")
        };
        let path: PathBuf = folder.join(format!(
            "{}{number}.jsonl",
            plain(&outcome.name.replace('/', "--"))
        ));
        std::fs::write(&path, lines(&outcome.events)).map_err(|error| unwritten(&path, &error))?;
    }
    Ok(())
}
