//! Where Claude Code keeps things, and what its ids look like. As observed on 2.1.197 and 2.1.330.

use std::path::{Path, PathBuf};

/// The name of a project's folder: its path with everything but letters and digits as a dash.
pub fn project_slug(workspace: &Path) -> String {
    let path = workspace.to_string_lossy();
    path.chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect()
}

/// The transcript of a session.
pub fn transcript(home: &Path, workspace: &Path, session: &str) -> PathBuf {
    home.join(".claude/projects")
        .join(project_slug(workspace))
        .join(format!("{session}.jsonl"))
}

/// The transcript of a subagent.
pub fn subagent_transcript(home: &Path, workspace: &Path, session: &str, agent: &str) -> PathBuf {
    let project = home.join(".claude/projects").join(project_slug(workspace));
    project
        .join(session)
        .join("subagents")
        .join(format!("agent-{agent}.jsonl"))
}

/// The folder of what was too long to be told.
pub fn tool_results(home: &Path, workspace: &Path, session: &str) -> PathBuf {
    let project = home.join(".claude/projects").join(project_slug(workspace));
    project.join(session).join("tool-results")
}

/// The folder of the output files of a session's background tasks.
pub fn tasks(temporary: &Path, user: u32, workspace: &Path, session: &str) -> PathBuf {
    temporary
        .join(format!("claude-{user}"))
        .join(project_slug(workspace))
        .join(session)
        .join("tasks")
}

/// The id of the `number`-th subagent: `a` and sixteen hexadecimal digits.
pub fn agent_id(number: u64) -> String {
    format!("a{number:016x}")
}

/// The id of the `number`-th command: `b` and eight digits or letters.
pub fn task_id(number: u64) -> String {
    format!("b{number:08}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_places_of_a_session() {
        let (home, workspace) = (Path::new("/home/u"), Path::new("/srv/my proj.x"));
        assert_eq!(
            transcript(home, workspace, "s"),
            Path::new("/home/u/.claude/projects/-srv-my-proj-x/s.jsonl")
        );
        assert_eq!(
            subagent_transcript(home, workspace, "s", "a1"),
            Path::new("/home/u/.claude/projects/-srv-my-proj-x/s/subagents/agent-a1.jsonl")
        );
        assert_eq!(
            tasks(Path::new("/t"), 0, workspace, "s"),
            Path::new("/t/claude-0/-srv-my-proj-x/s/tasks")
        );
    }

    #[test]
    fn ids_have_their_lengths() {
        assert_eq!((agent_id(7).len(), task_id(7).len()), (17, 9));
    }
}
