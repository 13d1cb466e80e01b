//! What the owner of a world sees and can do.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use simtime::{Advance, Coalesce, Coordinator, Error, Options, RecordKind, Status};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::{PATIENCE, World, isolated, python};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn sleep(time: &str) -> Command {
    let mut command = Command::new("sleep");
    command.arg(time);
    command
}

/// A program for the tests: waits without the C library knowing.
#[test]
#[ignore = "a program of other tests"]
fn waits_past_the_library() {
    let time = [5u64, 0];
    // SAFETY: the system call takes the address of two numbers and null.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        std::arch::asm!(
            "syscall",
            inlateout("rax") libc::SYS_nanosleep => _,
            in("rdi") time.as_ptr(),
            in("rsi") 0,
            out("rcx") _,
            out("r11") _,
        );
    }
    let _ = time;
}

fn this_program(test: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([test, "--exact", "--include-ignored", "--test-threads=1"])
        .stdout(Stdio::null());
    command
}

#[test]
fn the_clock_goes_from_deadline_to_deadline_and_to_limits() {
    isolated(
        "the_clock_goes_from_deadline_to_deadline_and_to_limits",
        || {
            let mut world = World::new();
            let long = world.start(&mut sleep("700"));
            let short = world.start(&mut sleep("0.25"));
            world.settle();
            let next = world.coordinator.next_deadline().unwrap();
            assert_eq!((next.at, next.pid), (Duration::from_millis(250), short));
            let woke = world.coordinator.advance(Some(seconds(1))).unwrap();
            assert_eq!(woke, Advance::Woke(next));
            world.settle();
            assert_eq!(world.exits[0].pid, short);
            assert_eq!(world.exits[0].status, Status::Exited(0));
            assert_eq!(world.exits[0].at, Duration::from_millis(250));
            let reached = world.coordinator.advance(Some(seconds(600))).unwrap();
            assert_eq!(reached, Advance::ReachedLimit);
            assert_eq!(world.coordinator.now(), seconds(600));
            let past = world.coordinator.advance(Some(seconds(1))).unwrap();
            assert_eq!(
                (past, world.coordinator.now()),
                (Advance::ReachedLimit, seconds(600))
            );
            assert_eq!(world.coordinator.waiters()[0].until, Some(seconds(700)));
            assert_eq!(world.run_until_exit(long), 0);
            assert_eq!(world.coordinator.now(), seconds(700));
            assert_eq!(world.coordinator.advance(None).unwrap(), Advance::Idle);
        },
    );
}

#[test]
fn time_only_moves_in_a_settled_world() {
    isolated("time_only_moves_in_a_settled_world", || {
        let mut world = World::new();
        assert!(matches!(
            world.coordinator.advance(None),
            Err(Error::Invalid(_))
        ));
    });
}

#[test]
fn a_deadlock_says_who_waits_for_what() {
    isolated("a_deadlock_says_who_waits_for_what", || {
        let mut world = World::new();
        let (_reader, writer) = std::io::pipe().unwrap();
        world.start(Command::new("cat").stdin(_reader));
        world.run(None);
        let waiters = world.coordinator.waiters();
        assert_eq!(waiters.len(), 1);
        assert_eq!(waiters[0].arguments, "cat");
        assert_eq!(
            (waiters[0].call.as_str(), waiters[0].until),
            ("read or write", None)
        );
        drop(writer);
        world.settle();
        assert_eq!(world.exits.len(), 1);
    });
}

#[test]
fn orphans_come_to_the_coordinator_and_are_reaped() {
    isolated("orphans_come_to_the_coordinator_and_are_reaped", || {
        let mut world = World::new();
        let pid = world.shell("sleep 100 >/dev/null & echo $!");
        world.settle();
        assert_eq!(world.exits.len(), 1);
        let orphan: i32 = world.output(pid).trim().parse().unwrap();
        let alive = world.coordinator.processes();
        assert_eq!(
            (alive.len(), alive[0].pid, alive[0].parent),
            (1, orphan, pid)
        );
        assert_eq!(alive[0].arguments, "sleep 100");
        world.run(None);
        let exit = world.exits[1];
        assert_eq!(
            (exit.pid, exit.orphan, exit.at),
            (orphan, true, seconds(100))
        );
        assert!(!world.exits[0].orphan);
        assert!(world.coordinator.processes().is_empty());
    });
}

#[test]
fn a_slow_init_leaves_orphans_as_zombies_for_a_while() {
    isolated("a_slow_init_leaves_orphans_as_zombies_for_a_while", || {
        let delay = Duration::from_millis(1600);
        let mut world = World::with(Options {
            reap_delay: delay,
            ..Options::default()
        });
        let script = "(sleep 1 & echo $!) >pid; p=$(cat pid); rm pid; sleep 1.5;
            kill -0 $p && echo there; sleep 2; kill -0 $p 2>/dev/null || echo gone";
        let mut command = Command::new("sh");
        let folder = support::Folder::new("slow-init");
        let pid = world.capture(command.arg("-c").arg(script).current_dir(folder.path()));
        assert_eq!(world.run_until_exit(pid), 0);
        assert_eq!(world.output(pid), "there\ngone\n");
        let orphan = world.exits.iter().find(|exit| exit.orphan).unwrap();
        assert_eq!(orphan.at, seconds(1) + delay);
    });
}

