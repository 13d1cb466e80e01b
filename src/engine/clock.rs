//! Virtual time, or real time for a person who watches.

use std::ffi::OsString;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use simtime::{Advance, Coordinator, Exit, Options, Status};

use super::Error;

/// How time passes in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimeMode {
    /// Simulated: a wait costs nothing.
    Virtual,
    /// Simulated, but not faster than this: a wait takes its time on the wall, divided by the speed.
    Paced(Speed),
    /// As on the wall, without a simulated clock.
    Real,
}

/// How much faster than on the wall simulated time passes at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Speed {
    thousandths: u32,
}

impl Speed {
    /// How long a wait of simulated time takes on the wall.
    pub fn on_the_wall(self, simulated: Duration) -> Duration {
        simulated.saturating_mul(1000) / self.thousandths.max(1)
    }
}

impl std::str::FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Speed, String> {
        let refused = || format!("`{text}` is no speed; write a number such as 10 or 0.5");
        let factor: f64 = text.trim_end_matches('x').parse().map_err(|_| refused())?;
        if !(0.001..=1_000_000.0).contains(&factor) {
            return Err(format!("{}, from 0.001 to 1000000", refused()));
        }
        Ok(Speed {
            // At most a thousand million.
            thousandths: (factor * 1000.0).round() as u32,
        })
    }
}

/// A burst of activity that takes longer than this of real time is stuck or runs for ever. Time in which the machine gave
/// the world no CPU does not count, up to ten times as much.
const REAL_LIMIT: Duration = Duration::from_secs(120);

/// In real time, how often children are looked at.
const REAL_TICK_MILLISECONDS: u16 = 5;

pub(super) enum Clock {
    Virtual(Box<Coordinator>),
    Paced(Box<Coordinator>, Speed),
    Real { start: Instant, marker: OsString },
}

impl Clock {
    pub(super) fn new(mode: TimeMode, options: Options, marker: &str) -> Result<Clock, Error> {
        Ok(match mode {
            TimeMode::Virtual => Clock::Virtual(Box::new(Coordinator::new(options)?)),
            TimeMode::Paced(speed) => Clock::Paced(Box::new(Coordinator::new(options)?), speed),
            TimeMode::Real => Clock::Real {
                start: Instant::now(),
                marker: marker.into(),
            },
        })
    }

    pub(super) fn environment(&self) -> Vec<(OsString, OsString)> {
        match self {
            Clock::Virtual(coordinator) | Clock::Paced(coordinator, _) => coordinator.environment(),
            Clock::Real { .. } => Vec::new(),
        }
    }

    /// The private folder of the virtual clock.
    pub(super) fn directory(&self) -> Option<std::path::PathBuf> {
        match self {
            Clock::Virtual(coordinator) | Clock::Paced(coordinator, _) => {
                Some(coordinator.directory().to_owned())
            }
            Clock::Real { .. } => None,
        }
    }

    /// Time since the start of the run.
    pub(super) fn now(&self) -> Duration {
        match self {
            Clock::Virtual(coordinator) | Clock::Paced(coordinator, _) => coordinator.now(),
            Clock::Real { start, .. } => start.elapsed(),
        }
    }

    /// Lets everything happen that happens by itself now, and gives what ended.
    pub(super) fn settle(&mut self) -> Result<Vec<Exit>, Error> {
        match self {
            Clock::Virtual(coordinator) | Clock::Paced(coordinator, _) => {
                Ok(coordinator.settle(REAL_LIMIT)?)
            }
            Clock::Real { start, .. } => Ok(reap(start.elapsed())),
        }
    }

