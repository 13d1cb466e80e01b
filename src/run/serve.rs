//! The process that runs one scenario: a request on standard input, an outcome on standard output.

use std::io::{Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};

use super::pause::Pause;
use super::stage::Stage;
use super::{Outcome, Verdict, by_hand, install, steps, teardown};
use crate::engine::{self, Setup, World, drive};
use crate::event::{Event, Redaction};
use crate::runner::{Request, SubjectChoice};
use crate::sandbox::{self, Environment, Sandbox};
use crate::scenario::{Scenario, parse};
use crate::subject::{Subject, write_builtin};

/// What the clock on the wall says when a run begins: 2026-06-01 09:00 UTC, so that times in logs are the same in
/// every run.
const EPOCH_SECONDS: u64 = 1_780_304_400;

/// Runs this process as the runner of one scenario.
pub fn serve() -> ExitCode {
    // When the harness is killed its runners end with it; the keeper finds their processes.
    let _ = nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL);
    let mut input = Vec::new();
    let request: Request = match std::io::stdin()
        .read_to_end(&mut input)
        .map(|_| serde_json::from_slice(&input))
    {
        Ok(Ok(request)) => request,
        Ok(Err(error)) => return refuse(&error),
        Err(error) => return refuse(&error),
    };
    let begin = Instant::now();
    let mut outcome = match run(&request) {
        Ok(outcome) => outcome,
        Err(error) => broken(&request, &*error),
    };
    outcome.wall_seconds = begin.elapsed().as_secs_f64();
    let written =
        serde_json::to_vec(&outcome).map(|text| std::io::stdout().lock().write_all(&text));
    match written {
        Ok(Ok(())) => ExitCode::SUCCESS,
        _ => ExitCode::from(5),
    }
}

fn refuse(error: &dyn std::error::Error) -> ExitCode {
    tell!("rescue-harness: this subcommand is for the harness itself: {error}");
    ExitCode::from(2)
}

fn broken(request: &Request, error: &dyn std::error::Error) -> Outcome {
    Outcome {
        name: request.name.clone(),
        title: String::new(),
        source: Vec::new(),
        file: request.file.clone(),
        subject: String::new(),
        verdict: Verdict::Broken,
        known_bad: None,
        failures: Vec::new(),
        broken: Some(error.to_string()),
        virtual_seconds: 0.0,
        wall_seconds: 0.0,
        clock: None,
        kept: None,
        events: Vec::new(),
    }
}

type Broken = Box<dyn std::error::Error>;

fn run(request: &Request) -> Result<Outcome, Broken> {
    let scenario = parse(&request.file, &request.text)?.run_of(&request.name);
    let sandbox = Sandbox::create(&request.root)?;
    let subject = open_subject(request, &scenario, &sandbox)?;
    sandbox.link_usual_tools()?;
    if let Some((name, program)) = subject.companion.tool() {
        sandbox.link_tool(name, program)?;
    }
    let _installed = install::codex(&scenario.codex, &sandbox)?;
    let label = subject.label();
    let order: Vec<String> = subject
        .vocabulary
        .revisions()
        .iter()
        .map(|revision| revision.name.clone())
        .collect();
    let history = scenario.history.get(subject.vocabulary.subject());
    let declared_red =
        history.is_some_and(|history| history.declares_red(subject.revision.as_deref(), &order));
    let known_bad = history.filter(|_| declared_red).map(|history| {
        history
            .known_bad
            .clone()
            .unwrap_or_else(|| "the review history says so of this revision".into())
    });

    let (world, clock_note) = world(request, &scenario, sandbox, &subject)?;
    let stage = Stage::new(
        world.clone(),
        Rc::new(subject),
        Rc::new(scenario.clone()),
        request.survey,
    )?;
    if let Some(at) = &request.pause_at {
        let folder = request.root.parent().unwrap_or(&request.root).to_owned();
        let _ = stage
            .pause
            .set(Pause::new(at, folder, request.root.join(by_hand::CLOCK)));
    }
    stage.follow.set(request.follow);
    let told = drive(&world, async {
        let story = steps::tell(&stage).await;
        if story.is_ok() {
            teardown::end(&stage).await?;
        }
        story
    });
    let broken = match told {
        Ok(Ok(())) => None,
        Ok(Err(error)) | Err(error) => match error {
            engine::Error::Deadlock { .. } | engine::Error::TooLong(_) => {
                stage.fail_always(
                    "progress",
                    "the scenario comes to its end",
                    &error.to_string(),
                );
                None
            }
            other => Some(other.to_string()),
        },
    };
    let mut failures = stage.take_failures();
    crate::verdict::locate(&request.text, &mut failures);
    let log = world.borrow_mut().take_log();
    let virtual_seconds = world.borrow().now().as_secs_f64();
    let verdict = match &broken {
        Some(_) => Verdict::Broken,
        None => Verdict::of(!failures.is_empty(), declared_red),
    };
    let events = if request.events {
        redacted(&stage, log.into_events())
    } else {
        Vec::new()
    };
    Ok(Outcome {
        name: request.name.clone(),
        title: scenario.title,
        source: scenario.source.0,
        file: request.file.clone(),
        subject: label,
        verdict,
        known_bad,
        failures,
        broken,
        virtual_seconds,
        wall_seconds: 0.0,
        clock: clock_note,
        kept: request.keep.then(|| request.root.display().to_string()),
        events,
    })
}

