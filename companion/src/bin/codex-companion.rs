//! The stand-alone companion.

fn main() -> std::process::ExitCode {
    companion::run_as_called(companion::Program::Companion)
}
