//! The stand-alone hook.

fn main() -> std::process::ExitCode {
    companion::run_hook()
}
