//! Simulated Claude Code in the world: sessions, tools, hooks, and what the main thread believes.

mod agent;
mod background;
mod bash;
mod command;
mod ending;
mod hook_input;
mod hook_run;
mod hooks;
mod interruption;
mod main_thread;
mod message;
mod subagent;
mod telling;
mod truth;
mod watcher;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

pub use agent::{AgentCall, AgentReturn, InBackground};
pub use bash::{BashCall, Timeout};
pub use command::{CommandCall, CommandEnd};
pub use hook_input::{HookAnswer, HookCall};
pub use hook_run::Standard;
pub use interruption::EndingSignal;
pub use main_thread::{MainBash, StopReturn, ToolReturn};
pub use subagent::{ApiError, Task};
pub use truth::{Finding, Heard, Truth};

use crate::claude::belief::Belief;
use crate::claude::profile::Profile;
use crate::claude::stop::StopGuard;
use crate::engine::{Error, Shared};
use crate::scenario::Claude;
use crate::subject::Subject;
use crate::vocabulary::Told;
use agent::AgentTask;
use background::Background;
use interruption::Interruption;

/// A Claude Code with its sessions in one workspace, one of which is the current one.
pub struct Session {
    world: Shared,
    subject: Rc<Subject>,
    profile: Rc<Profile>,
    inner: RefCell<Inner>,
}

/// What changes while sessions last.
#[derive(Default)]
struct Inner {
    /// The current session.
    id: String,
    talks: BTreeMap<String, Talk>,
    counters: Counters,
    /// Commands of the Bash tool that somebody waits for.
    foreground: Vec<Background>,
    /// Commands that went to the background, ended ones too.
    background: Vec<Background>,
    /// Subagents that run in the background, ended ones too.
    agents: Vec<AgentTask>,
    /// The ids of tasks that were stopped.
    stopped: BTreeSet<String>,
    /// Those of them that the main thread stopped itself.
    stopped_by_main: BTreeSet<String>,
    /// The ids of subagents that were stopped together with what the main thread did.
    interrupted_agents: BTreeSet<String>,
    /// The ids of subagents that the user moved to the background.
    moved: BTreeSet<String>,
    /// Until when something that was signalled may still get SIGKILL.
    killing_until: Duration,
    /// How background commands ended, once that was told.
    ends: BTreeMap<String, CommandEnd>,
    findings: Vec<Finding>,
    /// The jobs whose records the scenario laid down.
    laid_down: BTreeSet<String>,
    last_output: Option<PathBuf>,
    /// The subagent that was called last.
    last_agent: Option<String>,
}

/// One session: its main thread.
#[derive(Default)]
struct Talk {
    open: bool,
    belief: Belief,
    contexts: Vec<String>,
    guard: StopGuard,
    interruptions: Vec<Interruption>,
}

impl Inner {
    fn talk(&mut self, session: &str) -> &mut Talk {
        self.talks.entry(session.to_owned()).or_default()
    }
}

/// Where the ids of this Claude Code stand. They count up, so that the same scenario gives the same ids.
#[derive(Default)]
struct Counters {
    agents: u64,
    commands: u64,
    outputs: u64,
    tasks: u64,
    tool_uses: u64,
}

impl Session {
    /// A Claude Code of the version that the scenario names.
    ///
    /// # Errors
    /// When there is no such version.
    pub fn new(world: Shared, subject: Rc<Subject>, claude: &Claude) -> Result<Session, Error> {
        let profile =
            Profile::of(claude.version()).map_err(|error| Error::Setup(error.to_string()))?;
        let inner = Inner {
            id: claude.session.clone(),
            ..Inner::default()
        };
        Ok(Session {
            world,
            subject,
            profile: Rc::new(profile),
            inner: RefCell::new(inner),
        })
    }

    /// The current session's id.
    pub fn id(&self) -> String {
        self.inner.borrow().id.clone()
    }
    /// The records of these jobs are laid down by the scenario: they are the only truth about them.
    pub fn lay_down(&self, jobs: impl IntoIterator<Item = String>) {
        self.inner.borrow_mut().laid_down.extend(jobs);
    }
    /// Another session is the current one from here on.
    pub fn change(&self, id: &str) {
        self.inner.borrow_mut().id = id.to_owned();
    }
    /// Whether a session has begun and not ended.
    pub fn is_open(&self) -> bool {
        !self.open_sessions().is_empty()
    }
    /// The sessions that have begun and not ended.
    pub fn open_sessions(&self) -> Vec<String> {
        let inner = self.inner.borrow();
        let open = inner.talks.iter().filter(|(_, talk)| talk.open);
        open.map(|(id, _)| id.clone()).collect()
    }
    /// What the main thread of the current session believes.
    pub fn told(&self) -> Told {
        let inner = self.inner.borrow();
        inner
            .talks
            .get(&inner.id)
            .map_or_else(Told::default, |talk| talk.belief.told())
    }
    /// The last thing that a hook added for the main thread of the current session.
    pub fn last_context(&self) -> Option<String> {
        let inner = self.inner.borrow();
        inner.talks.get(&inner.id)?.contexts.last().cloned()
    }
    /// The output file of the last command that went to the background.
    pub fn last_output(&self) -> Option<PathBuf> {
        self.inner.borrow().last_output.clone()
    }

    /// The user's repository.
    fn workspace(&self) -> PathBuf {
        self.world.borrow().sandbox().workspace()
    }

    /// Files for the output of a process that is no tool call.
    fn output_files(&self, what: &str) -> (PathBuf, PathBuf) {
        let number = next(&mut self.inner.borrow_mut().counters.outputs);
        let captured = self.world.borrow().sandbox().captured();
        (
            captured.join(format!("{number}-{what}.stdout")),
            captured.join(format!("{number}-{what}.stderr")),
        )
    }

    /// The file that a SessionStart hook may write variables to, which then hold for every Bash call.
    fn environment_file(&self) -> PathBuf {
        let id = self.id();
        self.world
            .borrow()
            .sandbox()
            .home()
            .join(".claude/session-env")
            .join(id)
            .join("environment.sh")
    }

    /// The command as Bash runs it: with what the SessionStart hooks have set.
    fn with_session_environment(&self, command: &str) -> String {
        let file = self.environment_file();
        if file.exists() {
            format!(". '{}'\n{command}", file.display())
        } else {
            command.to_owned()
        }
    }
}

fn next(counter: &mut u64) -> u64 {
    *counter += 1;
    *counter
}
