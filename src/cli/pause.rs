//! `rescue-harness run --pause-at`: a shell inside the world while time stands still.

use std::fs::OpenOptions;
use std::io::{self, BufRead, IsTerminal};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::JoinHandle;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use super::exit::{Exit, Stop};
use crate::run::{GO_ON, PAUSED};
use crate::runner::Request;

/// Waits for the run to stop.
pub(super) struct Pause {
    folder: PathBuf,
    waiting: Option<JoinHandle<bool>>,
}

impl Pause {
    /// Listens to the one run.
    pub(super) fn start(requests: &[Request]) -> Result<Pause, Stop> {
        let [request] = requests else {
            let help = "name one file, or choose with --filter";
            return Err(Stop::new(
                Exit::Usage,
                miette::miette!(
                    help = help,
                    "--pause-at needs exactly one scenario, not {}",
                    requests.len()
                ),
            ));
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
        let waiting = std::thread::spawn(move || {
            let place = std::fs::read_to_string(inner.join(PAUSED)).unwrap_or_default();
            if !place.is_empty() {
                visit(&place, &root);
                let _ = OpenOptions::new().write(true).open(inner.join(GO_ON));
            }
            !place.is_empty()
        });
        Ok(Pause {
            folder,
            waiting: Some(waiting),
        })
    }

    /// Ends the wait, and tells whether the run ever stopped.
    pub(super) fn end(mut self) -> bool {
        self.stop()
    }

    fn stop(&mut self) -> bool {
        // Lets a thread go that nobody will ever tell anything.
        let _ = OpenOptions::new()
            .write(true)
            .custom_flags(nix::libc::O_NONBLOCK)
            .open(self.folder.join(PAUSED));
        let waiting = self.waiting.take();
        waiting.is_some_and(|waiting| waiting.join().unwrap_or(false))
    }
}

impl Drop for Pause {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Lets the user look round, until the shell ends or a line comes.
fn visit(place: &str, root: &Path) {
    anstream::eprintln!(
        "\npaused {place}; time stands still\nthe sandbox is {}",
        root.display()
    );
    let script = root.join("enter");
    if io::stdin().is_terminal() {
        anstream::eprintln!(
            "leave the shell to go on; what waits for time in it, such as `sleep`, waits until Ctrl-C"
        );
        if Command::new("sh").arg(&script).status().is_ok() {
            return;
        }
    }
    anstream::eprintln!(
        "look round in another terminal: sh {}\npress Enter here to go on",
        script.display()
    );
    let _ = io::stdin().lock().read_line(&mut String::new());
}
