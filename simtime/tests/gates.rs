//! Gates in real programs.

mod support;

use simtime::{Action, Gate, Operation, RecordKind, Release, Status, When};
use std::process::Command;
use std::time::Duration;
use support::{Folder, World, has, isolated, python};

fn gate(operation: Operation, when: When, path: &str, action: Action) -> Gate {
    Gate {
        name: "g".into(),
        operation,
        when,
        path: path.into(),
        process: None,
        nth: 1,
        action,
    }
}

#[test]
fn a_file_is_empty_between_its_opening_and_the_write() {
    isolated("a_file_is_empty_between_its_opening_and_the_write", || {
        let folder = Folder::new("open");
        let file = folder.join("state.json");
        let mut world = World::new();
        let hold = gate(
            Operation::OpenWrite,
            When::After,
            "*/state.json",
            Action::Hold,
        );
        world.coordinator.set_gates(&[hold]).unwrap();
        let pid = world.shell(&format!("sleep 1; echo full >{}", file.display()));
        world.run(Some(Duration::from_secs(5)));
        let held = world.coordinator.held();
        assert_eq!(held.len(), 1);
        assert_eq!(held[0].pid, pid);
        assert_eq!(held[0].text, file.to_str().unwrap());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "");
        let other = world.shell("sleep 3; echo meanwhile");
        world.run_until_exit(other);
        assert_eq!(world.output(other), "meanwhile\n");
        world.coordinator.release(held[0].id, Release::Go).unwrap();
        assert_eq!(world.run_until_exit(pid), 0);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "full\n");
        assert!(world.coordinator.release(held[0].id, Release::Go).is_err());
    });
}

#[test]
fn the_nth_match_of_a_named_process_acts_and_all_are_recorded() {
    isolated(
        "the_nth_match_of_a_named_process_acts_and_all_are_recorded",
        || {
            let folder = Folder::new("nth");
            let mut world = World::new();
            let named = Gate {
                process: Some("*marked*".into()),
                nth: 2,
                ..gate(
                    Operation::OpenWrite,
                    When::Before,
                    "*/f?",
                    Action::Fail(libc::EDQUOT),
                )
            };
            let watch = Gate {
                name: "all".into(),
                nth: 0,
                ..gate(Operation::OpenWrite, When::Before, "*/f?", Action::Pass)
            };
            world.coordinator.set_gates(&[named, watch]).unwrap();
            let script = "for i in 1 2 3; do echo x >f$i && echo wrote $i; done 2>/dev/null";
            let other = world.shell(&format!("cd {}; {script}", folder.path().display()));
            world.run_until_exit(other);
            assert_eq!(world.output(other), "wrote 1\nwrote 2\nwrote 3\n");
            let pid = world.shell(&format!(
                ": marked; cd {}; {script}",
                folder.path().display()
            ));
            world.run_until_exit(pid);
            assert_eq!(world.output(pid), "wrote 1\nwrote 3\n");
            let all = world
                .points()
                .iter()
                .filter(|(name, _)| name == "all")
                .count();
            assert_eq!(all, 6);
            assert_eq!(
                world
                    .points()
                    .iter()
                    .filter(|(name, _)| name == "g")
                    .count(),
                3
            );
        },
    );
}

#[test]
fn a_held_process_can_be_killed_or_refused() {
    isolated("a_held_process_can_be_killed_or_refused", || {
        let folder = Folder::new("kill");
        let mut world = World::new();
        let hold = Gate {
            nth: 0,
            ..gate(Operation::Unlink, When::Before, "*/victim", Action::Hold)
        };
        world.coordinator.set_gates(&[hold]).unwrap();
        for (how, expected) in [
            (Release::Kill(libc::SIGKILL), Err(())),
            (Release::Kill(libc::SIGTERM), Err(())),
            (Release::Fail(libc::EPERM), Ok(1)),
            (Release::Go, Ok(0)),
        ] {
            std::fs::write(folder.join("victim"), "").unwrap();
            let pid = world.start(Command::new("rm").arg(folder.join("victim")));
            world.settle();
            let held = world.coordinator.held();
            assert_eq!(held.len(), 1, "{how:?}");
            world.coordinator.release(held[0].id, how).unwrap();
            world.settle();
            let exit = world.exits.iter().find(|exit| exit.pid == pid).unwrap();
            match expected {
                Ok(code) => assert_eq!(exit.status, Status::Exited(code)),
                Err(()) => assert!(matches!(exit.status, Status::Signaled { .. })),
            }
            assert_eq!(folder.join("victim").exists(), how != Release::Go);
        }
        assert!(world.coordinator.held().is_empty());
    });
}

#[test]
fn a_gate_kills_right_there() {
    isolated("a_gate_kills_right_there", || {
        let folder = Folder::new("right-there");
        let mut world = World::new();
        let kill = gate(
            Operation::Rename,
            When::After,
            "*/new",
            Action::Kill(libc::SIGKILL),
        );
        world.coordinator.set_gates(&[kill]).unwrap();
        std::fs::write(folder.join("old"), "").unwrap();
        let pid = world.shell(&format!(
            "cd {} && mv old new; echo $?",
            folder.path().display()
        ));
        world.run_until_exit(pid);
        assert_eq!(world.output(pid), "137\n");
        assert!(folder.join("new").exists());
    });
}