#[test]
fn records_tell_who_was_born_started_and_ended() {
    isolated("records_tell_who_was_born_started_and_ended", || {
        let mut world = World::new();
        let pid = world.start(Command::new("sh").args(["-c", "sleep 1; exit 3"]));
        world.run(None);
        let kinds: Vec<(i32, &RecordKind)> = world
            .records
            .iter()
            .map(|record| (record.pid, &record.kind))
            .collect();
        let child = match kinds[1] {
            (
                parent,
                RecordKind::Forked {
                    child,
                    child_process: 2,
                },
            ) if parent == pid => *child,
            other => panic!("{other:?}"),
        };
        assert!(
            matches!(kinds[0], (p, RecordKind::Started { arguments, .. })
            if p == pid && arguments == "sh -c sleep 1; exit 3")
        );
        assert!(matches!(kinds[2], (p, RecordKind::Exec { .. }) if p == child));
        assert!(
            matches!(kinds[3], (p, RecordKind::Started { parent, program, .. })
            if p == child && *parent == pid && program.ends_with("sleep"))
        );
        let ended = |code| RecordKind::Exited {
            status: Some(Status::Exited(code)),
        };
        assert_eq!(kinds[4], (child, &ended(0)));
        assert_eq!(kinds[5], (pid, &ended(3)));
        assert_eq!(world.records[5].at, seconds(1));
    });
}

#[test]
fn a_timed_wait_past_the_library_is_an_error() {
    isolated("a_timed_wait_past_the_library_is_an_error", || {
        let mut world = World::new();
        let pid = world.start(&mut this_program("waits_past_the_library"));
        let Err(Error::Bypassed(bypass)) = world.coordinator.settle(PATIENCE) else {
            panic!("not noticed");
        };
        assert_eq!((bypass.pid, bypass.call), (pid, "nanosleep"));
        assert!(bypass.virtualised && bypass.remaining <= Some(seconds(5)));
        assert!(bypass.arguments.contains("waits_past_the_library"));
    });
}

#[test]
fn a_program_without_the_library_is_named_and_may_not_wait_for_time() {
    isolated(
        "a_program_without_the_library_is_named_and_may_not_wait_for_time",
        || {
            let mut world = World::new();
            let (reader, writer) = std::io::pipe().unwrap();
            world.start(Command::new("env").args(["-i", "cat"]).stdin(reader));
            world.settle();
            let bare = |kind: &RecordKind| match kind {
                RecordKind::Unvirtualised { arguments, .. } => Some(arguments.clone()),
                _ => None,
            };
            let named: Vec<String> = world.records.iter().filter_map(|r| bare(&r.kind)).collect();
            assert_eq!(named, ["cat"]);
            drop(writer);
            world.settle();
            world.start(Command::new("env").args(["-i", "sleep", "77"]));
            let error = world.coordinator.settle(PATIENCE).unwrap_err().to_string();
            assert!(
                error.contains("(sleep 77) is in clock_nanosleep"),
                "{error}"
            );
            assert!(
                error.contains("does not load the clock's library"),
                "{error}"
            );
        },
    );
}

#[test]
fn a_busy_process_is_told_from_a_stuck_one() {
    isolated("a_busy_process_is_told_from_a_stuck_one", || {
        let mut world = World::new();
        world.start(Command::new("sh").args(["-c", "while :; do :; done"]));
        let begin = Instant::now();
        let limit = Duration::from_millis(200);
        let Err(Error::Unsettled { unsettled, .. }) = world.coordinator.settle(limit) else {
            panic!("settled");
        };
        assert!(begin.elapsed() >= limit);
        assert!(unsettled[0].busy);
        assert_eq!(unsettled[0].arguments, "sh -c while :; do :; done");
    });
}

#[test]
fn a_signal_from_the_owner_ends_a_sleep() {
    isolated("a_signal_from_the_owner_ends_a_sleep", || {
        let mut world = World::new();
        let pid = world.start(&mut sleep("100"));
        world.settle();
        world.coordinator.signal(pid, libc::SIGTERM).unwrap();
        world.settle();
        let signaled = Status::Signaled {
            signal: libc::SIGTERM,
            core: false,
        };
        assert_eq!(world.exits[0].status, signaled);
        assert_eq!(world.exits[0].status.code(), 143);
        assert!(world.coordinator.signal(pid, libc::SIGTERM).is_err());
    });
}

