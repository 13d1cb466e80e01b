//! Simulated Claude Code in the world: sessions, tools, hooks, and what the main thread believes.

mod agent;
mod background;
mod bash;
mod command;
mod hooks;
mod telling;
mod truth;
mod watcher;

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;

pub use agent::{AgentCall, AgentReturn};
pub use bash::BashCall;
pub use command::{CommandCall, CommandEnd};
pub use hooks::{HookAnswer, HookCall};
pub use truth::{Finding, Truth};

use crate::claude::belief::Belief;
use crate::claude::profile::Profile;
use crate::engine::{Error, Shared};
use crate::scenario::Claude;
use crate::subject::Subject;
use crate::vocabulary::Told;
use background::Background;

/// A Claude Code with one current session.
pub struct Session {
    world: Shared,
    subject: Rc<Subject>,
    profile: Rc<Profile>,
    inner: RefCell<Inner>,
}

/// What changes while a session lasts.
#[derive(Default)]
struct Inner {
    id: String,
    open: bool,
    counters: Counters,
    belief: Belief,
    contexts: Vec<String>,
    background: Vec<Background>,
    findings: Vec<Finding>,
    last_output: Option<PathBuf>,
}

/// Where the ids of this session stand. They count up, so that the same scenario gives the same ids.
#[derive(Default)]
struct Counters {
    agents: u64,
    commands: u64,
    outputs: u64,
    tool_uses: u64,
}

impl Session {
    /// A Claude Code of the version that the scenario names.
    ///
    /// # Errors
    /// When there is no such version.
    pub fn new(world: Shared, subject: Rc<Subject>, claude: &Claude) -> Result<Session, Error> {
        let profile =
            Profile::of(&claude.version).map_err(|error| Error::Setup(error.to_string()))?;
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
    /// Another session is the current one from here on.
    pub fn change(&self, id: &str) {
        self.inner.borrow_mut().id = id.to_owned();
    }
    /// Whether a session has begun and not ended.
    pub fn is_open(&self) -> bool {
        self.inner.borrow().open
    }
    /// What the main thread believes.
    pub fn told(&self) -> Told {
        self.inner.borrow().belief.told()
    }
    /// The last thing that a hook added for the main thread.
    pub fn last_context(&self) -> Option<String> {
        self.inner.borrow().contexts.last().cloned()
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
