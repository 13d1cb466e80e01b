//! The build tells the commit: in a working tree, a linked one, an archive, and nowhere.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{root, tool};

/// The build script as a program of its own.
struct Script {
    folder: tempfile::TempDir,
}

impl Script {
    fn compile() -> Script {
        let folder = tempfile::tempdir().unwrap();
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let built = Command::new(rustc)
            .args(["--edition", "2024", "-o"])
            .arg(folder.path().join("script"))
            .arg(root().join("build.rs"))
            .status()
            .unwrap();
        assert!(built.success());
        Script { folder }
    }

    /// What it says in a folder when built like this.
    fn says(&self, folder: &Path, profile: &str) -> String {
        let output = Command::new(self.folder.path().join("script"))
            .current_dir(folder)
            .env("CARGO_PKG_VERSION", "1.2.3")
            .env("PROFILE", profile)
            .output()
            .unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    }
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .args(["-c", "user.name=n", "-c", "user.email=e@example.invalid"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The files that Cargo is told to look at in a folder.
fn watched(says: &str, folder: &Path) -> Vec<PathBuf> {
    says.lines()
        .filter_map(|line| line.strip_prefix("cargo:rerun-if-changed="))
        .map(|path| folder.join(path))
        .collect()
}

fn contents(paths: &[PathBuf]) -> Vec<String> {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    paths.iter().map(read).collect()
}

#[test]
fn a_release_build_tells_its_commit_and_is_made_anew_after_the_next() {
    let Some(_) = tool(&["git"], "install git") else {
        return;
    };
    let script = Script::compile();
    let folder = tempfile::tempdir().unwrap();
    let main = folder.path().join("main");
    std::fs::create_dir(&main).unwrap();
    git(&main, &["init", "-q"]);
    for name in [".commit", ".gitattributes"] {
        std::fs::copy(root().join(name), main.join(name)).unwrap();
    }
    git(&main, &["add", "."]);
    git(&main, &["commit", "-q", "-m", "one"]);
    git(&main, &["worktree", "add", "-q", "../linked"]);
    for tree in [main.clone(), folder.path().join("linked")] {
        // A branch may lie in a file of its own, or packed with others.
        for packed in [false, true] {
            if packed {
                git(&tree, &["pack-refs", "--all"]);
            }
            let head = git(&tree, &["rev-parse", "--short=10", "HEAD"]);
            let says = script.says(&tree, "release");
            assert!(says.contains(&format!("1.2.3 (commit {head})")), "{says}");
            let places = watched(&says, &tree);
            let before = contents(&places);
            git(&tree, &["commit", "-q", "--allow-empty", "-m", "next"]);
            assert_ne!(contents(&places), before, "nothing changed in {places:?}");
        }
    }
    let head = git(&main, &["rev-parse", "--short=10", "HEAD"]);
    let archive = folder.path().join("main/archive");
    std::fs::create_dir(&archive).unwrap();
    git(&main, &["archive", "-o", "archive/all.tar", "HEAD"]);
    let unpacked = Command::new("tar")
        .args(["-xf", "all.tar"])
        .current_dir(&archive)
        .status()
        .unwrap();
    assert!(unpacked.success());
    let says = script.says(&archive, "release");
    assert!(says.contains(&format!("1.2.3 (commit {head})")), "{says}");
}

#[test]
fn without_git_and_without_an_archives_note_it_says_so() {
    let script = Script::compile();
    let folder = tempfile::tempdir().unwrap();
    let says = script.says(folder.path(), "release");
    assert!(says.contains("1.2.3 (commit unknown: built outside of git)"));
    let inner = folder.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    if tool(&["git"], "install git").is_some() {
        git(folder.path(), &["init", "-q"]);
        git(
            folder.path(),
            &["commit", "-q", "--allow-empty", "-m", "other"],
        );
        let says = script.says(&inner, "release");
        assert!(
            says.contains("commit unknown"),
            "the commit of something else: {says}"
        );
    }
    let says = script.says(folder.path(), "debug");
    assert!(says.contains("1.2.3 (debug build)"), "{says}");
}
