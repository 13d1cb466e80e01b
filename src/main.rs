//! The `rescue-harness` program, and the programs that it plays when started under their names.

use std::process::ExitCode;

fn main() -> ExitCode {
    let called = std::env::args_os().next().unwrap_or_default();
    let name = std::path::Path::new(&called)
        .file_name()
        .and_then(|name| name.to_str());
    match name {
        Some("codex") => fake_codex::run(),
        Some("codex-companion") => companion::run_companion(),
        Some("codex-rescue-hook") => companion::run_hook(),
        _ => rescue_harness::cli::run(),
    }
}
