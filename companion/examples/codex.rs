//! The fake Codex as a program, for this package's tests.

fn main() -> std::process::ExitCode {
    fake_codex::run()
}
