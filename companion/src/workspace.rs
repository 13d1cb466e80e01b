//! The workspace of a directory: the top level of its git repository.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Variables that change how git finds a repository; with one of them set, git itself is asked.
const GIT_DISCOVERY: [&str; 3] = ["GIT_DIR", "GIT_WORK_TREE", "GIT_CEILING_DIRECTORIES"];

/// What `git rev-parse --show-toplevel` prints for `cwd`, or `cwd` itself outside a work tree.
pub fn root(cwd: &Path) -> PathBuf {
    let found = if GIT_DISCOVERY
        .iter()
        .any(|name| std::env::var_os(name).is_some())
    {
        ask_git(cwd)
    } else {
        discover(cwd)
    };
    found.unwrap_or_else(|| cwd.to_path_buf())
}

/// The work tree's top level by git's own rules: the nearest ancestor with a valid `.git`,
/// not beyond the file system, and none from inside a git directory.
pub fn discover(cwd: &Path) -> Option<PathBuf> {
    let start = fs::canonicalize(cwd).ok()?;
    let device = fs::metadata(&start).ok()?.dev();
    for folder in start.ancestors() {
        if fs::metadata(folder).ok()?.dev() != device {
            return None;
        }
        let marker = folder.join(".git");
        if is_git_directory(&marker) || is_git_file(&marker) {
            return Some(folder.to_path_buf());
        }
        if is_git_directory(folder) {
            return None;
        }
    }
    None
}

fn is_git_directory(folder: &Path) -> bool {
    folder.join("HEAD").is_file() && folder.join("objects").is_dir() && folder.join("refs").is_dir()
}

fn is_git_file(path: &Path) -> bool {
    path.is_file() && fs::read(path).is_ok_and(|text| text.starts_with(b"gitdir:"))
}

fn ask_git(cwd: &Path) -> Option<PathBuf> {
    let output = Command::new("git")
        .args(["rev-parse", "--show-toplevel"])
        .current_dir(cwd)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let line = text.trim_end_matches('\n');
    (output.status.success() && !line.is_empty()).then(|| PathBuf::from(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn git(folder: &Path, arguments: &[&str]) {
        let done = Command::new("git")
            .args(arguments)
            .current_dir(folder)
            .output()
            .unwrap();
        assert!(done.status.success(), "git {arguments:?}: {done:?}");
    }

    #[test]
    fn agrees_with_git() {
        let place = tempfile::tempdir().unwrap();
        let repository = place.path().join("my repo");
        fs::create_dir_all(repository.join("a/b")).unwrap();
        git(&repository, &["init", "-q"]);
        let link = place.path().join("link");
        std::os::unix::fs::symlink(repository.join("a"), &link).unwrap();
        fs::create_dir_all(repository.join("broken/.git")).unwrap();
        for folder in [
            repository.clone(),
            repository.join("a/b"),
            repository.join("broken"),
            repository.join(".git"),
            repository.join(".git/objects"),
            link,
            place.path().to_path_buf(),
        ] {
            assert_eq!(discover(&folder), ask_git(&folder), "{}", folder.display());
        }
    }

    #[test]
    fn a_missing_directory_is_its_own_root() {
        let path = Path::new("/no/such/place");
        assert_eq!(discover(path), None);
    }
}
