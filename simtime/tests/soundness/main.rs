//! Whether the world is ever called at rest while something in it runs.
//!
//! This program is the tests, the owners of worlds, and the processes in them. With `--ignored`
//! the long runs are made as well; `SIMTIME_ROUNDS` says how many.

#![allow(
    clippy::unwrap_used,
    clippy::zombie_processes,
    reason = "tests; the world reaps"
)]

mod handlers;
mod order;
mod stress;
#[path = "../support/mod.rs"]
mod support;

use libtest_mimic::{Arguments, Failed, Trial};
use simtime::Proof;
use std::process::{Command, ExitCode};

/// The environment variable that gives this program another role.
pub const ROLE: &str = "SIMTIME_ROLE";

/// This program in another role.
pub fn role(words: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env(ROLE, words.join(" "));
    command
}

/// Runs the owner of a world in a process of its own: what it says, if it fails.
pub fn in_own_process(words: &[&str]) -> Result<(), Failed> {
    let output = role(words).output().unwrap();
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Err(format!("{text}{}", String::from_utf8_lossy(&output.stderr)).into())
}

fn play(role: &str) -> ExitCode {
    let words: Vec<&str> = role.split(' ').collect();
    match words[..] {
        ["order", seed] => order::own_world(seed.parse().unwrap()),
        ["ties"] => order::own_world_of_ties(),
        ["node", id] => order::node(id),
        ["stress", kind, proof, rounds] => {
            let turns = proof == "turns";
            let proof = match proof {
                "sound" | "turns" => Proof::Sound,
                "thorough" => Proof::Thorough,
                "state-only" => Proof::StateOnly,
                _ => Proof::SharedOnly,
            };
            return stress::own_world(kind, proof, rounds.parse().unwrap(), turns);
        }
        ["work", kind, rounds] => stress::work(kind, rounds.parse().unwrap()),
        ["echo"] => stress::echo(),
        ["hog"] => loop {
            std::hint::spin_loop();
        },
        _ => panic!("no such role: {role}"),
    }
    ExitCode::SUCCESS
}

fn main() -> ExitCode {
    if let Ok(role) = std::env::var(ROLE) {
        return play(&role);
    }
    let mut trials: Vec<Trial> = order::trials();
    trials.extend(stress::trials());
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// How many times the long runs are made.
pub fn rounds(default: u32) -> u32 {
    std::env::var("SIMTIME_ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}
