//! `rescue-harness run --pause-at`: a shell inside the world while time stands still.

use std::fs::OpenOptions;
use std::io::{self, BufRead, IsTerminal};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread::JoinHandle;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::sys::stat::Mode;
use nix::unistd::{Pid, mkfifo};

use super::exit::{Exit, Stop, usage};
use crate::run::{GO_ON, PAUSED};
use crate::runner::Request;

/// Waits for the run to stop.
pub(super) struct Pause {
    folder: PathBuf,
    /// The home folder in the sandbox, by which its processes are known.
    home: PathBuf,
    /// The run is over: nobody listens any more.
    ended: Arc<AtomicBool>,
    waiting: Option<JoinHandle<bool>>,
}

impl Pause {
    /// Listens to the one run.
    pub(super) fn start(requests: &[Request]) -> Result<Pause, Stop> {
        let [request] = requests else {
            let help = "name one file, or choose with --filter";
            let number = requests.len();
            let what = format!("--pause-at needs exactly one scenario, not {number}");
            return Err(usage(help, what));
        };
        let folder = request.root.parent().unwrap_or(Path::new("/")).to_owned();
        for pipe in [PAUSED, GO_ON] {
            mkfifo(&folder.join(pipe), Mode::S_IRWXU).map_err(|error| {
                Stop::new(
                    Exit::Broken,
                    miette::miette!("cannot create the pipe `{pipe}`: {error}"),
                )
            })?;
        }
        let (root, inner) = (request.root.clone(), folder.clone());
        let ended = Arc::new(AtomicBool::new(false));
        let over = ended.clone();
        let waiting = std::thread::spawn(move || {
            let place = std::fs::read_to_string(inner.join(PAUSED)).unwrap_or_default();
            if !place.is_empty() {
                visit(&place, &root);
                go_on(&inner.join(GO_ON), &over);
            }
            !place.is_empty()
        });
        Ok(Pause {
            home: request.root.join("home"),
            folder,
            ended,
            waiting: Some(waiting),
        })
    }

    /// Ends the wait, and tells whether the run ever stopped.
    pub(super) fn end(mut self) -> bool {
        self.stop()
    }

    fn stop(&mut self) -> bool {
        self.ended.store(true, SeqCst);
        // Lets a thread go that nobody will ever tell anything.
        let _ = OpenOptions::new()
            .write(true)
            .custom_flags(nix::libc::O_NONBLOCK)
            .open(self.folder.join(PAUSED));
        let waiting = self.waiting.take();
        let stopped = waiting.is_some_and(|waiting| waiting.join().unwrap_or(false));
        if stopped {
            end_visitors(&self.home);
        }
        stopped
    }
}

impl Drop for Pause {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Ends what somebody has left behind in the sandbox's shell. The run is over, and its own processes with it; what waits
/// for its time would wait for ever.
fn end_visitors(home: &Path) {
    let variable = [b"HOME=", home.as_os_str().as_bytes()].concat();
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    for process in processes {
        let environment = std::fs::read(process.path().join("environ")).unwrap_or_default();
        let pid = process
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok());
        if let Some(pid) = pid
            && environment
                .split(|byte| *byte == 0)
                .any(|entry| entry == variable)
        {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
    }
}

/// Tells the run to go on, as soon as it listens; one that is over never will.
fn go_on(pipe: &Path, over: &AtomicBool) {
    let open = || {
        OpenOptions::new()
            .write(true)
            .custom_flags(nix::libc::O_NONBLOCK)
            .open(pipe)
    };
    while open().is_err() && !over.load(SeqCst) {
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Lets the user look round, until the shell ends or a line comes.
fn visit(place: &str, root: &Path) {
    tell!(
        "\npaused {place}; time stands still\nthe sandbox is {}",
        root.display()
    );
    let script = root.join("enter");
    if io::stdin().is_terminal() {
        tell!(
            "leave the shell to go on; what waits for time in it, such as `sleep`, waits until Ctrl-C"
        );
        if Command::new("sh").arg(&script).status().is_ok() {
            return;
        }
    }
    tell!(
        "look round in another terminal: sh {}\npress Enter here to go on",
        script.display()
    );
    let _ = io::stdin().lock().read_line(&mut String::new());
}
