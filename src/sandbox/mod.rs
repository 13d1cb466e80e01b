//! The closed world of one run: its own folders, tools and environment, and nothing of the user's.

mod answers;
mod environment;
mod repository;
mod tools;

use std::io;
use std::path::{Path, PathBuf};

pub use answers::answers;
pub use environment::{Environment, MARKER};

/// What went wrong while a sandbox was laid out.
#[derive(Debug, thiserror::Error)]
#[error("cannot lay out the sandbox: {what}: {source}")]
pub struct Error {
    what: String,
    source: io::Error,
}

pub(crate) trait Context<T> {
    fn context(self, what: impl FnOnce() -> String) -> Result<T, Error>;
}

impl<T> Context<T> for io::Result<T> {
    fn context(self, what: impl FnOnce() -> String) -> Result<T, Error> {
        self.map_err(|source| Error {
            what: what(),
            source,
        })
    }
}

/// The folders of one run.
///
/// Everything a process of the run can find lies below one root, which is removed after the run
/// unless it is kept.
#[derive(Debug)]
pub struct Sandbox {
    root: PathBuf,
}

impl Sandbox {
    /// Lays out a sandbox below the empty or missing folder `root`.
    ///
    /// # Errors
    /// When a folder or file cannot be written.
    pub fn create(root: &Path) -> Result<Sandbox, Error> {
        let sandbox = Sandbox {
            root: root.to_owned(),
        };
        let folders = [
            sandbox.home(),
            sandbox.temporary(),
            sandbox.bin(),
            sandbox.codex_home(),
            sandbox.plugin_data(),
            sandbox.workspace(),
            sandbox.captured(),
        ];
        for folder in folders {
            std::fs::create_dir_all(&folder).context(|| format!("create {}", folder.display()))?;
        }
        repository::configure(&sandbox.home())?;
        repository::initialise(&sandbox.workspace())?;
        Ok(sandbox)
    }

    /// Makes `program` available as `name` on the PATH of the run.
    ///
    /// # Errors
    /// When the link cannot be written.
    pub fn link_tool(&self, name: &str, program: &Path) -> Result<(), Error> {
        let link = self.bin().join(name);
        std::os::unix::fs::symlink(program, &link).context(|| format!("link {}", link.display()))
    }

    /// Makes the usual small programs available: a shell, git and core utilities, as far as this machine has them.
    ///
    /// # Errors
    /// When a link cannot be written.
    pub fn link_usual_tools(&self) -> Result<(), Error> {
        tools::link(self)
    }

    /// The folder that holds all the others.
    pub fn root(&self) -> &Path {
        &self.root
    }
    /// HOME.
    pub fn home(&self) -> PathBuf {
        self.root.join("home")
    }
    /// TMPDIR.
    pub fn temporary(&self) -> PathBuf {
        self.root.join("tmp")
    }
    /// The only folder on PATH.
    pub fn bin(&self) -> PathBuf {
        self.root.join("bin")
    }
    /// CODEX_HOME.
    pub fn codex_home(&self) -> PathBuf {
        self.root.join("codex-home")
    }
    /// CLAUDE_PLUGIN_DATA.
    pub fn plugin_data(&self) -> PathBuf {
        self.root.join("plugin-data")
    }
    /// The user's repository, where Claude Code runs.
    pub fn workspace(&self) -> PathBuf {
        self.root.join("project")
    }
    /// What processes wrote to their standard output and error.
    pub fn captured(&self) -> PathBuf {
        self.root.join("captured")
    }
    /// Where the built-in subject's plugin folder is written.
    pub fn plugin(&self) -> PathBuf {
        self.root.join("plugin")
    }
    /// The script that fake-codex plays.
    pub fn codex_script(&self) -> PathBuf {
        self.root.join("codex-script.json")
    }
    /// Where fake-codex reports.
    pub fn codex_events(&self) -> PathBuf {
        self.root.join("codex-events.jsonl")
    }
}
