//! The small programs of the run's PATH.
//!
//! PATH holds one folder with links, so that a `codex` that the user has installed can never
//! answer in place of the fake one, also in a scenario where Codex is missing.

use super::{Error, Sandbox};
use crate::subject::find_on_path;

const USUAL: [&str; 33] = [
    "awk", "basename", "bash", "cat", "chmod", "cp", "cut", "date", "dirname", "echo", "env",
    "false", "git", "grep", "head", "kill", "ls", "mkdir", "mv", "nohup", "ps", "pwd", "rm", "sed",
    "setsid", "sh", "sleep", "sort", "tail", "timeout", "touch", "true", "wc",
];

pub(super) fn link(sandbox: &Sandbox) -> Result<(), Error> {
    for name in USUAL {
        if let Some(program) = find_on_path(name) {
            sandbox.link_tool(name, &program)?;
        }
    }
    Ok(())
}
