//! How a subject's companion is started.

use std::path::{Path, PathBuf};

use super::Error;

/// The kinds of companion: the file that shows it, and the program that runs it (none: it runs itself).
const KINDS: [(&str, Option<&str>); 2] = [
    ("bin/codex-companion", None),
    ("scripts/codex-companion.mjs", Some("node")),
];

/// A companion program of a plugin.
#[derive(Debug, Clone)]
pub struct Companion {
    /// The file that is started or interpreted, relative to the plugin's folder.
    pub file: &'static str,
    /// Absolute path of the interpreter, when it has one.
    pub interpreter: Option<PathBuf>,
    interpreter_name: Option<&'static str>,
}

impl Companion {
    pub(super) fn find(root: &Path) -> Result<Companion, Error> {
        let Some((file, interpreter_name)) =
            KINDS.into_iter().find(|(file, _)| root.join(file).exists())
        else {
            let looked = KINDS.map(|(file, _)| file).join(", ");
            return Err(Error::NoCompanion {
                path: root.to_owned(),
                looked,
            });
        };
        let interpreter = match interpreter_name {
            None => None,
            Some(program) => Some(find_on_path(program).ok_or_else(|| Error::NoInterpreter {
                path: root.to_owned(),
                program: program.to_owned(),
            })?),
        };
        Ok(Companion {
            file,
            interpreter,
            interpreter_name,
        })
    }

    /// The start of a shell command that calls the companion, as the plugin's own agent writes it.
    pub fn shell(&self) -> String {
        match self.interpreter_name {
            Some(program) => format!("{program} \"${{CLAUDE_PLUGIN_ROOT}}/{}\"", self.file),
            None => format!("\"${{CLAUDE_PLUGIN_ROOT}}/{}\"", self.file),
        }
    }

    /// The name and place of the interpreter, when it has one.
    pub fn tool(&self) -> Option<(&'static str, &Path)> {
        Some((self.interpreter_name?, self.interpreter.as_deref()?))
    }
}

/// The first executable file called `program` on this process's PATH, absolute.
pub(crate) fn find_on_path(program: &str) -> Option<PathBuf> {
    all_on_path(program).next()?.canonicalize().ok()
}

/// The executable files called `program` on this process's PATH, in its order.
pub(crate) fn all_on_path(program: &str) -> impl Iterator<Item = PathBuf> + '_ {
    use std::os::unix::fs::PermissionsExt;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders
        .into_iter()
        .map(move |folder| folder.join(program))
        .filter(|path| {
            path.metadata()
                .is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
        })
}
