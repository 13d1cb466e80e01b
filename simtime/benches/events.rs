//! What an event costs: real microseconds for each waiter woken, and simulated seconds for each
//! real one, for one, two and five processes of Rust and of Node, everything on one CPU. Beside
//! it, when it is installed, the same work under libfaketime, which has no events but a rate.

#![allow(
    clippy::unwrap_used,
    clippy::zombie_processes,
    reason = "the world reaps"
)]

use simtime::{Advance, Coordinator, Options};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROLE: &str = "SIMTIME_ROLE";
const PERIOD: Duration = Duration::from_millis(100);
const TICKS: u32 = 10_000;
const PATIENCE: Duration = Duration::from_secs(60);

fn rust() -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env(ROLE, "tick");
    command
}

fn node() -> Command {
    let script = "let n = 0; const t = setInterval(() => {
        if (++n >= 10000) clearInterval(t) }, 100)";
    let mut command = Command::new("node");
    command.args(["-e", script]);
    command
}

/// Runs so many of them to their end in a world.
fn world(make: fn() -> Command, count: u32) {
    let mut world = Coordinator::new(Options::default()).unwrap();
    for _ in 0..count {
        make()
            .envs(world.environment())
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        world.settle(PATIENCE).unwrap();
    }
    let begin = Instant::now();
    let before = world.statistics();
    let before_processor = processor();
    loop {
        world.settle(PATIENCE).unwrap();
        if world.advance(None).unwrap() == Advance::Idle {
            break;
        }
    }
    let wall = begin.elapsed().as_secs_f64();
    let processor = processor() - before_processor;
    let after = world.statistics();
    let events = after.events - before.events;
    println!(
        "{:6.1} us an event ({:5.1} of processor), {:8.0} simulated seconds a second, {:4.1} reads an event",
        wall * 1e6 / events as f64,
        processor * 1e6 / events as f64,
        world.now().as_secs_f64() / wall,
        (after.reads - before.reads) as f64 / events as f64,
    );
}

/// Processor time of this process and the children that it has reaped, in seconds.
fn processor() -> f64 {
    let of = |who| {
        // SAFETY: a structure of integers, and a local.
        let usage: libc::rusage = unsafe {
            let mut usage = std::mem::zeroed();
            libc::getrusage(who, &raw mut usage);
            usage
        };
        let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
        seconds(usage.ru_utime) + seconds(usage.ru_stime)
    };
    of(libc::RUSAGE_SELF) + of(libc::RUSAGE_CHILDREN)
}

fn library() -> Option<PathBuf> {
    let folders = [
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/local/lib",
    ];
    let paths = folders
        .iter()
        .map(|folder| PathBuf::from(folder).join("faketime/libfaketime.so.1"));
    paths.into_iter().find(|path| path.exists())
}

/// The same work under libfaketime, a tenth of it, at a rate it can hold.
fn faketime(make: fn() -> Command) {
    let Some(library) = library() else {
        println!("  libfaketime: not installed");
        return;
    };
    let begin = Instant::now();
    let rate = 20.0;
    make()
        .env("LD_PRELOAD", library)
        .env("FAKETIME", format!("+0 x{rate}"))
        .status()
        .unwrap();
    let simulated = PERIOD.as_secs_f64() * f64::from(TICKS);
    println!(
        "  libfaketime at x{rate}: {:.0} simulated seconds a second",
        simulated / begin.elapsed().as_secs_f64()
    );
}

fn main() {
    match std::env::var(ROLE).as_deref() {
        Ok("tick") => {
            for _ in 0..TICKS {
                std::thread::sleep(PERIOD);
            }
            return;
        }
        Ok(role) => {
            let (kind, count) = role.split_once(' ').unwrap();
            world(
                if kind == "node" { node } else { rust },
                count.parse().unwrap(),
            );
            return;
        }
        Err(_) => {}
    }
    let has_node = Command::new("node").arg("--version").output().is_ok();
    for (kind, make) in [("rust", rust as fn() -> Command), ("node", node)] {
        if kind == "node" && !has_node {
            println!("node: not installed");
            continue;
        }
        for count in ["1", "2", "5"] {
            print!("{kind} x{count}: ");
            let mut own = Command::new(std::env::current_exe().unwrap());
            own.env(ROLE, format!("{kind} {count}")).status().unwrap();
        }
        if std::env::args().any(|word| word == "--faketime") {
            faketime(make);
        }
    }
}
