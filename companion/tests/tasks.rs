//! Tasks against the fake Codex, from the command line to the records.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{COMPLETE, World};
use serde_json::{Value, json};

fn only_id(world: &World) -> String {
    let rows = world.rows();
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows[0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_good_foreground_task() {
    let world = World::with_turns(json!([[{"say": "All done."}]]));
    let ran = world.run(&["task", "fix", "it"]).good();
    assert_eq!(ran.stdout, format!("All done.\n{COMPLETE}\n"));
    assert_eq!(ran.stderr, "");
    let id = only_id(&world);
    let (row, file) = world.records(&id);
    assert_eq!(
        (&row["status"], &row["phase"], &row["pid"]),
        (&json!("completed"), &json!("done"), &Value::Null)
    );
    assert_eq!(row["summary"], "All done.");
    assert_eq!(file["rendered"], ran.stdout);
    assert_eq!(file["result"]["rawOutput"], "All done.");
    assert_eq!(file["request"]["prompt"], "fix it");
    let result = world.run(&["result"]).good().stdout;
    let thread = row["threadId"].as_str().unwrap();
    let footer = format!("Codex session ID: {thread}\nResume in Codex: codex resume {thread}\n");
    assert_eq!(result, format!("All done.\n\n{footer}"));
    world.assert_no_process_left();
}

#[test]
fn a_background_task_is_waited_for() {
    let world = World::with_turns(json!([[{"say": "All done."}]]));
    let ran = world.run(&["task", "--background", "fix it"]).good();
    let id = only_id(&world);
    assert!(
        ran.stdout
            .starts_with(&format!("[[codex-task status=dispatched id={id}]]\n"))
    );
    let status = world
        .run(&["status", &id, "--wait", "--timeout-ms", "60000", "--json"])
        .good();
    let status = status.json();
    assert_eq!(status["job"]["status"], "completed");
    assert_eq!(
        (&status["waitTimedOut"], &status["workerExited"]),
        (&json!(false), &json!(false))
    );
    world.assert_no_process_left();
}

#[test]
fn a_failed_turn_keeps_its_text_and_gets_no_sentinel() {
    let world = World::with_turns(json!([[{"say": "Partial."}, {"fail": "model overloaded"}]]));
    let ran = world.run(&["task", "fix it"]);
    assert_eq!(ran.code, Some(1));
    assert_eq!(ran.stdout, "Partial.\n");
    assert!(ran.stderr.contains("model overloaded"), "{}", ran.stderr);
    let (row, file) = world.records(&only_id(&world));
    assert_eq!(row["status"], "failed");
    assert!(
        row["errorMessage"]
            .as_str()
            .unwrap()
            .contains("model overloaded")
    );
    assert_eq!(file["result"]["status"], 1);
    world.assert_no_process_left();
}

#[test]
fn a_completed_turn_without_an_answer_is_incomplete() {
    for turn in [
        json!([{"say": {"text": "Looking.", "phase": "commentary"}}, "succeed"]),
        json!(["succeed"]),
    ] {
        let world = World::with_turns(json!([turn]));
        let ran = world.run(&["task", "fix it"]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(!ran.stdout.contains(COMPLETE));
        let (row, _) = world.records(&only_id(&world));
        assert_eq!(row["status"], "failed");
        assert!(
            row["errorMessage"]
                .as_str()
                .unwrap()
                .contains("without a final answer")
        );
    }
}

#[test]
fn the_death_of_codex_fails_the_job_at_once() {
    for (end, reason) in [
        (json!({"code": 3}), "exit 3"),
        (json!({"signal": "KILL"}), "signal SIGKILL"),
    ] {
        let world = World::with_turns(json!([[{"stderr": "thread panicked"}, {"crash": end}]]));
        let ran = world.run(&["task", "fix it"]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.stdout.contains(reason), "{ran:?}");
        assert!(ran.stdout.contains("thread panicked"), "{ran:?}");
        assert_eq!(world.records(&only_id(&world)).0["status"], "failed");
        world.assert_no_process_left();
    }
}

#[test]
fn a_turn_that_hangs_is_interrupted_and_cancelled() {
    let world = World::with_turns(json!([["hang"]]));
    let id = world.dispatch("fix it");
    world.until(&id, |row| row["turnId"].is_string());
    let reply = world.run(&["cancel", "--json"]).good().json();
    assert_eq!(reply["status"], "cancelled");
    assert_eq!(
        (&reply["turnInterruptAttempted"], &reply["turnInterrupted"]),
        (&json!(true), &json!(true))
    );
    assert!(world.received().contains(&"turn/interrupt".to_owned()));
    let (row, file) = world.records(&id);
    assert_eq!(
        (&row["status"], &row["phase"], &row["pid"]),
        (&json!("cancelled"), &json!("cancelled"), &Value::Null)
    );
    assert_eq!(row["completedAt"], row["updatedAt"]);
    assert_eq!(file["cancelledAt"], row["completedAt"]);
    assert_eq!(world.run(&["cancel", &id]).code, Some(1));
    world.assert_no_process_left();
}

#[test]
fn a_task_that_may_write_is_told_its_boundary() {
    let world = World::with_turns(json!([["succeed"]]));
    world.run(&["task", "--write", "fix it"]);
    let events = std::fs::read_to_string(world.path("events.jsonl")).unwrap();
    let start = events
        .lines()
        .find(|line| line.contains("\"turn/start\""))
        .unwrap();
    let start: Value = serde_json::from_str(start).unwrap();
    let input = start["message"]["params"]["input"].as_array().unwrap();
    assert_eq!(input.len(), 2);
    assert!(
        input[0]["text"]
            .as_str()
            .unwrap()
            .contains(&world.workspace().display().to_string())
    );
    assert_eq!(input[1]["text"], "fix it");
    let (row, _) = world.records(&only_id(&world));
    assert_eq!(row["request"]["prompt"], "fix it");
}

#[test]
fn a_thread_is_continued() {
    let world = World::with_turns(json!([[{"say": "One."}], [{"say": "Two."}]]));
    world.run(&["task", "begin"]).good();
    let candidate = world
        .run(&["task-resume-candidate", "--json"])
        .good()
        .json();
    assert_eq!(candidate["available"], true);
    let ran = world.run(&["task", "--resume-last"]).good();
    assert_eq!(ran.stdout, format!("Two.\n{COMPLETE}\n"));
    let rows = world.rows();
    assert_eq!(rows[0]["threadId"], rows[1]["threadId"]);
    assert_eq!(rows[0]["title"], "Codex Resume");
    let thread = rows[0]["threadId"].as_str().unwrap();
    world
        .run(&["task", "--resume-thread", thread, "more"])
        .good();
    assert_eq!(world.rows()[0]["threadId"], thread);
}

#[test]
fn nothing_is_recorded_when_nothing_can_start() {
    let world = World::with_turns(json!([]));
    std::fs::remove_file(world.path("bin/codex")).unwrap();
    let mut command = world.companion(&["task", "fix it"]);
    let output = command.env("PATH", world.path("bin")).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("npm install -g @openai/codex"));
    assert!(world.rows().is_empty());
}