    /// Lets time pass to the next thing that is due, at most to `limit`.
    pub(super) fn advance(&mut self, limit: Option<Duration>) -> Result<Advance, Error> {
        match self {
            Clock::Virtual(coordinator) => Ok(coordinator.advance(limit)?),
            Clock::Paced(coordinator, speed) => {
                let due = coordinator.next_deadline().map(|deadline| deadline.at);
                let next = due.into_iter().chain(limit).min();
                let wait = next.unwrap_or_default().saturating_sub(coordinator.now());
                // A person watches: time on the wall is what was asked for.
                std::thread::sleep(speed.on_the_wall(wait));
                Ok(coordinator.advance(limit)?)
            }
            Clock::Real { start, .. } => {
                if limit.is_some_and(|limit| start.elapsed() >= limit) {
                    return Ok(Advance::ReachedLimit);
                }
                // Real time is the one place where waiting for it is the point.
                let _ = nix::poll::poll(&mut [], REAL_TICK_MILLISECONDS);
                Ok(Advance::ReachedLimit)
            }
        }
    }

    pub(super) fn signal(&mut self, pid: i32, signal: Signal) -> Result<(), Error> {
        match self {
            Clock::Virtual(coordinator) | Clock::Paced(coordinator, _) => {
                Ok(coordinator.signal(pid, signal as i32)?)
            }
            Clock::Real { .. } => match kill(Pid::from_raw(pid), signal) {
                Ok(()) | Err(Errno::ESRCH) => Ok(()),
                Err(errno) => Err(Error::file(format!("send {signal} to {pid}"), errno.into())),
            },
        }
    }

    /// The living processes of the world: pid, parent and command line, in order of birth.
    pub(super) fn processes(&self) -> Vec<Living> {
        match self {
            Clock::Virtual(coordinator) | Clock::Paced(coordinator, _) => coordinator
                .processes()
                .into_iter()
                .filter(|process| !process.zombie)
                .map(|process| Living {
                    pid: process.pid,
                    command: process.arguments,
                })
                .collect(),
            Clock::Real { marker, .. } => crate::sweep::marked(marker)
                .into_iter()
                .map(|pid| Living {
                    pid,
                    command: crate::sweep::command_line(pid),
                })
                .collect(),
        }
    }

    /// Who waits for what, a line each.
    pub(super) fn waiters(&self) -> String {
        let (Clock::Virtual(coordinator) | Clock::Paced(coordinator, _)) = self else {
            return String::new();
        };
        let line = |waiter: simtime::Waiter| {
            let until = waiter
                .until
                .map_or("for ever".to_owned(), |until| format!("until {until:?}"));
            format!(
                "  process {} ({}) waits in {} {until}",
                waiter.pid, waiter.arguments, waiter.call
            )
        };
        coordinator
            .waiters()
            .into_iter()
            .map(line)
            .collect::<Vec<_>>()
            .join("\n")
    }

    pub(super) fn coordinator(&mut self) -> Option<&mut Coordinator> {
        match self {
            Clock::Virtual(coordinator) | Clock::Paced(coordinator, _) => Some(coordinator),
            Clock::Real { .. } => None,
        }
    }
}

/// A living process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Living {
    pub(super) pid: i32,
    pub(super) command: String,
}

/// Takes the exit status of every child that has ended, as an init process does.
fn reap(at: Duration) -> Vec<Exit> {
    let mut exits = Vec::new();
    loop {
        let (pid, status) = match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::Exited(pid, code)) => (pid, Status::Exited(code)),
            Ok(WaitStatus::Signaled(pid, signal, core)) => (
                pid,
                Status::Signaled {
                    signal: signal as i32,
                    core,
                },
            ),
            Ok(WaitStatus::StillAlive) | Err(_) => return exits,
            Ok(_) => continue,
        };
        exits.push(Exit {
            pid: pid.as_raw(),
            status,
            at,
            orphan: false,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("10", 6)]
    #[case("10x", 6)]
    #[case("0.5", 120)]
    #[case("1", 60)]
    fn a_minute_takes_its_time_divided_by_the_speed(#[case] speed: &str, #[case] seconds: u64) {
        let speed: Speed = speed.parse().unwrap();
        let minute = Duration::from_secs(60);
        assert_eq!(speed.on_the_wall(minute), Duration::from_secs(seconds));
    }

    #[rstest]
    #[case("0")]
    #[case("-1")]
    #[case("fast")]
    #[case("nan")]
    #[case("1e30")]
    fn what_is_no_speed_is_refused(#[case] speed: &str) {
        assert!(speed.parse::<Speed>().unwrap_err().contains("is no speed"));
    }
}