fn open_subject(
    request: &Request,
    scenario: &Scenario,
    sandbox: &Sandbox,
) -> Result<Subject, Broken> {
    let folder = scenario
        .plugin_folder
        .as_ref()
        .map(|folder| sandbox.root().join(folder));
    Ok(match &request.subject {
        SubjectChoice::Builtin => {
            let folder = folder.unwrap_or_else(|| sandbox.plugin());
            write_builtin(&folder, &std::env::current_exe()?)?;
            Subject::open(&folder, None)?
        }
        SubjectChoice::Plugin { path, revision } => {
            if let Some(folder) = &folder {
                copy_folder(path, folder)?;
            }
            Subject::open(folder.as_deref().unwrap_or(path), revision.as_deref())?
        }
    })
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn world(
    request: &Request,
    scenario: &Scenario,
    sandbox: Sandbox,
    subject: &Subject,
) -> Result<(engine::Shared, Option<String>), Broken> {
    let mut environment = Environment::of(&sandbox, &request.marker);
    environment.set("CLAUDE_PLUGIN_ROOT", &subject.root);
    if request.keep || request.pause_at.is_some() {
        by_hand::write(
            &sandbox,
            &environment,
            &subject.root.join(subject.companion.file),
        )?;
    }
    std::fs::create_dir_all(&request.clock)?;
    let late = request
        .coalesce
        .or(scenario.clock.coalesce.map(|length| length.get()))
        .filter(|late| !late.is_zero());
    let clock = simtime::Options {
        directory: request.clock.clone(),
        epoch: SystemTime::UNIX_EPOCH + Duration::from_secs(EPOCH_SECONDS),
        cpu: request.cpu,
        coalesce: late.map(|quantum| simtime::Coalesce {
            quantum,
            exact: vec!["codex app-server*".into(), "* app-server".into()],
            ..simtime::Coalesce::default()
        }),
        answers: sandbox::answers(&sandbox, &environment),
        reap_delay: scenario
            .clock
            .slow_init
            .map(|length| length.get())
            .unwrap_or_default(),
        ..simtime::Options::default()
    };
    let note = late.map(|late| format!("polls may fire {late:?} late"));
    let world = World::create(Setup {
        sandbox,
        environment,
        mode: request.mode,
        clock,
        marker: request.marker.clone(),
    })?;
    if let Some(text) = &note {
        world
            .borrow_mut()
            .note("clock", crate::event::What::Note { text: text.clone() });
    }
    Ok((world, note))
}

/// The log with everything replaced that differs from run to run.
fn redacted(stage: &Stage, events: Vec<Event>) -> Vec<serde_json::Value> {
    let mut redaction = Redaction::default();
    {
        let world = stage.world.borrow();
        let workspace = world.sandbox().workspace();
        redaction.path(&workspace, "${WORKSPACE}");
        redaction.path(
            Path::new(&crate::claude::paths::project_slug(&workspace)),
            "${WORKSPACE_SLUG}",
        );
        redaction.path(&world.sandbox().root().join("tmp"), "${TMPDIR}");
        redaction.path(&world.sandbox().plugin_data(), "${CLAUDE_PLUGIN_DATA}");
        for folder in world.state_folders() {
            // The name ends in a hash of the workspace's path.
            redaction.path(
                Path::new(folder.file_name().unwrap_or_default()),
                "${WORKSPACE_KEY}",
            );
        }
        redaction.path(world.sandbox().root(), "${SANDBOX}");
        if let Some(folder) = world.clock_directory() {
            redaction.path(&folder, "${CLOCK}");
        }
    }
    redaction.path(&stage.subject.root, "${CLAUDE_PLUGIN_ROOT}");
    let redact = |event: Event| Some(redaction.value(&serde_json::to_value(event).ok()?));
    events.into_iter().filter_map(redact).collect()
}