#[test]
fn a_refused_program_gives_the_ordinary_error_in_node() {
    isolated("a_refused_program_gives_the_ordinary_error_in_node", || {
        if !has("node") {
            return;
        }
        let mut world = World::new();
        let refuse = Gate {
            nth: 0,
            ..gate(
                Operation::Exec,
                When::Before,
                "*task-worker*",
                Action::Fail(libc::EAGAIN),
            )
        };
        world.coordinator.set_gates(&[refuse]).unwrap();
        let script = "const c = require('child_process');
            const r = c.spawnSync('sh', ['-c', ':', 'task-worker']);
            console.log(r.error && r.error.code);
            console.log(c.spawnSync('sh', ['-c', ':', 'other']).status);
            c.spawn('sh', ['-c', ':', 'task-worker']).on('error', e => console.log(e.code));";
        let text = world.output_of(Command::new("node").args(["-e", script]));
        assert_eq!(text, "EAGAIN\n0\nEAGAIN\n");
        let refused =
            |kind: &RecordKind| matches!(kind, RecordKind::ExecFailed { refused: true, .. });
        assert_eq!(
            world
                .records
                .iter()
                .filter(|record| refused(&record.kind))
                .count(),
            2
        );
    });
}

#[test]
fn a_refused_program_gives_the_ordinary_error_in_python() {
    isolated(
        "a_refused_program_gives_the_ordinary_error_in_python",
        || {
            let Some(mut python) = python() else { return };
            let mut world = World::new();
            let refuse = Gate {
                nth: 0,
                ..gate(
                    Operation::Exec,
                    When::Before,
                    "*task-worker*",
                    Action::Fail(libc::EAGAIN),
                )
            };
            world.coordinator.set_gates(&[refuse]).unwrap();
            let script = "import subprocess, os
try: subprocess.run(['sh', '-c', ':', 'task-worker'])
except OSError as e: print(e.errno == 11)
try: os.posix_spawnp('sh', ['sh', '-c', ':', 'task-worker'], os.environ)
except OSError as e: print(e.errno == 11)
print(subprocess.run(['sh', '-c', ':', 'other']).returncode)";
            let text = world.output_of(python.args(["-c", script]));
            assert_eq!(text, "True\nTrue\n0\n");
        },
    );
}

#[test]
fn a_program_announces_a_point_by_opening_a_path() {
    isolated("a_program_announces_a_point_by_opening_a_path", || {
        let mut world = World::new();
        let hold = gate(Operation::Message, When::Before, "turn/*", Action::Hold);
        world.coordinator.set_gates(&[hold]).unwrap();
        let script =
            "cat /simtime/point/other 2>&1; cat /simtime/point/turn/start 2>/dev/null; echo $?";
        let pid = world.shell(script);
        world.settle();
        let held = world.coordinator.held();
        assert_eq!(held[0].text, "turn/start");
        world.coordinator.release(held[0].id, Release::Go).unwrap();
        world.run_until_exit(pid);
        assert_eq!(
            world.output(pid),
            "cat: /simtime/point/other: No such file or directory\n1\n"
        );
    });
}

#[test]
fn gates_stand_around_fork_exec_connect_and_write() {
    isolated("gates_stand_around_fork_exec_connect_and_write", || {
        let Some(mut python) = python() else { return };
        let folder = Folder::new("around");
        let mut world = World::new();
        let all = [
            Operation::Fork,
            Operation::Exec,
            Operation::Connect,
            Operation::Write,
        ];
        let patterns = ["*create_server*", "*echo hi", "127.0.0.1:*", "*/file"];
        let mut gates = Vec::new();
        for (operation, path) in all.into_iter().zip(patterns) {
            for when in [When::Before, When::After] {
                let name = format!("{operation:?} {when:?}");
                gates.push(Gate {
                    name,
                    nth: 0,
                    ..gate(operation, when, path, Action::Pass)
                });
            }
        }
        world.coordinator.set_gates(&gates).unwrap();
        let script = "import socket, os, subprocess
s = socket.create_server(('127.0.0.1', 0))
c = socket.create_connection(s.getsockname())
open('file', 'w').write('x')
if os.fork() == 0: os.execv('/bin/echo', ['echo', 'hi'])
os.wait()";
        python.args(["-c", script]).current_dir(folder.path());
        assert_eq!(world.output_of(&mut python), "hi\n");
        let points: Vec<String> = world.points().into_iter().map(|(name, _)| name).collect();
        let mut expected = vec![
            "Connect Before",
            "Connect After",
            "Write Before",
            "Write After",
        ];
        expected.extend(["Fork Before", "Fork After", "Exec Before", "Exec After"]);
        assert_eq!(points.len(), expected.len(), "{points:?}");
        assert!(
            expected
                .iter()
                .all(|name| points.iter().any(|point| point == name))
        );
    });
}

#[test]
fn gates_that_make_no_sense_are_errors() {
    isolated("gates_that_make_no_sense_are_errors", || {
        let mut world = World::new();
        let mut refused = |gate: Gate| {
            world
                .coordinator
                .set_gates(&[gate])
                .unwrap_err()
                .to_string()
        };
        let late = gate(Operation::Write, When::After, "*", Action::Fail(5));
        assert_eq!(
            refused(late),
            "gate \"g\" cannot let an operation fail after it is done"
        );
        let long = gate(
            Operation::Write,
            When::Before,
            &"x".repeat(256),
            Action::Hold,
        );
        assert!(refused(long).contains("more than 255 bytes"));
        let none = gate(Operation::Write, When::Before, "*", Action::Fail(0));
        assert!(refused(none).contains("no error number"));
        let signal = gate(Operation::Write, When::Before, "*", Action::Kill(99));
        assert!(refused(signal).contains("no signal"));
        let many = vec![gate(Operation::Write, When::Before, "*", Action::Hold); 65];
        assert!(world.coordinator.set_gates(&many).is_err());
    });
}
