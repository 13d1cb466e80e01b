//! Every call that the library replaces, made twice by the same probe: without the library, in
//! real time, and under it. What the probe sees must be the same.
//!
//! This program is all three: the tests, the owner of a world, and the probes in it.

#![allow(
    clippy::unwrap_used,
    clippy::undocumented_unsafe_blocks,
    reason = "tests; each probe gives the addresses of locals"
)]

mod children;
mod clocks;
mod descriptors;
mod files;
mod locks;
mod signals;
mod sockets;
mod standard;
#[path = "../support/mod.rs"]
mod support;
mod timers;

use libtest_mimic::{Arguments, Failed, Trial};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};
use support::World;

const PROBE: &str = "SIMTIME_PROBE";
const WORLD: &str = "SIMTIME_WORLD";

/// A name, what to do, and the virtual milliseconds that it takes.
pub type Probe = (&'static str, fn(), u64);

fn probes() -> Vec<Probe> {
    [
        children::PROBES,
        clocks::PROBES,
        descriptors::PROBES,
        files::PROBES,
        locks::PROBES,
        signals::PROBES,
        sockets::PROBES,
        standard::PROBES,
        timers::PROBES,
    ]
    .concat()
}

/// Says how long it took since `start`, as far as that is the same in real time.
pub fn took(start: Instant, milliseconds: u64) {
    let elapsed = start.elapsed();
    let expected = Duration::from_millis(milliseconds);
    if elapsed >= expected && elapsed < expected + Duration::from_secs(3) {
        println!("took {milliseconds} ms");
    } else {
        println!("took {elapsed:?} instead of {expected:?}");
    }
}

/// The last error, by number.
pub fn error() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

/// So many milliseconds.
pub fn milliseconds(milliseconds: i64) -> libc::timespec {
    libc::timespec {
        tv_sec: milliseconds / 1000,
        tv_nsec: milliseconds % 1000 * 1_000_000,
    }
}

/// The time of a clock in so many milliseconds.
pub fn in_milliseconds(clock: libc::clockid_t, ahead: i64) -> libc::timespec {
    let mut now = milliseconds(0);
    // SAFETY: a local.
    unsafe { libc::clock_gettime(clock, &raw mut now) };
    let nanoseconds = now.tv_nsec + ahead * 1_000_000;
    libc::timespec {
        tv_sec: now.tv_sec + nanoseconds.div_euclid(1_000_000_000),
        tv_nsec: nanoseconds.rem_euclid(1_000_000_000),
    }
}

fn find(name: &str) -> Probe {
    *probes().iter().find(|probe| probe.0 == name).unwrap()
}

/// This program again, in another role.
pub fn this_program() -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env_remove(WORLD);
    command
}

fn run_world(name: &str) {
    let mut world = World::new();
    let pid = world.capture(this_program().env(PROBE, name));
    let code = world.run_until_exit(pid);
    print!("{}", world.output(pid));
    println!(
        "exit {code} after {} ms",
        world.coordinator.now().as_millis()
    );
}

fn test(name: &'static str, length: u64) -> Result<(), Failed> {
    let text = |command: &mut Command| {
        let output = command.output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        (
            String::from_utf8_lossy(&output.stdout).into_owned(),
            output.status.code(),
            errors,
        )
    };
    let (plain, code, errors) = text(this_program().env(PROBE, name));
    if code != Some(0) || plain.contains("instead of") {
        return Err(format!("without the library, {code:?}:\n{plain}{errors}").into());
    }
    let (under, _, errors) = text(this_program().env(WORLD, name));
    let expected = format!("{plain}exit 0 after {length} ms\n");
    if under != expected {
        return Err(format!("expected:\n{expected}\nunder the library:\n{under}{errors}").into());
    }
    Ok(())
}

fn main() -> ExitCode {
    if let Ok(name) = std::env::var(PROBE) {
        find(&name).1();
        return ExitCode::SUCCESS;
    }
    if let Ok(name) = std::env::var(WORLD) {
        run_world(&name);
        return ExitCode::SUCCESS;
    }
    let trials = probes()
        .into_iter()
        .map(|(name, _, length)| Trial::test(name, move || test(name, length)))
        .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
