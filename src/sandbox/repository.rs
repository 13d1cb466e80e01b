//! The workspace as a git repository, written without git so that a run starts in a moment.

use std::path::Path;

use super::{Context, Error};

/// Gives git an identity and nothing of the user's configuration.
pub(super) fn configure(home: &Path) -> Result<(), Error> {
    let path = home.join(".gitconfig");
    let text = "[user]\n\tname = Rescue Harness\n\temail = rescue-harness@example.invalid\n[init]\n\tdefaultBranch = main\n[gc]\n\tauto = 0\n";
    std::fs::write(&path, text).context(|| format!("write {}", path.display()))
}

/// Writes the least that git accepts as a repository: an unborn branch `main`.
pub(super) fn initialise(workspace: &Path) -> Result<(), Error> {
    let git = workspace.join(".git");
    for folder in ["objects/info", "objects/pack", "refs/heads", "refs/tags"] {
        let folder = git.join(folder);
        std::fs::create_dir_all(&folder).context(|| format!("create {}", folder.display()))?;
    }
    let files = [
        ("HEAD", "ref: refs/heads/main\n"),
        (
            "config",
            "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n",
        ),
    ];
    for (name, text) in files {
        let path = git.join(name);
        std::fs::write(&path, text).context(|| format!("write {}", path.display()))?;
    }
    Ok(())
}
