//! Waits for changes of scenario files.

use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use nix::poll::{PollFd, PollFlags, poll};
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};

use super::exit::{Exit, Stop};
use super::files::{USUAL, is_scenario};
use crate::runner::Interrupt;

/// How often a watch looks whether the user wants it to end, in milliseconds.
const ATTENTION: u16 = 200;

/// The folders that are watched.
pub(super) struct Watch {
    inotify: Inotify,
}

impl Watch {
    /// Watches the folders of `paths`.
    pub(super) fn new(paths: &[PathBuf]) -> Result<Watch, Stop> {
        let usual = [PathBuf::from(USUAL)];
        let paths = if paths.is_empty() { &usual[..] } else { paths };
        let failed = |path: &Path, error: nix::errno::Errno| {
            let help = "name the scenario files or folders that you change";
            Stop::new(
                Exit::Usage,
                miette::miette!(help = help, "cannot watch {}: {error}", path.display()),
            )
        };
        let inotify = Inotify::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK)
            .map_err(|error| failed(Path::new("anything"), error))?;
        let mut folders: Vec<PathBuf> = paths
            .iter()
            .map(|path| {
                if path.is_dir() {
                    path.clone()
                } else {
                    folder_of(path)
                }
            })
            .collect();
        while let Some(folder) = folders.pop() {
            let changes = AddWatchFlags::IN_CLOSE_WRITE
                | AddWatchFlags::IN_MOVED_TO
                | AddWatchFlags::IN_DELETE
                | AddWatchFlags::IN_CREATE;
            inotify
                .add_watch(&folder, changes)
                .map_err(|error| failed(&folder, error))?;
            let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
            folders.extend(
                entries
                    .map(|entry| entry.path())
                    .filter(|path| path.is_dir()),
            );
        }
        Ok(Watch { inotify })
    }

    /// Waits for a change of a scenario file; false when the user wants to end.
    pub(super) fn wait(&mut self, interrupt: &Interrupt) -> Result<bool, Stop> {
        loop {
            if interrupt.came() {
                return Ok(false);
            }
            let mut ready = [PollFd::new(self.inotify.as_fd(), PollFlags::POLLIN)];
            let _ = poll(&mut ready, ATTENTION);
            let events = self.inotify.read_events().unwrap_or_default();
            let is_scenario = |name: &std::ffi::OsStr| is_scenario(Path::new(name));
            if events
                .iter()
                .any(|event| event.name.as_deref().is_some_and(is_scenario))
            {
                return Ok(true);
            }
        }
    }
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
        .to_owned()
}
