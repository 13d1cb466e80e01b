//! Tells the program which commit it is made of.

use std::path::Path;
use std::process::Command;

/// What `git archive` puts the commit into, and so the archives that forges offer.
const ARCHIVED: &str = ".commit";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let version = std::env::var("CARGO_PKG_VERSION").unwrap_or_default();
    // A debug build would be made anew after every commit for its version alone, or name an old one.
    let what = if std::env::var("PROFILE").as_deref() != Ok("release") {
        "debug build".to_owned()
    } else if let Some(commit) = archived() {
        format!("commit {commit}")
    } else if let Some(commit) = checked_out() {
        format!("commit {commit}")
    } else {
        "commit unknown: built outside of git".to_owned()
    };
    println!("cargo:rustc-env=RESCUE_HARNESS_VERSION={version} ({what})");
}

/// The commit of an unpacked archive.
fn archived() -> Option<String> {
    println!("cargo:rerun-if-changed={ARCHIVED}");
    let text = std::fs::read_to_string(ARCHIVED).ok()?;
    let commit = text.trim();
    let is_commit = commit.len() >= 7 && commit.chars().all(|sign| sign.is_ascii_hexdigit());
    is_commit.then(|| commit.chars().take(10).collect())
}

/// The commit of this folder, when it is itself a working tree and does not merely lie in that of something else.
fn checked_out() -> Option<String> {
    let top = std::fs::canonicalize(git(&["rev-parse", "--show-toplevel"])?).ok()?;
    if top != std::env::current_dir().ok()?.canonicalize().ok()? {
        return None;
    }
    // Cargo runs this again when one of these changes: HEAD with another branch, the branch with another commit.
    // In a linked working tree they lie elsewhere, which git knows; a file that is not there would always count as changed.
    let mut places = vec!["HEAD".to_owned(), "logs/HEAD".to_owned()];
    if let Some(branch) = git(&["symbolic-ref", "--quiet", "HEAD"]) {
        places.extend([branch, "packed-refs".to_owned()]);
    }
    for place in places {
        if let Some(path) = git(&["rev-parse", "--git-path", &place])
            && Path::new(&path).is_file()
        {
            println!("cargo:rerun-if-changed={path}");
        }
    }
    git(&["rev-parse", "--short=10", "HEAD"])
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let text = text.trim();
    (output.status.success() && !text.is_empty()).then(|| text.to_owned())
}
