//! The stand-alone hook.

fn main() -> std::process::ExitCode {
    companion::run_as_called(companion::Program::Hook)
}