#[test]
fn a_killed_process_leaves_no_deadline_behind() {
    isolated("a_killed_process_leaves_no_deadline_behind", || {
        let Some(mut python) = python() else { return };
        let mut world = World::new();
        let script = "import subprocess, time
p = subprocess.Popen(['sleep', '5'])
time.sleep(1); p.kill(); time.sleep(10); p.wait(); print('end')";
        let pid = world.capture(python.args(["-c", script]));
        world.run_until_exit(pid);
        assert_eq!(world.coordinator.now(), seconds(11));
        assert_eq!(world.coordinator.statistics().events, 2);
    });
}

#[test]
fn children_that_are_no_part_of_the_world_are_left_alone() {
    isolated(
        "children_that_are_no_part_of_the_world_are_left_alone",
        || {
            let mut other = sleep("600").spawn().unwrap();
            let mut world = World::new();
            world.coordinator.ignore(other.id() as i32);
            let pid = world.start(&mut sleep("5"));
            assert_eq!(world.run_until_exit(pid), 0);
            assert_eq!(world.exits.len(), 1);
            other.kill().unwrap();
            world.settle();
            assert_eq!(other.wait().unwrap().code(), None);
        },
    );
}

#[test]
fn idle_polls_are_left_out_in_step() {
    isolated("idle_polls_are_left_out_in_step", || {
        let Some(mut python) = python() else { return };
        let script = "import subprocess, time
start = time.time()
p = subprocess.Popen(['sleep', '700.05'])
while p.poll() is None: time.sleep(0.1)
print(round(time.time() - start, 3))";
        python.args(["-c", script]);
        let mut run = |coalesce: Option<Coalesce>| {
            let mut world = World::with(Options {
                coalesce,
                ..Options::default()
            });
            let text = world.output_of(&mut python);
            (
                text,
                world.coordinator.now(),
                world.coordinator.statistics(),
            )
        };
        let (text, now, statistics) = run(Some(Coalesce::default()));
        assert_eq!(
            (text.as_str(), now),
            ("700.1\n", Duration::from_millis(700_100))
        );
        assert!(
            statistics.coalesced > 60 && statistics.events < 100,
            "{statistics:?}"
        );
    });
}

/// Looks for a file at every beat, and says how long it took.
const POLL: &str = "import os, sys, time
start = time.time()
while not os.path.exists('done'): time.sleep(float(sys.argv[1]))
print(round(time.time() - start, 3))";

/// Several that wait for the same file, and whose beats lie between each other's.
const POLLS: &str = "import subprocess, sys, time
polls = []
for pause in sys.argv[2:]:
    polls.append(subprocess.Popen([sys.executable, '-c', sys.argv[1], pause]))
    time.sleep(0.06 + 0.001 * len(polls))
subprocess.run(['sleep', '300.05'])
open('done', 'w').close()
for poll in polls: poll.wait()";

#[test]
fn polls_between_each_others_beats_are_left_out() {
    isolated("polls_between_each_others_beats_are_left_out", || {
        let folder = support::Folder::new("polls");
        for pauses in [
            &["0.1", "0.1"][..],
            &["0.1", "0.75"],
            &["0.1", "0.25", "0.1", "2"],
        ] {
            let Some(mut python) = python() else { return };
            python.args(["-c", POLLS, POLL]).args(pauses);
            python.current_dir(folder.path());
            let mut run = |coalesce: Option<Coalesce>| {
                let mut world = World::with(Options {
                    coalesce,
                    ..Options::default()
                });
                let text = world.output_of(&mut python);
                std::fs::remove_file(folder.join("done")).unwrap();
                let events = world.coordinator.statistics().events;
                (text, world.coordinator.now(), events)
            };
            let (text, end, every) = run(None);
            let (late, late_end, few) = run(Some(Coalesce::default()));
            assert_eq!((late, late_end), (text, end), "{pauses:?}");
            assert!(few * 10 < every, "{few} events instead of {every}");
        }
    });
}

#[test]
fn exact_processes_are_never_left_out() {
    isolated("exact_processes_are_never_left_out", || {
        let coalesce = Coalesce {
            exact: vec!["*for i in*".into()],
            ..Coalesce::default()
        };
        let Some(mut python) = python() else { return };
        let mut world = World::with(Options {
            coalesce: Some(coalesce),
            ..Options::default()
        });
        let script = "import time\nfor i in range(50): time.sleep(0.1)";
        let pid = world.start(python.args(["-c", script]));
        world.run_until_exit(pid);
        let statistics = world.coordinator.statistics();
        assert_eq!((statistics.events, statistics.coalesced), (50, 0));
    });
}

#[test]
fn a_world_leaves_nothing_behind() {
    isolated("a_world_leaves_nothing_behind", || {
        let folder = support::Folder::new("behind");
        let options = || Options {
            directory: folder.path().into(),
            ..Options::default()
        };
        let coordinator = Coordinator::new(options()).unwrap();
        let own = coordinator.directory().to_path_buf();
        assert!(own.starts_with(folder.path()) && own.join("memory").exists());
        drop(coordinator);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let nowhere = Options {
            directory: folder.join("none"),
            ..Options::default()
        };
        assert!(Coordinator::new(nowhere).is_err());
    });
}
