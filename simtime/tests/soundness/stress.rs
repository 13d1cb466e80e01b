//! Work that tries to look like rest.
//!
//! Each process of the work has a thread that sleeps for one virtual millisecond over and over,
//! so the clock moves at once whenever the world is called at rest too early. The work itself
//! takes no virtual time; between its rounds it sleeps ten milliseconds, which brings the world
//! to rest, with the audit looking again. Most of it is made without turns, so that as much as
//! possible goes on at once.

use crate::support::{Folder, World};
use crate::{handlers, in_own_process, role, rounds};
use libtest_mimic::{Failed, Trial};
use simtime::{Options, Proof};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

const KINDS: [&str; 9] = [
    "pipes", "sockets", "tcp", "storm", "threads", "disk", "locks", "signals", "handlers",
];
const AUDIT: Duration = Duration::from_micros(400);
const PAUSE: Duration = Duration::from_millis(10);

pub fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for kind in KINDS {
        trials.push(Trial::test(format!("{kind}_take_no_time"), move || {
            in_own_process(&["stress", kind, "sound", "3"])
        }));
        trials.push(Trial::test(format!("{kind}_take_turns"), move || {
            let _hogs = Hogs::start();
            in_own_process(&["stress", kind, "turns", "1"])
        }));
        trials.push(Trial::test(
            format!("{kind}_take_no_time_beside_hogs"),
            move || {
                let _hogs = Hogs::start();
                in_own_process(&["stress", kind, "sound", "1"])
            },
        ));
    }
    trials.push(Trial::test("thorough_looks_agree", || {
        in_own_process(&["stress", "pipes", "thorough", "2"])
    }));
    for proof in ["shared-only", "state-only"] {
        trials.push(Trial::test(format!("{proof}_is_noticed"), move || {
            noticed(proof)
        }));
    }
    trials.push(
        Trial::test("all_work_over_and_over_beside_hogs", || {
            let _hogs = Hogs::start();
            let all = rounds(1000);
            for round in 1..=all {
                for kind in KINDS {
                    in_own_process(&["stress", kind, "sound", "1"])?;
                    in_own_process(&["stress", kind, "turns", "1"])?;
                }
                if round.is_multiple_of(50) {
                    eprintln!("{round} of {all} rounds");
                }
            }
            Ok(())
        })
        .with_ignored_flag(true),
    );
    trials
}

/// The tests can tell: with an unsound proof, some work takes time or the audit sees it run.
fn noticed(proof: &str) -> Result<(), Failed> {
    let _hogs = Hogs::start();
    for _ in 0..20 {
        for kind in KINDS {
            if in_own_process(&["stress", kind, proof, "2"]).is_err() {
                return Ok(());
            }
        }
    }
    Err("an unsound proof went through".into())
}

/// Two processes, not of any world, that want all CPUs.
struct Hogs(Vec<Child>);

impl Hogs {
    fn start() -> Hogs {
        Hogs((0..2).map(|_| role(&["hog"]).spawn().unwrap()).collect())
    }
}

impl Drop for Hogs {
    fn drop(&mut self) {
        for hog in &mut self.0 {
            let _ = hog.kill();
            let _ = hog.wait();
        }
    }
}

