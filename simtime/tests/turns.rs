//! Threads of one moment take turns, and programs whose answer is known.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use simtime::{Action, Answer, Gate, Operation, Options, RecordKind, When};
use std::path::PathBuf;
use std::process::Command;
use support::{Folder, World, isolated};

/// Five children at once, each of which would be switched away in the middle.
const CROWD: &str = "for i in 1 2 3 4 5; do
    (n=0; while [ $n -lt 300 ]; do n=$((n+1)); echo $i.$n >>log; done) &
done; wait";

#[test]
fn children_of_one_moment_go_on_in_order_of_birth() {
    isolated("children_of_one_moment_go_on_in_order_of_birth", || {
        let folder = Folder::new("crowd");
        let mut world = World::new();
        let pid = world.start(
            Command::new("sh")
                .args(["-c", CROWD])
                .current_dir(folder.path()),
        );
        assert_eq!(world.run_until_exit(pid), 0);
        let log = std::fs::read_to_string(folder.join("log")).unwrap();
        let all = (1..=5).flat_map(|i| (1..=300).map(move |n| format!("{i}.{n}\n")));
        assert_eq!(log, all.collect::<String>());
        assert!(world.coordinator.statistics().turns >= 5);
    });
}

#[test]
fn without_turns_nobody_queues() {
    isolated("without_turns_nobody_queues", || {
        let folder = Folder::new("race");
        let mut world = World::with(Options {
            turns: false,
            ..Options::default()
        });
        let mut command = Command::new("sh");
        let pid = world.start(command.args(["-c", CROWD]).current_dir(folder.path()));
        assert_eq!(world.run_until_exit(pid), 0);
        let log = std::fs::read_to_string(folder.join("log")).unwrap();
        assert_eq!(log.lines().count(), 1500);
        assert_eq!(world.coordinator.statistics().turns, 0);
    });
}

#[test]
fn whoever_waits_unseen_for_another_gives_up_the_turn() {
    isolated("whoever_waits_unseen_for_another_gives_up_the_turn", || {
        let folder = Folder::new("unseen");
        std::fs::write(folder.join("lock"), "").unwrap();
        // The parent waits in `flock` for a lock that its child holds and gives up later.
        let script = "exec 9<lock; (flock 8; sleep 2; echo child) 8<lock &
                sleep 1; flock 9; echo parent; wait";
        let mut world = World::new();
        let pid = world.capture(
            Command::new("sh")
                .args(["-c", script])
                .current_dir(folder.path()),
        );
        assert_eq!(world.run_until_exit(pid), 0);
        assert_eq!(world.output(pid), "child\nparent\n");
        assert_eq!(world.coordinator.now().as_secs(), 2);
    });
}

/// A program that says "real", and the answer "known" in its place.
fn known(folder: &Folder) -> Answer {
    let program = folder.join("bin/tool");
    std::fs::create_dir_all(folder.join("bin")).unwrap();
    if !program.exists() {
        let text = "#!/bin/sh\necho real\n";
        std::fs::write(&program, text).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&program, mode).unwrap();
    }
    let depends = folder.join("depends");
    std::fs::write(&depends, "as it was").unwrap();
    Answer {
        program: program.clone(),
        executable: program,
        arguments: vec!["tool".into(), "what".into()],
        folder: std::fs::canonicalize(folder.path()).unwrap(),
        variables: vec![
            format!("PATH={}", folder.join("bin").display()),
            "SURE=1".into(),
        ],
        prefixes: vec!["PATH=".into(), "TOOL_".into()],
        files: vec![depends, folder.join("bin"), folder.join("absent")],
        output: b"known\n".to_vec(),
    }
}

/// What a shell script gets from the tool, and the programs that the records name.
fn ask(folder: &Folder, script: &str, gates: &[Gate]) -> (String, Vec<String>) {
    let answer = known(folder);
    let mut world = World::with(Options {
        answers: vec![answer.clone()],
        ..Options::default()
    });
    world.coordinator.set_gates(gates).unwrap();
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", script])
        .env_clear()
        .env("PATH", folder.join("bin"))
        .env("SURE", "1")
        .current_dir(folder.path());
    let pid = world.capture(&mut command);
    world.run_until_exit(pid);
    let started = world
        .records
        .iter()
        .filter_map(|record| match &record.kind {
            RecordKind::Started { arguments, .. } => Some(arguments.clone()),
            _ => None,
        });
    let started = started.collect();
    (world.output(pid), started)
}

#[test]
fn a_known_answer_is_given_in_the_programs_place() {
    isolated("a_known_answer_is_given_in_the_programs_place", || {
        let folder = Folder::new("answer");
        let (text, started) = ask(
            &folder,
            "tool what; echo $?; /bin/sh -c 'exec tool what'",
            &[],
        );
        assert_eq!(text, "known\n0\nknown\n");
        let expected = ["/bin/sh -c", "tool what", "/bin/sh -c", "tool what"];
        assert_eq!(started.len(), expected.len(), "{started:?}");
        for (started, expected) in started.iter().zip(expected) {
            assert!(started.starts_with(expected), "{started:?}");
        }
    });
}

