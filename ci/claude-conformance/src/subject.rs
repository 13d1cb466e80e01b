//! The subject installed in the real Claude Code, with fake-codex on PATH, beside the same scenario simulated.

use crate::script::Script;
use crate::world::World;
use anyhow::{Context, Result, bail};
use regex::Regex;
use rescue_harness::claude::profile::Profile;
use rescue_harness::scenario;
use serde_json::Value;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use tokio::runtime::Runtime;

/// What the hooks said and what became of the jobs.
#[derive(Debug, Default)]
struct Outcome {
    contexts: Vec<String>,
    jobs: Vec<String>,
}

/// Plays a scenario on both; the differences.
pub fn case(
    runtime: &Runtime,
    version: &str,
    program: &Path,
    file: &Path,
    harness: &Path,
) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(file)?.replace("VERSION", version);
    let real = real(runtime, version, program, file, &text, harness)?;
    let simulated = simulated(file, &text, harness)?;
    let mut found = Vec::new();
    let shown = |outcome: &Outcome| {
        let lines = outcome.contexts.iter().chain(&outcome.jobs);
        lines.cloned().collect::<Vec<_>>().join("\n")
    };
    crate::compare::compare(
        "hooks and jobs",
        &shown(&simulated),
        &shown(&real),
        &mut found,
    );
    Ok(found)
}

fn real(
    runtime: &Runtime,
    version: &str,
    program: &Path,
    file: &Path,
    text: &str,
    harness: &Path,
) -> Result<Outcome> {
    let scenario = scenario::parse(&file.display().to_string(), text)?;
    let world = World::new()?;
    let harness = std::fs::canonicalize(harness).context("there is no harness")?;
    rescue_harness::subject::write_builtin(&world.plugin(), &harness)?;
    symlink(&harness, world.bin().join("codex"))?;
    std::fs::write(world.codex_script(), serde_json::to_vec(&scenario.codex)?)?;
    let companion = format!("\"{}/bin/codex-companion\"", world.plugin().display());
    let script = Script::of(&scenario, &Profile::of(version)?, &companion)?;
    let said = world.run(runtime, program, script)?;
    let mut outcome = Outcome::default();
    for message in &said.messages {
        let texts = message["content"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        let texts = texts.iter().filter_map(|block| block["text"].as_str());
        for text in texts.chain(message["content"].as_str()) {
            if let Some((_, context)) = text.split_once(" hook additional context: ") {
                let context = context
                    .split("\n</system-reminder>")
                    .next()
                    .unwrap_or(context);
                outcome
                    .contexts
                    .push(plain(context, &world.plugin().display().to_string())?);
            }
        }
    }
    let data = world.home().join(".claude/plugins/data");
    for state in find(&data, "state.json")? {
        let state: Value = serde_json::from_str(&std::fs::read_to_string(state)?)?;
        for job in state["jobs"].as_array().into_iter().flatten() {
            outcome.jobs.push(described(job));
        }
    }
    Ok(outcome)
}

fn simulated(file: &Path, text: &str, harness: &Path) -> Result<Outcome> {
    let folder = tempfile::tempdir()?;
    let scenarios = folder.path().join("scenarios");
    std::fs::create_dir(&scenarios)?;
    std::fs::write(scenarios.join(file.file_name().unwrap_or_default()), text)?;
    let events = folder.path().join("events");
    let output = Command::new(harness)
        .arg("run")
        .arg(&scenarios)
        .arg("--events")
        .arg(&events)
        .output()?;
    if !output.status.success() {
        bail!(
            "the simulated run fails:\n{}",
            String::from_utf8_lossy(&output.stdout)
        );
    }
    let mut outcome = Outcome::default();
    let mut jobs: Vec<(String, Value)> = Vec::new();
    for log in std::fs::read_dir(&events)? {
        for line in std::fs::read_to_string(log?.path())?.lines() {
            let event: Value = serde_json::from_str(line)?;
            if let Some(told) = event
                .pointer("/what/told")
                .filter(|told| told["form"] == "hook-context")
            {
                let text = told["text"].as_str().unwrap_or_default();
                outcome.contexts.push(plain(text, "${CLAUDE_PLUGIN_ROOT}")?);
            }
            if let Some(job) = event
                .pointer("/what/job")
                .filter(|job| job["place"] == "row")
            {
                let id = job["id"].as_str().unwrap_or_default();
                let place = match jobs.iter().position(|(known, _)| known == id) {
                    Some(place) => place,
                    None => {
                        jobs.push((id.to_owned(), Value::Null));
                        jobs.len() - 1
                    }
                };
                for (name, value) in job["changed"].as_object().into_iter().flatten() {
                    jobs[place].1[name] = value.clone();
                }
            }
        }
    }
    outcome.jobs = jobs.iter().map(|(_, job)| described(job)).collect();
    Ok(outcome)
}

fn described(job: &Value) -> String {
    format!("a job is {} in the phase {}", job["status"], job["phase"])
}

/// A context without what differs from run to run.
fn plain(context: &str, plugin: &str) -> Result<String> {
    let job = Regex::new(r"\b(task|review)-[0-9a-z]+-[0-9a-z]+|<job:[0-9]+>")?;
    let path = Regex::new(r"\S*/tasks/b\S*\.output")?;
    let context = context.replace(plugin, "${PLUGIN}");
    let context = job.replace_all(&context, "JOB");
    Ok(path.replace_all(&context, "OUTPUT").into_owned())
}

fn find(folder: &Path, name: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Ok(found);
    };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(find(&path, name)?);
        } else if path.file_name().is_some_and(|file| file == name) {
            found.push(path);
        }
    }
    Ok(found)
}
