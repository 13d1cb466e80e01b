//! Plays the recorded cases to the real Claude Code, and a subject beside fake-codex, and tells where it does
//! something else than what is simulated.
//!
//! Usage: `claude-conformance [--record] [--case NAME] [--harness PROGRAM] VERSION=PROGRAM...`. Exit code 0 if nothing
//! drifted, 1 if something did, 2 if it cannot run.

#[path = "../../../tests/claude_parity/compare.rs"]
mod compare;
#[path = "../../../tests/claude_parity/differences.rs"]
mod differences;
mod model;
mod record;
mod script;
mod subject;
mod world;

use anyhow::{Context, Result, bail};
use differences::Differences;
use rescue_harness::claude::profile::Profile;
use rescue_harness::claude::recording::{Recording, lines};
use rescue_harness::scenario;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::runtime::Runtime;
use world::{Said, World};

/// What was asked on the command line.
#[derive(Default)]
struct Arguments {
    /// Write what the real Claude Code does as the recordings.
    record: bool,
    /// Only these cases.
    cases: Vec<String>,
    /// The harness, which plays the subject and fake-codex.
    harness: Option<PathBuf>,
    /// The versions with their programs.
    programs: Vec<(String, PathBuf)>,
}

fn main() -> ExitCode {
    match arguments().and_then(|arguments| check(&arguments)) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(drifted) => {
            eprintln!("{drifted} cases drifted");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::from(2)
        }
    }
}

fn arguments() -> Result<Arguments> {
    let mut arguments = Arguments::default();
    let mut given = std::env::args().skip(1);
    while let Some(argument) = given.next() {
        let mut value = || {
            given
                .next()
                .with_context(|| format!("{argument} needs a value"))
        };
        match argument.as_str() {
            "--record" => arguments.record = true,
            "--case" => arguments.cases.push(value()?),
            "--harness" => arguments.harness = Some(PathBuf::from(value()?)),
            _ => match argument.split_once('=') {
                Some((version, program)) => {
                    Profile::of(version)?;
                    arguments
                        .programs
                        .push((version.to_owned(), program.into()));
                }
                None => bail!("{argument:?} is no VERSION=PROGRAM"),
            },
        }
    }
    if arguments.programs.is_empty() {
        bail!("name at least one VERSION=PROGRAM");
    }
    Ok(arguments)
}

/// The recordings, the scenarios that play them again, and what may differ.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/recordings")
}

/// What came of playing a case.
enum Outcome {
    /// This version has no recording of it.
    NotPlayed,
    /// What happened is the recording now.
    Recorded,
    /// It was compared; these are the differences.
    Compared(Vec<String>),
}

/// Plays every case on every version; how many drifted.
fn check(arguments: &Arguments) -> Result<usize> {
    let runtime = Runtime::new()?;
    let recorded = scenarios(&folder().join("scenarios"))?;
    let subject = scenarios(&Path::new(env!("CARGO_MANIFEST_DIR")).join("subject"))?;
    let is_known = |case: &&String| {
        recorded
            .iter()
            .chain(&subject)
            .any(|(name, _)| name == *case)
    };
    if let Some(unknown) = arguments.cases.iter().find(|case| !is_known(case)) {
        bail!("there is no case {unknown:?} in tests/recordings/scenarios and subject/");
    }
    let is_asked = |name: &String| arguments.cases.is_empty() || arguments.cases.contains(name);
    let mut drifted = 0;
    for (version, program) in &arguments.programs {
        for (name, file) in recorded.iter().filter(|(name, _)| is_asked(name)) {
            let found = case(&runtime, version, program, file, name, arguments.record);
            drifted += usize::from(told(version, name, found));
        }
        let Some(harness) = arguments.harness.as_ref().filter(|_| !arguments.record) else {
            continue;
        };
        for (name, file) in subject.iter().filter(|(name, _)| is_asked(name)) {
            let found = subject::case(&runtime, version, program, file, harness);
            let found = found.map(Outcome::Compared);
            drifted += usize::from(told(version, &format!("subject {name}"), found));
        }
    }
    Ok(drifted)
}

/// The scenarios of a folder with their names, in order.
fn scenarios(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let mut files = Vec::new();
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        files.push((name.into_owned(), path));
    }
    files.sort();
    Ok(files)
}

/// Tells what came of a case; whether it drifted.
fn told(version: &str, name: &str, found: Result<Outcome>) -> bool {
    match found {
        Ok(Outcome::NotPlayed) => false,
        Ok(Outcome::Recorded) => {
            println!("{version} {name}: recorded");
            false
        }
        Ok(Outcome::Compared(differences)) if differences.is_empty() => {
            println!("{version} {name}: as simulated");
            false
        }
        Ok(Outcome::Compared(differences)) => {
            println!("{version} {name}: drifted (- recorded or simulated, + real)");
            for line in differences.iter().flat_map(|difference| difference.lines()) {
                println!("    {line}");
            }
            true
        }
        Err(error) => {
            println!("{version} {name}: could not be played: {error:#}");
            true
        }
    }
}

/// Plays one recorded case.
fn case(
    runtime: &Runtime,
    version: &str,
    program: &Path,
    file: &Path,
    name: &str,
    is_recorded: bool,
) -> Result<Outcome> {
    let path = record::path(&folder(), version, name);
    let differences = Differences::load(&folder().join("differences.yaml"));
    if !is_recorded && (!path.is_file() || differences.leaves_out(name)) {
        return Ok(Outcome::NotPlayed);
    }
    let text = std::fs::read_to_string(file)?.replace("VERSION", version);
    let scenario = scenario::parse(&file.display().to_string(), &text)?;
    let profile = Profile::of(version)?;
    let world = World::new()?;
    world.recording_plugin(&folder().join("plugin"))?;
    let script = script::Script::of(&scenario, &profile, "false")?;
    let said = world.run(runtime, program, script)?;
    if is_recorded {
        record::write(&path, name, &scenario.title, version, &world, &said)?;
        return Ok(Outcome::Recorded);
    }
    let recording = Recording::load(&path)?;
    Ok(Outcome::Compared(compared(
        name,
        version,
        &recording,
        &said,
        &world,
        &differences,
    )))
}

fn compared(
    case: &str,
    version: &str,
    recording: &Recording,
    said: &Said,
    world: &World,
    differences: &Differences,
) -> Vec<String> {
    let events = |events, replacements| {
        let events = compare::comparable(events, case, version, differences, replacements);
        let texts = events
            .iter()
            .map(|(name, event)| format!("{name}\n{}", lines(event)));
        texts.collect::<Vec<_>>().join("\n")
    };
    let recorded = recording
        .sessions()
        .last()
        .copied()
        .unwrap_or_default()
        .to_vec();
    let mut found = Vec::new();
    compare::compare(
        "hooks",
        &events(&recorded, Vec::new()),
        &events(&said.hooks, world.replacements()),
        &mut found,
    );
    compare::compare(
        "what is told",
        &compare::told(&recording.main_thread_messages, Vec::new()).join("\n---\n"),
        &compare::told(&said.messages, world.replacements()).join("\n---\n"),
        &mut found,
    );
    found
}
