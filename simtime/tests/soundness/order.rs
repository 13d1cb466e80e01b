//! A tree of processes made at random, whose events must come in the predicted order.

use crate::support::{Folder, World};
use crate::{in_own_process, role, rounds};
use libtest_mimic::Trial;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{Condvar, Mutex, mpsc};
use std::time::{Duration, Instant};

pub fn trials() -> Vec<Trial> {
    let some = |name: &str, first: u64, count: u32| {
        Trial::test(name, move || {
            for seed in first..first + u64::from(count) {
                in_own_process(&["order", &seed.to_string()])?;
            }
            Ok(())
        })
    };
    vec![
        some("a_random_tree_keeps_its_order", 1, 12),
        some("many_random_trees_keep_their_order", 1000, rounds(300)).with_ignored_flag(true),
        Trial::test("equal_deadlines_go_by_birth", || in_own_process(&["ties"])),
    ]
}

/// A small generator of numbers, the same for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }
}

/// The ways to sleep.
const WAYS: u64 = 5;

/// Writes the scripts of a process and its descendants; gives the events that they will log.
fn plan(
    random: &mut Random,
    folder: &Folder,
    next: &mut u32,
    start: u64,
    depth: u32,
) -> (u32, Vec<(u64, String)>) {
    let id = *next;
    *next += 1;
    let mut now = start;
    let mut script = String::new();
    let mut events = Vec::new();
    for step in 0..2 + random.below(6) {
        let micros = 1 + random.below(3_000_000);
        writeln!(script, "sleep {} {micros}", random.below(WAYS)).unwrap();
        now += micros;
        events.push((now, format!("{id}.{step}")));
        writeln!(script, "log {id}.{step}").unwrap();
        if depth < 3 && *next < 12 && random.below(2) == 0 {
            let (child, theirs) = plan(random, folder, next, now, depth + 1);
            writeln!(script, "spawn {child}").unwrap();
            events.extend(theirs);
        }
    }
    std::fs::write(folder.join(&format!("script-{id}")), script).unwrap();
    (id, events)
}

pub fn own_world(seed: u64) {
    let folder = Folder::new(&format!("order-{seed}"));
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let (root, mut events) = plan(&mut random, &folder, &mut 0, 0, 0);
    events.sort();
    let expected: String = events
        .iter()
        .map(|(at, name)| format!("{at} {name}\n"))
        .collect();
    let mut world = World::new();
    let pid = world.start(role(&["node", &root.to_string()]).current_dir(folder.path()));
    assert_eq!(world.run_until_exit(pid), 0);
    let log = std::fs::read_to_string(folder.join("log")).unwrap();
    assert_eq!(log, expected, "seed {seed}");
}

fn sleep(way: u64, time: Duration) {
    match way {
        0 => std::thread::sleep(time),
        1 => {
            let lock = Mutex::new(());
            let condition = Condvar::new();
            let until = Instant::now() + time;
            let mut guard = lock.lock().unwrap();
            while let Some(left) = until.checked_duration_since(Instant::now())
                && !left.is_zero()
            {
                guard = condition.wait_timeout(guard, left).unwrap().0;
            }
        }
        2 => {
            let (_sender, receiver) = mpsc::channel::<()>();
            let _ = receiver.recv_timeout(time);
        }
        3 => std::thread::spawn(move || std::thread::sleep(time))
            .join()
            .unwrap(),
        _ => {
            let until = Instant::now() + time;
            while Instant::now() < until {
                std::thread::park_timeout(until - Instant::now());
            }
        }
    }
}

/// A process: does what its script says, and waits for its children at the end.
pub fn node(id: &str) {
    let start = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600);
    let script = std::fs::read_to_string(format!("script-{id}")).unwrap();
    let mut children = Vec::new();
    let mut log = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open("log")
        .unwrap();
    for line in script.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["sleep", way, micros] => {
                sleep(
                    way.parse().unwrap(),
                    Duration::from_micros(micros.parse().unwrap()),
                );
            }
            ["log", name] => {
                let now = start.elapsed().unwrap().as_micros();
                log.write_all(format!("{now} {name}\n").as_bytes()).unwrap();
            }
            ["spawn", child] => children.push(role(&["node", child]).spawn().unwrap()),
            _ => panic!("{line}"),
        }
    }
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
}

/// Five processes that always want to go on at the same time.
pub fn own_world_of_ties() {
    let folder = Folder::new("ties");
    let mut script = String::new();
    for round in 0..20 {
        writeln!(script, "sleep {} 1000\nlog {round}", round % WAYS).unwrap();
    }
    for id in 0..5 {
        let own: String = script.replace("log ", &format!("log {id}."));
        std::fs::write(folder.join(&format!("script-{id}")), own).unwrap();
    }
    let mut world = World::new();
    for id in 0..5 {
        world.start(role(&["node", &id.to_string()]).current_dir(folder.path()));
        world.settle();
    }
    world.run(None);
    let log = std::fs::read_to_string(folder.join("log")).unwrap();
    let mut expected = String::new();
    for round in 0..20 {
        for id in 0..5 {
            writeln!(expected, "{} {id}.{round}", (round + 1) * 1000).unwrap();
        }
    }
    assert_eq!(log, expected);
}
