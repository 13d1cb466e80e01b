//! Whether a process lives, and how to end one.

use std::fs;

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// A process that cannot be mistaken for a later one with the same id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// The process id.
    pub pid: i32,
    /// Clock ticks after boot at which it started; none where `/proc` does not tell.
    pub start: Option<i64>,
}

impl Identity {
    /// The process with this id as it is now.
    pub fn of(pid: i32) -> Self {
        Self {
            pid,
            start: start_time(pid),
        }
    }

    /// This process.
    pub fn own() -> Self {
        Self::of(std::process::id().cast_signed())
    }

    /// Whether the process still runs. A zombie is dead, and so is a process
    /// whose id now belongs to one that started at another time.
    pub fn is_alive(self) -> bool {
        match read_stat(self.pid) {
            Some(stat) => {
                !matches!(stat.state, 'Z' | 'X' | 'x')
                    && self.start.is_none_or(|start| start == stat.start)
            }
            None => !fs::exists("/proc/self/stat").unwrap_or(false) && answers_signal(self.pid),
        }
    }

    /// Sends a signal if the process still runs; false if it does not.
    pub fn signal(self, signal: Signal) -> bool {
        self.is_alive() && kill(Pid::from_raw(self.pid), signal).is_ok()
    }

    /// Sends a signal to the process group that it leads, or to itself when it leads none.
    pub fn signal_group(self, signal: Signal) -> bool {
        self.is_alive()
            && (kill(Pid::from_raw(-self.pid), signal).is_ok()
                || kill(Pid::from_raw(self.pid), signal).is_ok())
    }
}

/// When a process started, in clock ticks after boot (field 22 of `/proc/<pid>/stat`).
pub fn start_time(pid: i32) -> Option<i64> {
    read_stat(pid).map(|stat| stat.start)
}

struct Stat {
    state: char,
    start: i64,
}

fn read_stat(pid: i32) -> Option<Stat> {
    parse_stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The command name stands in parentheses and may contain anything, also `)`.
fn parse_stat(text: &str) -> Option<Stat> {
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?.chars().next()?;
    let start = fields.nth(18)?.parse().ok()?;
    Some(Stat { state, start })
}

fn answers_signal(pid: i32) -> bool {
    matches!(kill(Pid::from_raw(pid), None), Ok(()) | Err(Errno::EPERM))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn knows_itself_and_nobody() {
        assert!(Identity::own().is_alive());
        assert!(
            !Identity {
                pid: 987_654_321,
                start: None
            }
            .is_alive()
        );
    }

    #[test]
    fn a_reused_id_is_dead() {
        let own = Identity::own();
        let earlier = Identity {
            start: own.start.map(|ticks| ticks - 1),
            ..own
        };
        assert!(!earlier.is_alive());
    }

    #[test]
    fn a_zombie_is_dead() {
        let mut child = Command::new("true").spawn().unwrap();
        let identity = Identity::of(child.id().cast_signed());
        let id = nix::sys::wait::Id::Pid(Pid::from_raw(identity.pid));
        let flags = nix::sys::wait::WaitPidFlag::WEXITED | nix::sys::wait::WaitPidFlag::WNOWAIT;
        nix::sys::wait::waitid(id, flags).unwrap();
        assert!(!identity.is_alive());
        child.wait().unwrap();
    }

    #[test]
    fn a_name_with_parentheses_is_read() {
        let text = format!("7 (a) Z (b)) S {} 4242 0", ["0"; 18].join(" "));
        let stat = parse_stat(&text).unwrap();
        assert_eq!((stat.state, stat.start), ('S', 4242));
    }
}
