//! Finds and ends what a run leaves behind, also when nobody else is left to do it.
//!
//! Every process of a run carries a marker in its environment, which its children inherit; process
//! groups and parents do not find a worker in its own session.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::sandbox::MARKER;

/// How long ended processes may take to disappear before the sweep gives up on them.
const PATIENCE: Duration = Duration::from_secs(5);

/// The living processes whose marker begins with `run`, in the order of their ids.
pub fn marked(run: &OsStr) -> Vec<i32> {
    let mut needle = vec![0];
    needle.extend_from_slice(MARKER.as_bytes());
    needle.push(b'=');
    needle.extend_from_slice(run.as_bytes());
    let own = i32::try_from(std::process::id()).unwrap_or(0);
    let mut pids: Vec<i32> = std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| *pid != own && has(*pid, &needle))
        .collect();
    pids.sort_unstable();
    pids
}

fn has(pid: i32, needle: &[u8]) -> bool {
    let Ok(environment) = std::fs::read(format!("/proc/{pid}/environ")) else {
        return false;
    };
    let mut padded = vec![0];
    padded.extend(environment);
    padded.windows(needle.len()).any(|window| window == needle)
}

/// The arguments of a process joined by spaces.
pub fn command_line(pid: i32) -> String {
    let arguments = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&arguments)
        .trim_end_matches('\0')
        .replace('\0', " ")
}

/// The children of a process, as the kernel knows them now.
pub fn children(pid: i32) -> Vec<i32> {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task"))
        .into_iter()
        .flatten()
        .flatten();
    let mut children: Vec<i32> = threads
        .filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok())
        .flat_map(|list| {
            list.split_ascii_whitespace()
                .filter_map(|child| child.parse().ok())
                .collect::<Vec<i32>>()
        })
        .collect();
    children.sort_unstable();
    children
}

/// Kills every process whose marker begins with `run`, until none is left.
///
/// Gives the command lines of those it found alive.
pub fn sweep(run: &OsStr) -> Vec<String> {
    let start = Instant::now();
    let mut found = Vec::new();
    loop {
        let alive: Vec<i32> = marked(run);
        if alive.is_empty() || start.elapsed() > PATIENCE {
            return found;
        }
        for pid in alive {
            let line = command_line(pid);
            if !line.is_empty() && !found.contains(&line) {
                found.push(line);
            }
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
        std::thread::yield_now();
    }
}
