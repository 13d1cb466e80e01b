//! The companion beside the Node plugin: hook, status, a whole task, and the memory of a
//! foreground task that waits.
//!
//! `NODE_PLUGIN=<checkout>/plugins/codex cargo bench -p companion` compares with a checkout of
//! the Node plugin; without it only the companion is measured. Each program runs cold, against
//! the same fake Codex, and the best and the middle of all runs are printed.

#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{Signal, kill};
use nix::sys::time::TimeValLike;
use nix::unistd::Pid;
use serde_json::json;

const COMPANION: &str = env!("CARGO_BIN_EXE_codex-companion");
const HOOK: &str = env!("CARGO_BIN_EXE_codex-rescue-hook");
const TEXT: &str = "Done.\n[[codex-task status=complete]]\n";

/// One of the two programs.
struct Subject {
    name: &'static str,
    companion: Vec<String>,
    hook: Vec<String>,
    runs: usize,
}

struct World {
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["bin", "home", "codex", "tmp", "data", "workspace"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        symlink(fake_codex(), folder.path().join("bin/codex")).unwrap();
        let world = Self { folder };
        world.script(&json!({"turns": []}));
        let git = ["git", "init", "-q"].map(str::to_owned);
        world.finish(&git, None);
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn script(&self, script: &serde_json::Value) {
        fs::write(self.path("script.json"), script.to_string()).unwrap();
    }

    fn command(&self, words: &[String]) -> Command {
        let mut command = Command::new(&words[0]);
        command
            .args(&words[1..])
            .env_clear()
            .current_dir(self.path("workspace"));
        let path = format!(
            "{}:/usr/local/bin:/usr/bin:/bin",
            self.path("bin").display()
        );
        command
            .env("PATH", path)
            .env("HOME", self.path("home"))
            .env("TMPDIR", self.path("tmp"));
        command
            .env("CODEX_HOME", self.path("codex"))
            .env("CLAUDE_PLUGIN_DATA", self.path("data"));
        command.env("FAKE_CODEX_SCRIPT", self.path("script.json"));
        command.env("CODEX_COMPANION_SESSION_ID", "bench");
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    fn finish(&self, words: &[String], input: Option<&Path>) {
        let mut command = self.command(words);
        if let Some(input) = input {
            command.stdin(fs::File::open(input).unwrap());
        }
        assert!(command.status().unwrap().success(), "{words:?}");
    }
}

/// The Node plugin leaves its broker running; what a world started ends with it.
impl Drop for World {
    fn drop(&mut self) {
        let mark = self.folder.path().to_string_lossy().into_owned();
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
            let ours = String::from_utf8_lossy(&environment).contains(&mark);
            if let Some(pid) = entry
                .file_name()
                .to_str()
                .filter(|_| ours)
                .and_then(|name| name.parse().ok())
            {
                let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
            }
        }
    }
}

/// The fake Codex that `cargo test -p companion` builds for this profile or the other one.
fn fake_codex() -> PathBuf {
    let own = Path::new(COMPANION)
        .with_file_name("examples")
        .join("codex");
    let target = Path::new(COMPANION).ancestors().nth(2).unwrap();
    [own, target.join("debug/examples/codex")]
        .into_iter()
        .find(|path| path.exists())
        .unwrap_or_else(|| panic!("build the fake Codex: cargo build -p companion --example codex"))
}

fn cpu() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Duration::from_micros(u64::try_from(micros).unwrap())
}

fn measure(what: &str, subject: &Subject, mut run: impl FnMut()) {
    let mut walls = Vec::new();
    let before = cpu();
    for _ in 0..subject.runs {
        let start = Instant::now();
        run();
        walls.push(start.elapsed());
    }
    let each = (cpu() - before) / u32::try_from(subject.runs).unwrap();
    walls.sort();
    let (best, middle) = (walls[0], walls[walls.len() / 2]);
    let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
    println!(
        "{what:<28} {:<10} best {:>9.2} ms   middle {:>9.2} ms   processor {:>8.2} ms",
        subject.name,
        milliseconds(best),
        milliseconds(middle),
        milliseconds(each)
    );
}

/// Memory that belongs to a process alone, in kilobytes.
fn private_memory(pid: u32) -> u64 {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let lines = rollup.lines().filter(|line| line.starts_with("Private_"));
    lines
        .filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok())
        .sum()
}

fn bench(subject: &Subject) {
    let world = World::new();
    let with = |more: &[&str]| -> Vec<String> {
        subject
            .companion
            .iter()
            .cloned()
            .chain(more.iter().map(|word| (*word).to_owned()))
            .collect()
    };
    world.finish(&with(&["task", "prepare"]), None);
    let event = json!({"hook_event_name": "PostToolUse", "tool_name": "Agent",
        "session_id": "bench", "cwd": world.path("workspace"),
        "tool_input": {"subagent_type": "codex:codex-rescue"},
        "tool_response": {"status": "completed", "content": [{"type": "text", "text": TEXT}]}});
    let input = world.path("event.json");
    fs::write(&input, event.to_string()).unwrap();
    measure("hook", subject, || {
        world.finish(&subject.hook, Some(&input))
    });
    measure("status", subject, || world.finish(&with(&["status"]), None));
    let few = Subject {
        runs: subject.runs / 5,
        ..clone(subject)
    };
    measure("whole task", &few, || {
        world.finish(&with(&["task", "do it"]), None)
    });

    // A new world, since the Node plugin keeps its app-server and the script that it has read.
    let world = World::new();
    world.script(&json!({"turns": [[{"sleep": "4s"}]]}));
    let mut waiting = world.command(&with(&["task", "wait"])).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(3));
    println!(
        "{:<28} {:<10} {} kB",
        "memory of a waiting task",
        subject.name,
        private_memory(waiting.id())
    );
    waiting.wait().unwrap();
}

fn clone(subject: &Subject) -> Subject {
    Subject {
        name: subject.name,
        companion: subject.companion.clone(),
        hook: subject.hook.clone(),
        runs: subject.runs,
    }
}

fn main() {
    bench(&Subject {
        name: "companion",
        companion: vec![COMPANION.to_owned()],
        hook: vec![HOOK.to_owned()],
        runs: 50,
    });
    let Some(plugin) = std::env::var_os("NODE_PLUGIN") else {
        println!("NODE_PLUGIN is not set, so there is nothing beside it");
        return;
    };
    let script = |name: &str| {
        let path = Path::new(&plugin).join("scripts").join(name);
        vec!["node".to_owned(), path.to_string_lossy().into_owned()]
    };
    bench(&Subject {
        name: "node",
        companion: script("codex-companion.mjs"),
        hook: script("codex-rescue-completion-hook.mjs"),
        runs: 15,
    });
}
