//! What Codex tells about the git repository of a thread, read without running git.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// Commit, branch and origin of the repository that `folder` is in; none if it is in none.
pub fn git_info(folder: &Path) -> Option<Value> {
    let git = git_folder(folder)?;
    let head = fs::read_to_string(git.join("HEAD")).ok()?;
    let head = head.trim();
    let (branch, sha) = match head.strip_prefix("ref: ") {
        Some(reference) => {
            let branch = reference.strip_prefix("refs/heads/").unwrap_or(reference);
            (Some(branch.to_owned()), resolve(&git, reference))
        }
        None => (None, Some(head.to_owned())),
    };
    Some(json!({ "sha": sha, "branch": branch, "originUrl": origin(&git) }))
}

/// The commit at the end of a branch of the repository that `folder` is in.
pub fn branch_commit(folder: &Path, branch: &str) -> Option<String> {
    resolve(&git_folder(folder)?, &format!("refs/heads/{branch}"))
}

/// The `.git` folder of the repository that `folder` is in, also of a worktree.
fn git_folder(folder: &Path) -> Option<PathBuf> {
    let found = folder
        .ancestors()
        .map(|parent| parent.join(".git"))
        .find(|path| path.exists())?;
    if found.is_dir() {
        return Some(found);
    }
    let text = fs::read_to_string(&found).ok()?;
    let target = Path::new(text.trim().strip_prefix("gitdir: ")?).to_owned();
    Some(found.parent()?.join(target))
}

fn resolve(git: &Path, reference: &str) -> Option<String> {
    let common = fs::read_to_string(git.join("commondir"))
        .map_or_else(|_| git.to_owned(), |text| git.join(text.trim()));
    for folder in [git, &common] {
        if let Ok(text) = fs::read_to_string(folder.join(reference)) {
            return Some(text.trim().to_owned());
        }
    }
    let packed = fs::read_to_string(common.join("packed-refs")).ok()?;
    packed.lines().find_map(|line| {
        let (sha, name) = line.split_once(' ')?;
        (name == reference).then(|| sha.to_owned())
    })
}

fn origin(git: &Path) -> Option<String> {
    let config = fs::read_to_string(git.join("config")).ok()?;
    let mut inside = false;
    for line in config.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line == "[remote \"origin\"]";
        } else if inside
            && let Some(("url", url)) = line.split_once('=').map(|(k, v)| (k.trim(), v))
        {
            return Some(url.trim().to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_repository_is_no_information() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(git_info(folder.path()), None);
    }

    #[test]
    fn loose_packed_and_detached_heads() {
        let folder = tempfile::tempdir().unwrap();
        let git = folder.path().join(".git");
        fs::create_dir_all(git.join("refs/heads")).unwrap();
        fs::write(git.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        let deep = folder.path().join("a/b");
        assert_eq!(git_info(&deep).unwrap()["sha"], Value::Null);
        fs::write(
            git.join("packed-refs"),
            "# pack-refs\nabc refs/heads/main\n",
        )
        .unwrap();
        assert_eq!(git_info(&deep).unwrap()["sha"], "abc");
        fs::write(git.join("refs/heads/main"), "def\n").unwrap();
        fs::write(
            git.join("config"),
            "[remote \"origin\"]\n\turl = git@host:x.git\n",
        )
        .unwrap();
        let info = git_info(&deep).unwrap();
        assert_eq!(info["sha"], "def");
        assert_eq!(info["branch"], "main");
        assert_eq!(info["originUrl"], "git@host:x.git");
        fs::write(git.join("HEAD"), "0123\n").unwrap();
        assert_eq!(git_info(&deep).unwrap()["branch"], Value::Null);
    }
}
