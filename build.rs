//! Tells the program which commit it is made of.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // A debug build would be stale after every commit, or be made anew for its version alone.
    if std::env::var("PROFILE").as_deref() != Ok("release") {
        return;
    }
    let head = Path::new(".git/HEAD");
    if let Ok(text) = std::fs::read_to_string(head) {
        println!("cargo:rerun-if-changed=.git/HEAD");
        if let Some(branch) = text.trim().strip_prefix("ref: ") {
            println!("cargo:rerun-if-changed=.git/{branch}");
        }
    }
    let output = Command::new("git")
        .args(["rev-parse", "--short=10", "HEAD"])
        .output();
    if let Ok(output) = output.map(|output| (output.status.success(), output.stdout))
        && output.0
    {
        let commit = String::from_utf8_lossy(&output.1);
        let version = std::env::var("CARGO_PKG_VERSION").unwrap_or_default();
        println!(
            "cargo:rustc-env=RESCUE_HARNESS_COMMIT={version} ({})",
            commit.trim()
        );
    }
}
