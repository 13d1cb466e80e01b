//! Everything of one run that changes while it runs.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::Value;
use simtime::{Advance, Record, RecordKind, Status};

use super::actor::actor;
use super::clock::{Clock, Living, TimeMode};
use super::executor::Task;
use super::gates::Gates;
use super::observe::{CodexObserver, StateObserver};
use super::process::{Finished, Launch, ProcessId, Started, start};
use super::{Error, Jobs, Rule};
use crate::event::{Log, Phase, Rank, What};
use crate::sandbox::{Environment, Sandbox};

/// The world of a run, shared by everything that acts in it. It is never held across a wait.
pub type Shared = Rc<RefCell<World>>;

/// What a world is made of.
pub struct Setup {
    /// Its folders.
    pub sandbox: Sandbox,
    /// The environment of its processes.
    pub environment: Environment,
    /// How time passes.
    pub mode: TimeMode,
    /// How the virtual clock works.
    pub clock: simtime::Options,
    /// The value of the marker variable of its processes.
    pub marker: String,
}

/// Everything of one run that changes while it runs.
pub struct World {
    clock: Clock,
    log: Log,
    sandbox: Sandbox,
    environment: Environment,
    started: Vec<Started>,
    names: BTreeMap<i32, String>,
    births: BTreeMap<i32, u32>,
    counts: BTreeMap<String, usize>,
    ended: Vec<i32>,
    timers: Vec<Duration>,
    spawned: VecDeque<Task>,
    activity: u64,
    state: StateObserver,
    codex: CodexObserver,
    codex_reports: Vec<Value>,
    gates: Gates,
    staying: Vec<i32>,
    waiting: String,
}

impl World {
    /// Makes the world.
    ///
    /// # Errors
    /// When the clock cannot be set up on this machine.
    pub fn create(setup: Setup) -> Result<Shared, Error> {
        let clock = Clock::new(setup.mode, setup.clock, &setup.marker)?;
        let parents = vec![
            setup.sandbox.plugin_data().join("state"),
            setup.sandbox.temporary().join("codex-companion"),
        ];
        Ok(Rc::new(RefCell::new(World {
            clock,
            log: Log::default(),
            state: StateObserver::new(parents),
            codex: CodexObserver::new(setup.sandbox.codex_events()),
            sandbox: setup.sandbox,
            environment: setup.environment,
            started: Vec::new(),
            names: BTreeMap::new(),
            births: BTreeMap::new(),
            counts: BTreeMap::new(),
            ended: Vec::new(),
            timers: Vec::new(),
            spawned: VecDeque::new(),
            activity: 0,
            codex_reports: Vec::new(),
            gates: Gates::default(),
            staying: Vec::new(),
            waiting: String::new(),
        })))
    }

