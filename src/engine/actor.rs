//! Who a process is in the story, by its command line.

/// Patterns of command lines, in order: the first whose words all occur names the actor.
const ACTORS: [(&str, &[&str]); 18] = [
    ("worker", &["codex-companion", " task-worker "]),
    ("spawner", &["codex-companion", " spawn-worker "]),
    ("broker", &["app-server-broker"]),
    ("codex-probe", &["codex app-server --help "]),
    ("codex-probe", &["codex --version "]),
    ("codex-probe", &["codex login "]),
    ("codex", &["codex app-server "]),
    ("watcher", &["codex-companion", " status ", " --wait"]),
    ("launcher", &["codex-companion", " task"]),
    ("status", &["codex-companion", " status"]),
    ("result", &["codex-companion", " result"]),
    ("cancel", &["codex-companion", " cancel"]),
    ("companion", &["codex-companion"]),
    ("hook", &["-hook"]),
    ("git", &["git "]),
    ("shell", &["bash "]),
    ("shell", &["sh "]),
    ("sleeper", &["sleep "]),
];

/// Actors that only help others: who starts one does so for itself.
const HELPERS: [&str; 4] = ["git", "codex-probe", "sleeper", "shell"];

/// Whether an actor has a part of its own in the story.
pub(super) fn is_principal(actor: &str) -> bool {
    ACTORS.iter().any(|(name, _)| *name == actor) && !HELPERS.contains(&actor)
}

/// The actor that a command line belongs to.
pub(crate) fn actor(command: &str) -> String {
    let padded = format!("{command} ");
    // A shell that runs a companion's command line is the shell, not the companion.
    let program = padded
        .split(' ')
        .next()
        .unwrap_or_default()
        .rsplit('/')
        .next()
        .unwrap_or_default();
    if matches!(program, "bash" | "sh" | "dash") {
        return "shell".to_owned();
    }
    if program == "git" {
        return "git".to_owned();
    }
    ACTORS
        .iter()
        .find(|(_, words)| words.iter().all(|word| padded.contains(word)))
        .map_or_else(|| program.to_owned(), |(name, _)| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(
        "node /p/scripts/codex-companion.mjs task-worker --cwd /w --job-id task-1",
        "worker"
    )]
    #[case("/p/bin/codex-companion task --write fix", "launcher")]
    #[case(
        "node /p/scripts/codex-companion.mjs status task-1 --wait --timeout-ms 1800000",
        "watcher"
    )]
    #[case("codex app-server", "codex")]
    #[case("codex --version", "codex-probe")]
    #[case("codex app-server --help", "codex-probe")]
    #[case(
        "node /p/scripts/app-server-broker.mjs serve --endpoint unix:/x",
        "broker"
    )]
    #[case("bash -c node \"/p/scripts/codex-companion.mjs\" task fix", "shell")]
    #[case("git rev-parse --show-toplevel", "git")]
    #[case("node /p/scripts/codex-rescue-completion-hook.mjs", "hook")]
    #[case("/usr/bin/python3 x", "python3")]
    fn the_command_line_names_the_actor(#[case] command: &str, #[case] expected: &str) {
        assert_eq!(actor(command), expected);
    }
}
