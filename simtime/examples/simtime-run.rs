//! Runs one command under the virtual clock until nothing waits for time any more.
//!
//! `simtime-run [--records] [--audit MICROSECONDS] [--coalesce SECONDS] COMMAND [ARGUMENT…]`

use simtime::{Advance, Coalesce, Coordinator, Options};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

fn main() -> ExitCode {
    match run() {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("simtime-run: {error}");
            ExitCode::from(125)
        }
    }
}

fn run() -> Result<u8, Box<dyn std::error::Error>> {
    let mut options = Options::default();
    let mut records = false;
    let mut words = std::env::args_os().skip(1);
    let number = |words: &mut dyn Iterator<Item = std::ffi::OsString>| {
        words
            .next()
            .and_then(|word| word.to_str()?.parse::<u64>().ok())
            .ok_or("a number is missing")
    };
    let program = loop {
        let word = words.next().ok_or("no command is given")?;
        match word.to_str() {
            Some("--records") => records = true,
            Some("--audit") => options.audit = Some(Duration::from_micros(number(&mut words)?)),
            Some("--coalesce") => {
                let quantum = Duration::from_secs(number(&mut words)?);
                options.coalesce = Some(Coalesce {
                    quantum,
                    ..Coalesce::default()
                });
            }
            _ => break word,
        }
    };
    let mut world = Coordinator::new(options)?;
    let begin = Instant::now();
    let child = Command::new(program)
        .args(words)
        .envs(world.environment())
        .spawn()?;
    let root = child.id() as i32;
    let mut code = None;
    while code.is_none() {
        let exits = world.settle(Duration::from_secs(60));
        if records {
            for record in world.drain_records() {
                eprintln!(
                    "{:12.6} {:>6} {:?}",
                    record.at.as_secs_f64(),
                    record.pid,
                    record.kind
                );
            }
        }
        for exit in exits? {
            if exit.pid == root {
                code = Some(exit.status.code());
            }
        }
        if code.is_none() && world.advance(None)? == Advance::Idle {
            for waiter in world.waiters() {
                eprintln!("{waiter:?}");
            }
            return Err("nothing waits for time any more".into());
        }
    }
    let wall = begin.elapsed();
    let statistics = world.statistics();
    eprintln!(
        "virtual {:.3} s, real {:.3} s, {:.1} us an event, {statistics:?}",
        world.now().as_secs_f64(),
        wall.as_secs_f64(),
        wall.as_secs_f64() * 1e6 / statistics.events.max(1) as f64,
    );
    for process in world.processes() {
        let _ = world.signal(process.pid, libc_kill());
    }
    Ok(code.unwrap_or(0) as u8)
}

/// SIGKILL.
fn libc_kill() -> i32 {
    9
}
