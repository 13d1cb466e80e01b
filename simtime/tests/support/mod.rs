//! What the tests of worlds share: each world in a process of its own, and short ways to drive it.

#![allow(dead_code, reason = "each test uses a part")]
#![allow(
    clippy::unwrap_used,
    clippy::zombie_processes,
    reason = "tests; the world reaps"
)]

use simtime::{Advance, Coordinator, Exit, Options, Record, RecordKind};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Real time that a burst of activity may take in a test.
pub const PATIENCE: Duration = Duration::from_secs(20);

const VARIABLE: &str = "SIMTIME_TEST";

/// Runs the body of the test `name` in a process of its own, since a process has only one world.
pub fn isolated(name: &str, body: impl FnOnce()) {
    if std::env::var_os(VARIABLE).is_some_and(|running| running == name) {
        return body();
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            name,
            "--exact",
            "--nocapture",
            "--test-threads=1",
            "--include-ignored",
        ])
        .env(VARIABLE, name)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{errors}");
    for line in errors.lines().filter(|line| line.starts_with("skipped")) {
        println!("{line}");
    }
}

/// The program is there; else says that the test is skipped.
pub fn has(program: &str) -> bool {
    let mut command = Command::new(program);
    command
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let there = command.status().is_ok();
    if !there {
        eprintln!("skipped: {program} is not on this machine");
    }
    there
}

/// Python 3: the system's own when it is there, since others may be shell scripts.
pub fn python() -> Option<Command> {
    let program = ["/usr/bin/python3", "python3"]
        .into_iter()
        .find(|name| has(name))?;
    Some(Command::new(program))
}

/// A folder of its own, removed at the end.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("simtime-test-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A world and what came out of it.
pub struct World {
    pub coordinator: Coordinator,
    pub records: Vec<Record>,
    pub exits: Vec<Exit>,
    /// Real time that a burst of activity may take.
    pub patience: Duration,
    outputs: Vec<(i32, std::process::ChildStdout)>,
}

impl World {
    pub fn new() -> World {
        World::with(Options::default())
    }

    pub fn with(options: Options) -> World {
        World {
            coordinator: Coordinator::new(options).unwrap(),
            records: Vec::new(),
            exits: Vec::new(),
            patience: PATIENCE,
            outputs: Vec::new(),
        }
    }

    /// Starts a command whose output goes to the test's own.
    pub fn start(&mut self, command: &mut Command) -> i32 {
        let child = command
            .envs(self.coordinator.environment())
            .spawn()
            .unwrap();
        child.id() as i32
    }

    /// Starts a command and keeps its output, at most a pipe full, for [`World::output`].
    pub fn capture(&mut self, command: &mut Command) -> i32 {
        let environment = self.coordinator.environment();
        let mut child = command
            .envs(environment)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let pid = child.id() as i32;
        self.outputs.push((pid, child.stdout.take().unwrap()));
        pid
    }

    /// Starts a shell script and keeps its output.
    pub fn shell(&mut self, script: &str) -> i32 {
        self.capture(Command::new("sh").arg("-c").arg(script))
    }

    /// What a process that has ended wrote.
    pub fn output(&mut self, pid: i32) -> String {
        let index = self.outputs.iter().position(|(of, _)| *of == pid).unwrap();
        let mut text = String::new();
        self.outputs
            .remove(index)
            .1
            .read_to_string(&mut text)
            .unwrap();
        text
    }

    /// Settles and keeps exits and records.
    pub fn settle(&mut self) {
        let result = self.coordinator.settle(self.patience);
        self.records.extend(self.coordinator.drain_records());
        match result {
            Ok(exits) => self.exits.extend(exits),
            Err(error) => panic!("{error}\n{:#?}", self.records),
        }
    }

    /// Runs until nothing waits for time, or until `limit`.
    pub fn run(&mut self, limit: Option<Duration>) {
        loop {
            self.settle();
            match self.coordinator.advance(limit).unwrap() {
                Advance::Woke(_) => {}
                Advance::ReachedLimit | Advance::Idle => return,
            }
        }
    }

    /// Runs until this process has ended; gives its exit code.
    pub fn run_until_exit(&mut self, pid: i32) -> i32 {
        loop {
            self.settle();
            if let Some(exit) = self.exits.iter().find(|exit| exit.pid == pid) {
                return exit.status.code();
            }
            let advance = self.coordinator.advance(None).unwrap();
            assert_ne!(
                advance,
                Advance::Idle,
                "deadlock: {:#?}",
                self.coordinator.waiters()
            );
        }
    }

    /// Starts a command, runs it to its end and gives what it wrote.
    pub fn output_of(&mut self, command: &mut Command) -> String {
        let pid = self.capture(command);
        self.run_until_exit(pid);
        self.output(pid)
    }

    /// The names of the gates passed, with the number of the match.
    pub fn points(&self) -> Vec<(String, u32)> {
        let point = |record: &Record| match &record.kind {
            RecordKind::Point { gate, nth, .. } => Some((gate.clone(), *nth)),
            _ => None,
        };
        self.records.iter().filter_map(point).collect()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for process in self.coordinator.processes() {
            let _ = self.coordinator.signal(process.pid, libc::SIGKILL);
        }
        let _ = self.coordinator.settle(Duration::from_secs(2));
    }
}
