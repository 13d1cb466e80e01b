//! Signals: recorded, and then taken as that version of Codex takes them.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread;

use nix::sys::signal::{self, Signal as System};
use nix::unistd::Pid;
use serde_json::json;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals as Stream;
use signal_hook::low_level::emulate_default_handler;

use super::input::Input;
use crate::events::Events;
use crate::script::{Signal, Signals, Version};

impl Signal {
    /// The system's name for it.
    pub const fn system(self) -> System {
        match self {
            Self::Abrt => System::SIGABRT,
            Self::Bus => System::SIGBUS,
            Self::Hup => System::SIGHUP,
            Self::Int => System::SIGINT,
            Self::Kill => System::SIGKILL,
            Self::Pipe => System::SIGPIPE,
            Self::Quit => System::SIGQUIT,
            Self::Segv => System::SIGSEGV,
            Self::Term => System::SIGTERM,
        }
    }

    fn from_number(number: i32) -> Option<Self> {
        match number {
            SIGHUP => Some(Self::Hup),
            SIGINT => Some(Self::Int),
            SIGTERM => Some(Self::Term),
            _ => None,
        }
    }
}

/// Watches SIGTERM, SIGINT and SIGHUP in a thread of its own.
///
/// # Errors
/// A handler or the thread cannot be set up.
pub fn watch(
    events: Arc<Events>,
    script: Signals,
    version: Version,
    to: Sender<Input>,
) -> std::io::Result<()> {
    let mut stream = Stream::new([SIGTERM, SIGINT, SIGHUP])?;
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            for number in stream.forever() {
                let Some(signal) = Signal::from_number(number) else {
                    continue;
                };
                let ignored = script.ignore.contains(&signal);
                let name = signal.system().as_str();
                events.record("signal", json!({ "signal": name, "ignored": ignored }));
                if ignored {
                    continue;
                }
                if signal == Signal::Term {
                    thread::sleep(script.exit_delay.get());
                    // The server writes down what it interrupts, and ends.
                    if version.exits_on_sigterm() && to.send(Input::Terminate).is_ok() {
                        continue;
                    }
                }
                events.record("exit", json!({ "signal": name, "because": name }));
                die_by(signal);
            }
        })?;
    Ok(())
}

/// Ends this process by the signal, whatever handlers it has.
pub fn die_by(signal: Signal) -> ! {
    let number = signal.system();
    // The default of SIGTERM and its like is restored and applied; others have no handler here.
    let _ = emulate_default_handler(number as i32);
    let _ = signal::kill(Pid::this(), number);
    // A signal whose default is not to end the process, or that is blocked, ends it all the same.
    let _ = signal::kill(Pid::this(), System::SIGKILL);
    loop {
        thread::park();
    }
}
