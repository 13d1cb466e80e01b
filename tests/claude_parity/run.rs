//! Runs the cases and reads their event logs.

use rescue_harness::claude::recording::Normaliser;
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

/// What happened in one run.
pub struct Run {
    pub case: String,
    /// The inputs of the hooks, in order.
    pub hooks: Vec<Value>,
    /// The signals that Claude Code sent, in order.
    pub signals: Vec<Signal>,
    /// When each hook was called, in microseconds of virtual time.
    pub hooks_at: Vec<(String, u64)>,
    told: Vec<Value>,
}

/// One signal.
pub struct Signal {
    /// When, in microseconds of virtual time.
    pub at: u64,
    /// Its name.
    pub name: String,
    /// The command line of its receiver.
    pub command: String,
}

/// What a run has in place of the redacted names of the recordings.
pub fn replacements() -> Vec<(String, String)> {
    [
        ("${SANDBOX}/home/", "${HOME}/"),
        ("${SANDBOX}/tmp/", "${TMPDIR}/"),
        ("session-main", "${UUID}"),
        ("prompt-1", "${UUID}"),
        ("Hand the task to Codex", "rescue"),
    ]
    .map(|(ours, recorded)| (ours.to_owned(), recorded.to_owned()))
    .into()
}

impl Run {
    /// Runs every case on a version of Claude Code.
    pub fn all(version: &str, folder: &Path) -> Vec<Run> {
        let work = tempfile::tempdir().unwrap();
        let scenarios = work.path().join("scenarios");
        let events = work.path().join("events");
        std::fs::create_dir(&scenarios).unwrap();
        for file in std::fs::read_dir(folder.join("scenarios")).unwrap() {
            let file = file.unwrap();
            let text = std::fs::read_to_string(file.path()).unwrap();
            std::fs::write(
                scenarios.join(file.file_name()),
                text.replace("VERSION", version),
            )
            .unwrap();
        }
        let output = Command::new(env!("CARGO_BIN_EXE_rescue-harness"))
            .arg("run")
            .arg(&scenarios)
            .arg("--plugin")
            .arg(folder.join("plugin"))
            .arg("--events")
            .arg(&events)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let logs = std::fs::read_dir(&events)
            .unwrap()
            .map(|file| file.unwrap().path());
        logs.map(|log| Run::read(&log)).collect()
    }

    fn read(log: &Path) -> Run {
        let text = std::fs::read_to_string(log).unwrap();
        let events = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let mut run = Run {
            case: log.file_stem().unwrap().to_string_lossy().into_owned(),
            hooks: Vec::new(),
            signals: Vec::new(),
            hooks_at: Vec::new(),
            told: Vec::new(),
        };
        let mut commands: HashMap<String, String> = HashMap::new();
        for event in events {
            let at = event["at_us"].as_u64().unwrap();
            if let Some(input) = event.pointer("/what/hook-input/input") {
                run.hooks_at
                    .push((input["hook_event_name"].as_str().unwrap().to_owned(), at));
                run.hooks.push(input.clone());
            }
            if let Some(process) = event.pointer("/what/process") {
                commands.insert(process["pid"].to_string(), process["command"].to_string());
            }
            if let Some(signal) = event.pointer("/what/signal") {
                let command = commands
                    .get(&signal["pid"].to_string())
                    .cloned()
                    .unwrap_or_default();
                run.signals.push(Signal {
                    at,
                    name: signal["signal"].as_str().unwrap().to_owned(),
                    command,
                });
            }
            run.told.extend(event.pointer("/what/told").cloned());
        }
        run
    }

    /// When the last hook of an event was called.
    pub fn last(&self, event: &str) -> u64 {
        self.hooks_at
            .iter()
            .rev()
            .find(|(name, _)| name == event)
            .unwrap()
            .1
    }

    /// The signals that the process got whose command line ends with these words.
    pub fn signals_of(&self, words: &str) -> Vec<&Signal> {
        let ending = format!("{words}\"");
        self.signals
            .iter()
            .filter(|signal| signal.command.ends_with(&ending))
            .collect()
    }

    /// What the main thread was told, in order.
    pub fn told(&self) -> Vec<String> {
        let mut normaliser = Normaliser::new(replacements());
        self.told
            .iter()
            .map(|told| normaliser.text(told["text"].as_str().unwrap()))
            .collect()
    }
}
