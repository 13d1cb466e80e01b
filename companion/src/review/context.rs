//! The change as text, for a reviewer that is given it in its prompt.

use std::fs;
use std::path::Path;

use super::target::{Mode, Target};
use super::{ReviewError, git};
use crate::texts::say;

/// A change of more files is given as an outline; the reviewer reads the rest itself.
const FILES_INLINE: usize = 2;
/// A larger change is given as an outline.
const BYTES_INLINE: usize = 256 * 1024;
/// A larger untracked file is only named.
const UNTRACKED_BYTES: u64 = 24 * 1024;
const DIFF: [&str; 4] = ["diff", "--binary", "--no-ext-diff", "--submodule=diff"];

/// The change.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// The branch that is checked out, or `HEAD`.
    pub branch: String,
    /// One line about the extent.
    pub summary: String,
    /// Whether the text holds the whole change.
    pub complete: bool,
    /// Sections with status, statistics and diffs.
    pub text: String,
}

/// Reads the change from git.
pub fn collect(root: &Path, target: &Target) -> Result<Context, ReviewError> {
    let branch = git::output(root, &["branch", "--show-current"])?
        .trim()
        .to_owned();
    let branch = if branch.is_empty() {
        "HEAD".to_owned()
    } else {
        branch
    };
    match &target.mode {
        Mode::WorkingTree => working_tree(root, branch),
        Mode::Branch(base) => commits(root, branch, base),
    }
}

fn section(title: &str, body: &str) -> String {
    let body = body.trim();
    format!(
        "## {title}\n\n{}\n\n",
        if body.is_empty() { "(none)" } else { body }
    )
}

fn with<'a>(base: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    base.iter().chain(more).copied().collect()
}

fn working_tree(root: &Path, branch: String) -> Result<Context, ReviewError> {
    let staged = git::lines(root, &["diff", "--cached", "--name-only"])?;
    let unstaged = git::lines(root, &["diff", "--name-only"])?;
    let untracked = git::lines(root, &["ls-files", "--others", "--exclude-standard"])?;
    let mut files: Vec<&String> = staged.iter().chain(&unstaged).chain(&untracked).collect();
    files.sort();
    files.dedup();
    let staged_diff = git::output(root, &with(&DIFF, &["--cached"]))?;
    let unstaged_diff = git::output(root, &DIFF)?;
    let complete =
        files.len() <= FILES_INLINE && staged_diff.len() + unstaged_diff.len() <= BYTES_INLINE;
    let status = git::output(root, &["status", "--short", "--untracked-files=all"])?;
    let mut text = section("Status", &status);
    if complete {
        text += &section("Staged changes", &staged_diff);
        text += &section("Unstaged changes", &unstaged_diff);
    } else {
        text += &section(
            "Staged, in numbers",
            &git::output(root, &["diff", "--shortstat", "--cached"])?,
        );
        text += &section(
            "Unstaged, in numbers",
            &git::output(root, &["diff", "--shortstat"])?,
        );
        let names: Vec<&str> = files.iter().map(|file| file.as_str()).collect();
        text += &section("Changed files", &names.join("\n"));
    }
    let bodies: Vec<String> = untracked
        .iter()
        .map(|file| untracked_file(root, file))
        .collect();
    text += &section("Untracked files", &bodies.join("\n\n"));
    let summary = say!(
        CHANGE_WORKING_TREE,
        staged = staged.len(),
        unstaged = unstaged.len(),
        untracked = untracked.len()
    );
    Ok(Context {
        branch,
        summary,
        complete,
        text,
    })
}

fn commits(root: &Path, branch: String, base: &str) -> Result<Context, ReviewError> {
    let fork = git::output(root, &["merge-base", "HEAD", base])?
        .trim()
        .to_owned();
    let range = format!("{fork}..HEAD");
    let files = git::lines(root, &["diff", "--name-only", &range])?;
    let diff = git::output(root, &with(&DIFF, &[&range]))?;
    let complete = files.len() <= FILES_INLINE && diff.len() <= BYTES_INLINE;
    let mut text = section(
        "Commits",
        &git::output(root, &["log", "--oneline", "--decorate", &range])?,
    );
    text += &section(
        "In numbers",
        &git::output(root, &["diff", "--stat", &range])?,
    );
    text += &if complete {
        section("Changes", &diff)
    } else {
        section("Changed files", &files.join("\n"))
    };
    let summary = say!(CHANGE_BRANCH, branch = branch, base = base, fork = fork);
    Ok(Context {
        branch,
        summary,
        complete,
        text,
    })
}

fn untracked_file(root: &Path, name: &str) -> String {
    let path = root.join(name);
    let left_out = |why: String| format!("### {name}\n{}", say!(LEFT_OUT, reason = why));
    match fs::metadata(&path) {
        Err(_) => return left_out(say!(FILE_UNREADABLE)),
        Ok(metadata) if metadata.is_dir() => return left_out(say!(FILE_IS_FOLDER)),
        Ok(metadata) if metadata.len() > UNTRACKED_BYTES => {
            return left_out(say!(FILE_LARGE, count = metadata.len()));
        }
        Ok(_) => {}
    }
    match fs::read(&path).map(String::from_utf8) {
        Ok(Ok(text)) if !text.contains('\0') => {
            format!("### {name}\n```\n{}\n```", text.trim_end())
        }
        Ok(_) => left_out(say!(FILE_BINARY)),
        Err(_) => left_out(say!(FILE_UNREADABLE)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository() -> tempfile::TempDir {
        let place = tempfile::tempdir().unwrap();
        let git = |arguments: &[&str]| git::output(place.path(), arguments).unwrap();
        git(&["init", "-q", "-b", "main"]);
        git(&["config", "user.email", "a@example.org"]);
        git(&["config", "user.name", "A"]);
        fs::write(place.path().join("one"), "1\n").unwrap();
        git(&["add", "."]);
        git(&["commit", "-qm", "first"]);
        place
    }

    #[test]
    fn a_small_change_is_whole_and_a_large_one_an_outline() {
        let place = repository();
        fs::write(place.path().join("one"), "2\n").unwrap();
        fs::write(place.path().join("bin"), b"\0\x01").unwrap();
        let target = Target::working_tree(true);
        let context = collect(place.path(), &target).unwrap();
        assert!(context.complete);
        assert!(context.text.contains("+2") && context.text.contains("left out: no text"));
        fs::write(place.path().join("three"), "3\n").unwrap();
        let context = collect(place.path(), &target).unwrap();
        assert!(!context.complete);
        assert!(!context.text.contains("+2"));
        assert_eq!(
            context.summary,
            "0 staged, 1 unstaged and 2 untracked files"
        );
    }

    #[test]
    fn a_branch_is_compared_with_where_it_began() {
        let place = repository();
        git::output(place.path(), &["checkout", "-qb", "topic"]).unwrap();
        fs::write(place.path().join("two"), "2\n").unwrap();
        git::output(place.path(), &["add", "."]).unwrap();
        git::output(place.path(), &["commit", "-qm", "second"]).unwrap();
        let target = Target::resolve(place.path(), None, None).unwrap();
        assert_eq!(target.label(), "branch diff against main");
        let context = collect(place.path(), &target).unwrap();
        assert!(context.complete && context.text.contains("second"));
    }
}
