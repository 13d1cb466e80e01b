//! The stand-alone `codex` binary of the fake.

fn main() -> std::process::ExitCode {
    fake_codex::run()
}
