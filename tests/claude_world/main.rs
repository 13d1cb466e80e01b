//! What the simulated Claude Code does beyond the recordings: limits and ends of background tasks, blocked turns,
//! sessions side by side, and hooks that are slow or say too much. Each case is a scenario with real processes.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

#[test]
fn every_scenario_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/claude_world");
    let output = Command::new(env!("CARGO_BIN_EXE_rescue-harness"))
        .arg("run")
        .arg(folder.join("scenarios"))
        .arg("--plugin")
        .arg(folder.join("plugin"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
