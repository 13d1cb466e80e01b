//! What git answers in the workspace, as long as nobody has touched what it reads.
//!
//! The Node plugin asks git for the top of the working tree at every look at a job, fourteen
//! thousand times in a run of 700 s; starting git is most of what such a run costs.

use std::path::{Path, PathBuf};

use simtime::Answer;

use super::{Environment, Sandbox};

/// What git's answer depends on, besides the variables of [`PREFIXES`].
const VARIABLES: [&str; 5] = [
    "HOME",
    "PATH",
    "LANG",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_TERMINAL_PROMPT",
];

/// Variables that begin so may change git's answer.
const PREFIXES: [&str; 8] = [
    "GIT_",
    "HOME=",
    "PATH=",
    "XDG_CONFIG_HOME=",
    "SUDO_UID=",
    "LANG",
    "LC_",
    "LANGUAGE=",
];

/// The answers that are known in this sandbox, when git has its usual place in it.
pub fn answers(sandbox: &Sandbox, environment: &Environment) -> Vec<Answer> {
    top_level(sandbox, environment).into_iter().collect()
}

fn top_level(sandbox: &Sandbox, environment: &Environment) -> Option<Answer> {
    let program = sandbox.bin().join("git");
    let executable = std::fs::canonicalize(&program).ok()?;
    // A script in git's place may do anything.
    if !is_binary(&executable) {
        return None;
    }
    let folder = std::fs::canonicalize(sandbox.workspace()).ok()?;
    let mut output = folder.to_str()?.as_bytes().to_vec();
    output.push(b'\n');
    let git = folder.join(".git");
    let home = sandbox.home();
    let mut files: Vec<PathBuf> = [
        "",
        "HEAD",
        "config",
        "config.worktree",
        "commondir",
        "gitdir",
        "objects",
        "refs",
    ]
    .iter()
    .map(|name| git.join(name))
    .collect();
    files.extend([
        folder.clone(),
        program.clone(),
        executable.clone(),
        home.join(".gitconfig"),
        home.join(".config/git/config"),
    ]);
    Some(Answer {
        program,
        executable,
        arguments: ["git", "rev-parse", "--show-toplevel"]
            .map(String::from)
            .to_vec(),
        folder,
        variables: variables(environment)?,
        prefixes: PREFIXES.map(String::from).to_vec(),
        files,
        output,
    })
}

fn is_binary(path: &Path) -> bool {
    use std::io::Read;
    let mut start = [0; 4];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start == *b"\x7fELF"
}

/// As `NAME=value`; `None` when one is missing.
fn variables(environment: &Environment) -> Option<Vec<String>> {
    let value = |name: &str| {
        let (_, value) = environment.iter().find(|(known, _)| *known == name)?;
        Some(format!("{name}={}", value.to_str()?))
    };
    VARIABLES.iter().map(|name| value(name)).collect()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn git_itself_gives_the_known_answer() {
        let root = tempfile::tempdir().unwrap();
        let root = std::fs::canonicalize(root.path()).unwrap();
        let sandbox = Sandbox::create(&root.join("run")).unwrap();
        sandbox.link_usual_tools().unwrap();
        let environment = Environment::of(&sandbox, "test");
        let all = answers(&sandbox, &environment);
        let Some(answer) = all.first() else {
            // No git on this machine, or a script in its place.
            assert!(!is_binary(&sandbox.bin().join("git")));
            return;
        };
        let output = Command::new(&answer.program)
            .args(&answer.arguments[1..])
            .env_clear()
            .envs(environment.iter())
            .current_dir(&answer.folder)
            .output()
            .unwrap();
        assert_eq!(output.stdout, answer.output);
        assert!(output.status.success() && output.stderr.is_empty());
    }
}
