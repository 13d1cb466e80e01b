//! Everything of one run that changes while it runs.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::Value;
use simtime::{Advance, Status};

use super::cast::Cast;
use super::clock::{Clock, Living, TimeMode};
use super::executor::Task;
use super::gates::Gates;
use super::observe::{CodexObserver, StateObserver};
use super::process::{Finished, Launch, ProcessId, Started, start};
use super::{Error, Jobs, Rule};
use crate::event::{Log, Phase, What};
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
    pub(super) clock: Clock,
    pub(super) log: Log,
    sandbox: Sandbox,
    environment: Environment,
    started: Vec<Started>,
    pub(super) cast: Cast,
    timers: Vec<Duration>,
    spawned: VecDeque<Task>,
    activity: u64,
    round_began_at: u64,
    state: StateObserver,
    codex: CodexObserver,
    codex_reports: Vec<Value>,
    pub(super) gates: Gates,
    staying: Vec<i32>,
    /// What was sent last to each process that may end of it.
    pub(super) signalled: HashMap<i32, Signal>,
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
            cast: Cast::default(),
            timers: Vec::new(),
            spawned: VecDeque::new(),
            activity: 0,
            round_began_at: 0,
            codex_reports: Vec::new(),
            gates: Gates::default(),
            staying: Vec::new(),
            signalled: HashMap::new(),
            waiting: String::new(),
        })))
    }

    /// Virtual time since the start of the run.
    pub fn now(&self) -> Duration {
        self.clock.now()
    }
    /// The environment that lets another program live in the run's time.
    pub fn clock_environment(&self) -> Vec<(std::ffi::OsString, std::ffi::OsString)> {
        self.clock.environment()
    }
    /// Lets programs of a person go on while the world stands, or no longer.
    pub fn admit_visitors(&mut self, admitted: bool) {
        if let Some(coordinator) = self.clock.coordinator() {
            coordinator.let_all_go_on(admitted);
        }
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
        self.cast.enlist(started.pid);
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
        if matches!(
            signal,
            Signal::SIGTERM | Signal::SIGKILL | Signal::SIGINT | Signal::SIGHUP
        ) {
            self.signalled.insert(pid, signal);
        }
        self.clock.signal(pid, signal)
    }

    /// The living processes with their actors, in order of birth.
    pub fn living(&self) -> Vec<(i32, String)> {
        let living = self.clock.processes().into_iter();
        living
            .map(|Living { pid, command }| (pid, self.cast.actor_of(pid, &command)))
            .collect()
    }

    /// The living processes of an actor, or whose command line contains `name`.
    pub fn processes_of(&self, name: &str) -> Vec<i32> {
        let living = self.clock.processes().into_iter();
        living
            .filter(|Living { pid, command }| {
                self.cast.plays(*pid, command, name) || command.contains(name)
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
        self.round_began_at = self.activity;
        self.activity
    }

    /// Whether anything outside was changed since the tasks of this round were first asked.
    pub(super) fn acted_this_round(&self) -> bool {
        self.activity != self.round_began_at
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
            self.collect(at, pid, Phase::Life, What::Codex(report.clone()));
            self.codex_reports.push(report);
        }
        // What stands in the records was written before its writer ended.
        self.log.flush_lives();
        let at = self.now();
        self.state.look(at, &mut self.log);
        self.log.flush();
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
