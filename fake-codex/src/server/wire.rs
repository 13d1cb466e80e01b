//! The way out: bytes to standard output, in order, and not one too many.

use std::fs::File;
use std::path::PathBuf;

use nix::errno::Errno;

/// The variable that tells that the run is under simulated time, where gates are.
pub const SIMTIME_VARIABLE: &str = "SIMTIME_DIR";

/// Output is handed to the system at the latest when so much is waiting, in bytes.
const BATCH: usize = 64 * 1024;

/// Standard output, with what waits to be written to it.
#[derive(Debug, Default)]
pub struct Wire {
    waiting: Vec<u8>,
    silent: bool,
    broken: bool,
    gates: bool,
}

impl Wire {
    /// Standard output of this process.
    pub fn new() -> Self {
        Self {
            gates: std::env::var_os(SIMTIME_VARIABLE).is_some(),
            ..Self::default()
        }
    }

    /// Writes bytes, at the latest at the next [`flush`](Self::flush).
    pub fn write(&mut self, bytes: &[u8]) {
        if self.silent {
            return;
        }
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= BATCH {
            self.flush();
        }
    }

    /// Hands everything that waits to the system.
    pub fn flush(&mut self) {
        let mut rest = self.waiting.as_slice();
        while !rest.is_empty() && !self.broken {
            match nix::unistd::write(std::io::stdout(), rest) {
                Ok(written) => rest = &rest[written..],
                Err(Errno::EINTR | Errno::EAGAIN) => {}
                // Nobody reads any more; like the real one this carries on.
                Err(_) => self.broken = true,
            }
        }
        self.waiting.clear();
    }

    /// Nothing is written any more.
    pub fn fall_silent(&mut self) {
        self.flush();
        self.silent = true;
    }

    /// Closes standard output: its reader sees the end.
    pub fn close(&mut self) {
        self.flush();
        if let Ok(nothing) = File::options().write(true).open("/dev/null") {
            // The descriptor itself stays in use, so that no later file takes its number.
            let _ = nix::unistd::dup2_stdout(nothing);
        }
    }

    /// Announces a point of the protocol to the simulation, which may hold the process there.
    ///
    /// The point is a path that is opened and never exists; the preload library of the virtual
    /// clock sees it. Without simulation nothing happens.
    pub fn announce(&mut self, direction: &str, method: &str) {
        if !self.gates {
            return;
        }
        self.flush();
        let path: PathBuf = ["/simtime/point/codex", direction, method].iter().collect();
        drop(File::open(path));
    }
}