pub fn own_world(kind: &str, proof: Proof, count: u32, turns: bool) -> ExitCode {
    let folder = Folder::new(kind);
    let mut world = World::with(Options {
        audit: Some(AUDIT),
        turns,
        ..Options::default()
    });
    world.coordinator.believe(proof);
    if matches!(proof, Proof::SharedOnly | Proof::StateOnly) {
        // An unsound world may well hang.
        world.patience = Duration::from_secs(1);
    }
    let text = world.output_of(
        role(&["work", kind, &count.to_string()])
            .current_dir(folder.path())
            .stderr(Stdio::null()),
    );
    let early = world.coordinator.statistics().false_quiescence;
    print!("{text}");
    println!("{early} times something ran after the world was called at rest");
    let expected = format!("{kind} took 0 ms\n").repeat(count as usize);
    if text == expected && early == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Makes the clock move as soon as the world seems to be at rest.
fn tick() {
    std::thread::spawn(|| {
        loop {
            std::thread::sleep(Duration::from_millis(1));
        }
    });
}

pub fn work(kind: &str, count: u32) {
    tick();
    let mut waiting = (kind == "handlers").then(handlers::prepare);
    for _ in 0..count {
        if let Some(waiting) = &waiting {
            waiting.enter();
        }
        std::thread::sleep(PAUSE);
        let start = Instant::now();
        match kind {
            "pipes" => pipes(),
            "sockets" => sockets(),
            "tcp" => tcp(),
            "storm" => storm(),
            "threads" => threads(),
            "disk" => disk(),
            "locks" => locks(),
            "signals" => signals(),
            _ => {
                if let Some(waiting) = &mut waiting {
                    waiting.leave();
                }
            }
        }
        println!("{kind} took {} ms", start.elapsed().as_millis());
    }
}

/// Gives back what it reads.
pub fn echo() {
    tick();
    let (mut input, mut output) = (std::io::stdin(), std::io::stdout());
    let mut byte = [0];
    while input.read(&mut byte).unwrap() == 1 {
        output.write_all(&byte).unwrap();
        output.flush().unwrap();
    }
}

fn back_and_forth(read: &mut impl Read, write: &mut impl Write, times: u32) {
    let mut byte = [0];
    for _ in 0..times {
        write.write_all(b"x").unwrap();
        read.read_exact(&mut byte).unwrap();
    }
}

fn pipes() {
    let mut child = role(&["echo"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    back_and_forth(&mut output, &mut input, 300);
    drop(input);
    child.wait().unwrap();
}

fn sockets() {
    let (mut one, mut other) = UnixStream::pair().unwrap();
    let thread = std::thread::spawn(move || {
        let mut byte = [0];
        while other.read(&mut byte).unwrap() == 1 {
            other.write_all(&byte).unwrap();
        }
    });
    let mut copy = one.try_clone().unwrap();
    back_and_forth(&mut copy, &mut one, 300);
    one.shutdown(std::net::Shutdown::Both).unwrap();
    thread.join().unwrap();
}

fn tcp() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut byte = [0];
        while stream.read(&mut byte).unwrap() == 1 {
            stream.write_all(&byte).unwrap();
        }
    });
    let mut stream = TcpStream::connect(address).unwrap();
    let mut copy = stream.try_clone().unwrap();
    back_and_forth(&mut copy, &mut stream, 300);
    drop((stream, copy));
    thread.join().unwrap();
}

fn storm() {
    let script = "true & (sleep 0; exit 3) & /bin/true | cat; wait; sh -c 'exit 0'";
    let children: Vec<_> = (0..6)
        .map(|_| Command::new("sh").args(["-c", script]).spawn().unwrap())
        .collect();
    for mut child in children {
        child.wait().unwrap();
    }
}

fn threads() {
    for _ in 0..20 {
        let threads: Vec<_> = (0..10)
            .map(|index| {
                std::thread::spawn(move || (0..index * 20_000u64).fold(0, |a, b| a ^ (b * b)))
            })
            .collect();
        let sum = threads
            .into_iter()
            .fold(0, |sum, thread| sum ^ thread.join().unwrap());
        std::hint::black_box(sum);
    }
}

fn disk() {
    let data = vec![7u8; 1 << 20];
    for index in 0..4 {
        let path = format!("file-{index}");
        let mut file = std::fs::File::create(&path).unwrap();
        file.write_all(&data).unwrap();
        file.sync_all().unwrap();
        std::fs::remove_file(path).unwrap();
    }
}

fn locks() {
    let (to, from) = std::sync::mpsc::sync_channel::<u32>(0);
    let (back_to, back_from) = std::sync::mpsc::sync_channel::<u32>(0);
    let thread = std::thread::spawn(move || {
        for value in from {
            back_to.send(value).unwrap();
        }
    });
    for value in 0..300 {
        to.send(value).unwrap();
        let got = back_from.recv_timeout(Duration::from_secs(100)).unwrap();
        assert_eq!(got, value);
    }
    drop(to);
    thread.join().unwrap();
}

fn signals() {
    let script = "trap 'echo got' USR1; echo ready; while read line; do :; done; exit 0";
    for _ in 0..3 {
        let mut child = Command::new("sh")
            .args(["-c", script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = child.stdout.take().unwrap();
        let mut text = [0; 6];
        output.read_exact(&mut text).unwrap();
        let pid = child.id().to_string();
        Command::new("kill").args(["-USR1", &pid]).status().unwrap();
        drop(child.stdin.take());
        child.wait().unwrap();
    }
}