#[test]
fn gates_that_the_program_does_not_meet_do_not_make_it_run() {
    isolated(
        "gates_that_the_program_does_not_meet_do_not_make_it_run",
        || {
            let folder = Folder::new("gates");
            let gates = [
                gate(Operation::Exec, When::After, "*task-worker*", None),
                gate(Operation::Exec, When::After, "tool*", Some("node *")),
                gate(Operation::Write, When::After, "*/state.json", None),
                gate(Operation::Write, When::Before, "*", Some("node *")),
                gate(Operation::Unlink, When::Before, "*", None),
            ];
            let (text, _) = ask(&folder, "tool what", &gates);
            assert_eq!(text, "known\n");
        },
    );
}

macro_rules! the_program_runs {
    ($($name:ident: $script:expr, $gates:expr;)*) => {$(
        #[test]
        fn $name() {
            isolated(stringify!($name), || {
                let folder = Folder::new(stringify!($name));
                let (text, _) = ask(&folder, $script, &$gates);
                assert_eq!(text, "real\n");
            });
        }
    )*};
}

/// A gate that lets everything pass.
fn gate(operation: Operation, when: When, path: &str, process: Option<&str>) -> Gate {
    Gate {
        name: "gate".into(),
        operation,
        when,
        path: path.into(),
        process: process.map(String::from),
        nth: 0,
        action: Action::Pass,
    }
}

the_program_runs! {
    it_runs_with_other_arguments: "tool what else", [];
    it_runs_with_fewer_arguments: "tool", [];
    it_runs_elsewhere: "cd bin; tool what", [];
    it_runs_when_a_file_was_touched: "echo new >depends; tool what", [];
    it_runs_when_a_file_has_appeared: "echo new >absent; tool what", [];
    it_runs_with_another_variable: "TOOL_HINT=1 tool what", [];
    it_runs_with_another_value: "SURE=0 tool what", [];
    it_runs_when_a_gate_watches_its_start: "tool what",
        [gate(Operation::Exec, When::After, "tool w*", None)];
    it_runs_when_a_gate_watches_its_executable: "tool what",
        [gate(Operation::Exec, When::After, "*/bin/tool", Some("tool *"))];
    it_runs_when_a_gate_watches_its_output: "tool what",
        [gate(Operation::Write, When::Before, "pipe:*", None)];
    it_runs_under_another_path: "ln -s tool bin/other 2>/dev/null || /bin/ln -s tool bin/other; \
        exec bin/other what", [];
}

#[test]
fn an_answer_that_cannot_be_written_comes_from_the_program() {
    isolated(
        "an_answer_that_cannot_be_written_comes_from_the_program",
        || {
            let folder = Folder::new("unwritten");
            let (text, _) = ask(&folder, "tool what >&- 2>&-; echo $?", &[]);
            assert_ne!(text, "0\n");
        },
    );
}

#[test]
fn answers_that_are_too_long_are_an_error() {
    isolated("answers_that_are_too_long_are_an_error", || {
        let folder = Folder::new("long");
        let make = |length: usize, count: usize| {
            let mut answer = known(&folder);
            answer.output = vec![b'x'; length];
            let options = Options {
                answers: vec![answer; count],
                ..Options::default()
            };
            simtime::Coordinator::new(options).map(drop)
        };
        assert!(make(4097, 1).unwrap_err().to_string().contains("4096"));
        assert!(make(4096, 9).unwrap_err().to_string().contains("full"));
        assert!(make(4096, 1).is_ok());
        let _: PathBuf = folder.join("bin");
    });
}

#[test]
fn a_file_lock_goes_to_the_oldest_and_not_to_the_quickest() {
    isolated(
        "a_file_lock_goes_to_the_oldest_and_not_to_the_quickest",
        || {
            let folder = Folder::new("lock");
            std::fs::write(folder.join("lock"), "").unwrap();
            // Each takes the lock over and over; the first holds it while the others come.
            let script = "for i in 1 2 3; do
            (for n in 1 2 3 4; do flock lock sh -c \"sleep 1; echo $i.$n >>log\"; done) &
        done; wait";
            let mut world = World::new();
            let mut command = Command::new("sh");
            let pid = world.start(command.args(["-c", script]).current_dir(folder.path()));
            assert_eq!(world.run_until_exit(pid), 0);
            let log = std::fs::read_to_string(folder.join("log")).unwrap();
            let all = (1..=3).flat_map(|i| (1..=4).map(move |n| format!("{i}.{n}\n")));
            // Whoever sets the lock free comes back to it while the others still queue.
            assert_eq!(log.lines().count(), 12);
            assert_eq!(log, all.collect::<String>());
            assert_eq!(world.coordinator.now().as_secs(), 12);
        },
    );
}
