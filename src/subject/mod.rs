//! The thing under test: a Claude Code plugin folder with a companion and hooks.
//!
//! A subject is found by its files, never by special cases in the engine: `hooks/hooks.json` names
//! the hooks, and the companion is one of the [`companion`] kinds.

mod builtin;
mod companion;
mod locate;

use std::path::{Path, PathBuf};

pub use builtin::write as write_builtin;
pub use companion::Companion;
pub(crate) use companion::{all_on_path, find_on_path};

use crate::claude::hooks::Hooks;
use crate::vocabulary::Vocabulary;

/// A plugin that is ready to be run.
#[derive(Debug)]
pub struct Subject {
    /// The plugin's folder, absolute.
    pub root: PathBuf,
    /// How its companion is started.
    pub companion: Companion,
    /// Its hooks.
    pub hooks: Hooks,
    /// Its exact words.
    pub vocabulary: Vocabulary,
    /// The revision of the plugin as the vocabulary names it, when it is a known one.
    pub revision: Option<String>,
}

/// Why a folder cannot be used as a subject.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum Error {
    /// The folder does not exist or cannot be listed.
    #[error("cannot read the plugin folder {path}")]
    #[diagnostic(help(
        "give the folder of a plugin checkout: --plugin DIR, where DIR or DIR/plugins/NAME holds hooks/hooks.json"
    ))]
    Unreadable {
        /// The folder as it was given.
        path: PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// There is no `hooks/hooks.json` in it.
    #[error(
        "{path} is not a plugin: it has no hooks/hooks.json, and neither has exactly one folder below its plugins/"
    )]
    #[diagnostic(help(
        "give the folder that holds .claude-plugin/, hooks/ and the companion, for example CHECKOUT/plugins/codex"
    ))]
    NoHooks {
        /// The folder as it was given.
        path: PathBuf,
    },
    /// There is no companion in it.
    #[error("{path} has no companion: looked for {looked}")]
    #[diagnostic(help("a subject needs one of these files; is this another plugin?"))]
    NoCompanion {
        /// The plugin folder.
        path: PathBuf,
        /// The files that were looked for.
        looked: String,
    },
    /// A program that the companion needs is not on PATH.
    #[error("{path} needs `{program}`, which is not on PATH")]
    #[diagnostic(help(
        "install {program} or add its folder to PATH; the built-in subject needs nothing"
    ))]
    NoInterpreter {
        /// The plugin folder.
        path: PathBuf,
        /// The missing program.
        program: String,
    },
    /// Its hooks.json is not valid.
    #[error(transparent)]
    #[diagnostic(help("Claude Code would not load this plugin either"))]
    Hooks(#[from] crate::claude::hooks::Error),
    /// Its vocabulary is not valid.
    #[error(transparent)]
    Vocabulary(#[from] crate::vocabulary::Error),
}

impl Subject {
    /// Opens the plugin at `path`, which may be a repository that holds one plugin under `plugins/`.
    ///
    /// `revision` overrides what the vocabulary recognises by the files.
    ///
    /// # Errors
    /// When the folder is no plugin, its companion cannot be started here, or a file of it is wrong.
    pub fn open(path: &Path, revision: Option<&str>) -> Result<Subject, Error> {
        let root = locate::plugin_root(path)?;
        let companion = Companion::find(&root)?;
        let hooks = Hooks::load(&root)?;
        let vocabulary = Vocabulary::for_subject(&root)?;
        let revision = match revision {
            Some(revision) => Some(vocabulary.resolve_revision(revision)?),
            None => vocabulary.detect_revision(&root)?,
        };
        Ok(Subject {
            root,
            companion,
            hooks,
            vocabulary,
            revision,
        })
    }

    /// The subject's name with its revision, as reports show it.
    pub fn label(&self) -> String {
        match &self.revision {
            Some(revision) => format!("{}@{revision}", self.vocabulary.subject()),
            None => self.vocabulary.subject().to_owned(),
        }
    }
}
