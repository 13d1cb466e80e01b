//! The command line of `codex`, as far as the fake plays it.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::json;

use crate::events::Events;
use crate::script::{Account, LoadError, Probe, Script, load_file};
use crate::server;

/// The variable that names the file with the script.
pub const SCRIPT_VARIABLE: &str = "FAKE_CODEX_SCRIPT";

/// The exit code for a wrong command line, and for a script that cannot be used.
const USAGE: u8 = 2;

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let events = Arc::new(Events::from_environment());
    let mut args: Vec<OsString> = std::env::args_os().skip(1).collect();
    let file = match take_script_option(&mut args) {
        Ok(file) => file,
        Err(code) => return code,
    };
    let words: Vec<String> = args
        .iter()
        .map(|arg| arg.to_string_lossy().into_owned())
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if let [] | ["--help" | "-h" | "help"] = words.as_slice() {
        print(crate::help::HELP);
        return ExitCode::SUCCESS;
    }
    let script = match load(file) {
        Ok(script) => script,
        Err(error) => {
            tell!("fake codex: {error}");
            events.record("problem", json!({ "message": error.to_string() }));
            return ExitCode::from(USAGE);
        }
    };
    events.record("start", server::start_event());
    let code = match words.as_slice() {
        ["app-server"] => return server::serve(script, events),
        _ => command(&script, &words),
    };
    events.record("exit", json!({ "because": "done", "code": code }));
    ExitCode::from(code)
}

fn take_script_option(args: &mut Vec<OsString>) -> Result<Option<PathBuf>, ExitCode> {
    if args.first().is_none_or(|arg| arg != "--script") {
        return Ok(None);
    }
    args.remove(0);
    if args.is_empty() {
        tell!("fake codex: --script needs a file; write `codex --script FILE app-server`");
        return Err(ExitCode::from(USAGE));
    }
    Ok(Some(PathBuf::from(args.remove(0))))
}

/// The script of the option, or of the environment, or a good one.
fn load(option: Option<PathBuf>) -> Result<Script, LoadError> {
    let variable = std::env::var_os(SCRIPT_VARIABLE).filter(|value| !value.is_empty());
    match option.or_else(|| variable.map(PathBuf::from)) {
        Some(path) => load_file(&path),
        None => Ok(Script::default()),
    }
}

/// Runs a short command; its exit code.
fn command(script: &Script, words: &[&str]) -> u8 {
    match words {
        ["--version" | "-V"] => {
            let text = format!("codex-cli {}\n", script.version.number());
            answer(&script.probes.version, &text, "", 0)
        }
        ["app-server", "--help" | "-h"] => answer(
            &script.probes.app_server_help,
            crate::help::APP_SERVER,
            "",
            0,
        ),
        ["login", "status"] => {
            let (text, code) = match script.login {
                Account::In => ("Logged in using ChatGPT\n", 0),
                Account::ApiKey => ("Logged in using an API key - sk-fake***key\n", 0),
                Account::Out | Account::NotNeeded => ("Not logged in\n", 1),
            };
            answer(&script.probes.login_status, "", text, code)
        }
        ["login", "--with-api-key"] => {
            // The key is read, as the real one does, and forgotten.
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            tell!("Successfully logged in");
            0
        }
        ["logout"] => {
            tell!("Successfully logged out");
            0
        }
        [option, ..] if option.starts_with('-') => {
            tell!("error: unexpected argument '{option}' found");
            tell!("fake codex: `codex --help` lists what the fake can do");
            USAGE
        }
        _ => {
            // What needs a terminal, as the real one says when there is none.
            tell!("Error: stdin is not a terminal");
            1
        }
    }
}

/// Answers a short command, as real or as the script has it.
fn answer(probe: &Probe, stdout: &str, stderr: &str, code: u8) -> u8 {
    std::thread::sleep(probe.delay.get());
    if probe.hang {
        loop {
            std::thread::park();
        }
    }
    let _ = write!(
        std::io::stderr(),
        "{}",
        probe.stderr.as_deref().unwrap_or(stderr)
    );
    print(probe.stdout.as_deref().unwrap_or(stdout));
    probe.exit.unwrap_or(code)
}

/// Prints a text; a reader that is gone is no error.
fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
