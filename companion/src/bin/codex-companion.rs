//! The stand-alone companion.

fn main() -> std::process::ExitCode {
    companion::run_companion()
}
