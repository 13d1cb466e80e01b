//! What happens before the first message is read.

use std::process::ExitCode;

use serde_json::json;

use super::Server;
use crate::script::{Flood, Startup};

/// The variables that are told in the `start` event, besides those that begin with `CODEX_`.
const TOLD_VARIABLES: [&str; 6] = [
    "HOME",
    "PATH",
    "TMPDIR",
    "CLAUDE_PLUGIN_ROOT",
    "CLAUDE_PLUGIN_DATA",
    "LD_PRELOAD",
];

impl Server {
    /// Starts as the script says; with an exit code the process ends at once.
    pub(super) fn start_up(&mut self) -> Option<ExitCode> {
        let Startup {
            delay,
            stderr,
            stdout,
            hang,
            exit,
        } = self.script.startup.clone();
        if let Some(text) = stderr {
            self.flood(&Flood { text, times: 1 });
        }
        for line in stdout {
            self.wire.write(line.as_bytes());
            self.wire.write(b"\n");
        }
        self.wire.flush();
        std::thread::sleep(delay.get());
        if let Some(status) = exit {
            self.die(status);
        }
        if hang {
            loop {
                std::thread::park();
            }
        }
        None
    }
}

/// The arguments and the part of the environment that a scenario may want to know.
pub(crate) fn start_event() -> serde_json::Value {
    let args: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|arg| arg.to_string_lossy().into_owned())
        .collect();
    let told = |name: &str| name.starts_with("CODEX_") || TOLD_VARIABLES.contains(&name);
    let environment: serde_json::Map<_, _> = std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value))
        .filter(|(name, _)| told(name))
        .map(|(name, value)| (name, value.to_string_lossy().into_owned().into()))
        .collect();
    let cwd = std::env::current_dir()
        .map(|path| path.display().to_string())
        .unwrap_or_default();
    json!({ "args": args, "cwd": cwd, "environment": environment })
}