    /// Virtual time since the start of the run.
    pub fn now(&self) -> Duration {
        self.clock.now()
    }
    /// The private folder of the virtual clock.
    pub fn clock_directory(&self) -> Option<PathBuf> {
        self.clock.directory()
    }
    /// The folders of the run.
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }
    /// The environment that a new process of the run gets.
    pub fn environment(&self) -> Environment {
        self.environment.clone()
    }
    /// The log.
    pub fn log(&self) -> &Log {
        &self.log
    }
    /// Takes the log out of the world at its end.
    pub fn take_log(&mut self) -> Log {
        std::mem::take(&mut self.log)
    }
    /// The job records as they stood at the last quiescent point.
    pub fn jobs(&self) -> &Jobs {
        self.state.jobs()
    }
    /// The state folders that are there.
    pub fn state_folders(&self) -> Vec<PathBuf> {
        self.state.folders()
    }
    /// What fake-codex has reported so far.
    pub fn codex_reports(&self) -> &[Value] {
        &self.codex_reports
    }
    /// Says what the scenario waits for now, for the report of a deadlock.
    pub fn waiting_for(&mut self, what: impl Into<String>) {
        self.waiting = what.into();
    }

    /// Writes an event of the harness into the log.
    pub fn note(&mut self, actor: &str, what: What) -> u64 {
        let at = self.now();
        self.log.push(at, actor, what)
    }

    /// Asks to be polled again at this virtual time, this round.
    pub fn timer(&mut self, at: Duration) {
        self.timers.push(at);
    }

    /// Says that something outside was changed, so that the world must settle again.
    pub fn touch(&mut self) {
        self.activity += 1;
    }

    /// Runs a future beside the others.
    pub fn spawn(&mut self, task: impl Future<Output = ()> + 'static) {
        self.spawned.push_back(Box::pin(task));
        self.touch();
    }

    /// Starts a process.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn launch(&mut self, launch: &Launch) -> Result<ProcessId, Error> {
        let started = start(launch, self.clock.environment())?;
        self.note(
            &launch.by,
            What::Process {
                pid: started.pid,
                parent: None,
                command: launch.shell.clone(),
            },
        );
        self.names.insert(started.pid, "shell".into());
        self.started.push(started);
        self.touch();
        Ok(ProcessId(self.started.len() - 1))
    }

    /// How the process ended, when it has.
    pub fn finished(&self, process: ProcessId) -> Option<Finished> {
        self.started.get(process.0)?.finished.clone()
    }

    /// The process's id on this machine.
    pub fn pid(&self, process: ProcessId) -> i32 {
        self.started.get(process.0).map_or(0, |started| started.pid)
    }

    /// Closes the standard input of a process that was started with an open one.
    pub fn close_input(&mut self, process: ProcessId) {
        if let Some(started) = self.started.get_mut(process.0) {
            started.keep = None;
            self.touch();
        }
    }

    /// Sends a signal, and says so in the log.
    ///
    /// # Errors
    /// When the signal cannot be sent; a receiver that is gone is no error.
    pub fn signal(&mut self, by: &str, pid: i32, signal: Signal) -> Result<(), Error> {
        self.note(
            by,
            What::Signal {
                pid,
                signal: signal.to_string(),
            },
        );
        self.touch();
        self.clock.signal(pid, signal)
    }

    /// The living processes with their actors, in order of birth.
    pub fn living(&self) -> Vec<(i32, String)> {
        self.clock
            .processes()
            .into_iter()
            .map(|Living { pid, command }| {
                (
                    pid,
                    self.names
                        .get(&pid)
                        .cloned()
                        .unwrap_or_else(|| actor(&command)),
                )
            })
            .collect()
    }

    /// The living processes of an actor, or whose command line contains `name`.
    pub fn processes_of(&self, name: &str) -> Vec<i32> {
        let plain = |full: &str| full.split('#').next().unwrap_or_default() == name || full == name;
        self.clock
            .processes()
            .into_iter()
            .filter(|living| {
                self.names
                    .get(&living.pid)
                    .map_or_else(|| actor(&living.command) == name, |full| plain(full))
                    || living.command.contains(name)
            })
            .map(|living| living.pid)
            .collect()
    }

    /// Says that this process is meant to stay until the run is over.
    pub fn expect_to_stay(&mut self, process: ProcessId) {
        self.staying.push(self.pid(process));
    }

    /// The living processes that are not meant to stay.
    pub fn remaining(&self) -> Vec<(i32, String)> {
        self.living()
            .into_iter()
            .filter(|(pid, _)| !self.staying.contains(pid))
            .collect()
    }

    /// Every descendant of `pid` that is alive, itself first, by the parent's id as it is now.
    pub fn tree(&self, pid: i32) -> Vec<i32> {
        let mut tree = vec![pid];
        let mut next = 0;
        while let Some(parent) = tree.get(next).copied() {
            tree.extend(crate::sweep::children(parent));
            next += 1;
        }
        tree
    }

    /// Puts the gates of the scenario in place.
    ///
    /// # Errors
    /// When a gate makes no sense, or time is real.
    pub fn set_gates(&mut self, rules: &[Rule]) -> Result<(), Error> {
        let coordinator = self.clock.coordinator();
        self.gates.install(rules, coordinator)
    }

    /// The gates of the world.
    pub fn gates(&mut self) -> (&mut Gates, Option<&mut simtime::Coordinator>) {
        (&mut self.gates, self.clock.coordinator())
    }

    pub(super) fn begin_round(&mut self) -> u64 {
        self.timers.clear();
        self.activity
    }

    pub(super) fn end_round(&mut self, before: u64) -> (bool, Vec<Task>) {
        (self.activity != before, self.spawned.drain(..).collect())
    }

    pub(super) fn settle(world: &Shared) -> Result<(), Error> {
        let mut here = world.borrow_mut();
        let exits = here.clock.settle()?;
        here.take_records();
        for exit in exits {
            let at = here.now();
            if let Some(started) = here
                .started
                .iter_mut()
                .find(|it| it.pid == exit.pid && it.finished.is_none())
            {
                started.finished = Some(Finished {
                    status: exit.status,
                    at,
                });
            }
            here.end_of(exit.pid, Some(exit.status), at);
        }
        here.look();
        Ok(())
    }

    fn look(&mut self) {
        for report in self.codex.look() {
            let at = self.now();
            let pid = report
                .get("pid")
                .and_then(Value::as_i64)
                .and_then(|pid| i32::try_from(pid).ok())
                .unwrap_or(0);
            let (rank, name) = (self.rank(pid, Phase::Life), self.actor_of(pid));
            self.log
                .collect(at, rank, name, What::Codex(report.clone()));
            self.codex_reports.push(report);
        }
        self.log.flush();
        let at = self.now();
        self.state.look(at, &mut self.log);
    }

    fn take_records(&mut self) {
        let Some(coordinator) = self.clock.coordinator() else {
            return;
        };
        for record in coordinator.drain_records() {
            self.take_record(record);
        }
        let at = self.now();
        let World {
            gates, clock, log, ..
        } = self;
        if let Some(coordinator) = clock.coordinator() {
            gates.look(at, coordinator, log);
        }
    }

    fn take_record(&mut self, record: Record) {
        let Record {
            at,
            pid,
            process,
            kind,
        } = record;
        match kind {
            RecordKind::Started {
                parent, arguments, ..
            } => {
                self.births.insert(pid, process);
                let name = self.name(pid, &arguments);
                let what = What::Process {
                    pid,
                    parent: Some(parent),
                    command: arguments,
                };
                self.log
                    .collect(at, self.rank(pid, Phase::Begin), name, what);
            }
            RecordKind::ExecFailed {
                program,
                errno,
                refused,
            } => {
                let outcome = if refused { "refused" } else { "failed" };
                let detail = format!("exec {program}: error {errno}");
                self.gate_event(at, pid, outcome, "exec", detail);
            }
            RecordKind::Exited { status } => self.end_of(pid, status, at),
            RecordKind::Point {
                ordinal,
                gate,
                text,
                acted,
                ..
            } => {
                let outcome = if acted { "acted" } else { "passed" };
                if acted {
                    self.gates.acted(&gate);
                }
                self.gate_event(at, pid, outcome, &gate, format!("point {ordinal}: {text}"));
            }
            RecordKind::Unvirtualised { arguments, .. } => {
                let text = format!("runs without the virtual clock: {arguments}");
                self.log.collect(
                    at,
                    self.rank(pid, Phase::Begin),
                    actor(&arguments),
                    What::Note { text },
                );
            }
            RecordKind::Warning { text } => {
                let name = self.actor_of(pid);
                self.log
                    .collect(at, self.rank(pid, Phase::Life), name, What::Note { text });
            }
            _ => {}
        }
    }

    fn gate_event(&mut self, at: Duration, pid: i32, outcome: &str, gate: &str, detail: String) {
        let name = self.actor_of(pid);
        self.log.collect(
            at,
            self.rank(pid, Phase::Life),
            name,
            What::Gate {
                outcome: outcome.into(),
                gate: gate.into(),
                detail,
            },
        );
    }

    fn end_of(&mut self, pid: i32, status: Option<Status>, at: Duration) {
        if self.names.contains_key(&pid) && !self.ended.contains(&pid) {
            self.ended.push(pid);
            let name = self.actor_of(pid);
            let status = status.map_or_else(|| "unknown".to_owned(), describe);
            self.log.collect(
                at,
                self.rank(pid, Phase::End),
                name,
                What::Exit { pid, status },
            );
        }
    }

    fn rank(&self, pid: i32, phase: Phase) -> Rank {
        Rank {
            birth: self.births.get(&pid).copied().unwrap_or(u32::MAX),
            phase,
        }
    }

    /// Gives a process its name in the story: the actor, and from the second one on a number.
    fn name(&mut self, pid: i32, command: &str) -> String {
        self.ended.retain(|ended| *ended != pid);
        let actor = actor(command);
        if let Some(known) = self.names.get(&pid)
            && known.split('#').next() == Some(actor.as_str())
        {
            return known.clone();
        }
        let count = self.counts.entry(actor.clone()).or_insert(0);
        *count += 1;
        let name = if *count == 1 {
            actor
        } else {
            format!("{actor}#{count}")
        };
        self.names.insert(pid, name.clone());
        name
    }

    fn actor_of(&self, pid: i32) -> String {
        self.names
            .get(&pid)
            .cloned()
            .unwrap_or_else(|| "process".into())
    }

    /// Lets time pass to the next thing that is due.
    pub(super) fn advance(&mut self) -> Result<Advance, Error> {
        let limit = self.timers.iter().min().copied();
        self.clock.advance(limit)
    }

    pub(super) fn deadlock(&self) -> Error {
        Error::Deadlock {
            at: self.now(),
            waiting: self.waiting.clone(),
            waiters: self.clock.waiters(),
        }
    }
}

/// `exit 0`, `signal SIGKILL` and so on.
pub(crate) fn describe(status: Status) -> String {
    match status {
        Status::Exited(code) => format!("exit {code}"),
        Status::Signaled { signal, .. } => match Signal::try_from(signal) {
            Ok(signal) => format!("signal {signal}"),
            Err(_) => format!("signal {signal}"),
        },
    }
}
