//! The environment of every process of a run, built from nothing.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use super::Sandbox;

/// The variable that marks every process of a run; its value is the run's id.
pub const MARKER: &str = "RESCUE_HARNESS_RUN";

/// Environment variables, in a fixed order.
#[derive(Debug, Clone, Default)]
pub struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    /// The environment of a run in `sandbox`, marked with `run`.
    pub fn of(sandbox: &Sandbox, run: &str) -> Environment {
        let mut environment = Environment::default();
        environment.set("HOME", sandbox.home());
        environment.set("TMPDIR", sandbox.temporary());
        environment.set("PATH", sandbox.bin());
        environment.set("CODEX_HOME", sandbox.codex_home());
        environment.set("CLAUDE_PLUGIN_DATA", sandbox.plugin_data());
        environment.set("FAKE_CODEX_SCRIPT", sandbox.codex_script());
        environment.set("FAKE_CODEX_EVENTS", sandbox.codex_events());
        environment.set("GIT_CONFIG_NOSYSTEM", "1");
        environment.set("GIT_TERMINAL_PROMPT", "0");
        environment.set("LANG", "C.UTF-8");
        environment.set("SHELL", sandbox.bin().join("sh"));
        environment.set("TERM", "dumb");
        environment.set("TZ", "UTC");
        environment.set("USER", "rescue");
        environment.set(MARKER, run);
        environment
    }

    /// Sets one variable.
    pub fn set(&mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) {
        self.0
            .insert(name.as_ref().to_owned(), value.as_ref().to_owned());
    }

    /// Removes one variable.
    pub fn remove(&mut self, name: impl AsRef<OsStr>) {
        self.0.remove(name.as_ref());
    }

    /// All variables, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }
}
