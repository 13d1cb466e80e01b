//! Reviews against the fake Codex.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::World;
use serde_json::json;

#[test]
fn the_built_in_reviewer_is_asked() {
    let world = World::new(json!({}));
    std::fs::write(world.workspace().join("new.txt"), "x\n").unwrap();
    let ran = world.run(&["review"]).good();
    assert!(
        ran.stdout
            .starts_with("# Codex Review\n\nTarget: working tree diff\n\n"),
        "{ran:?}"
    );
    assert!(!ran.stdout.contains("[[codex-task"));
    assert!(world.received().contains(&"review/start".to_owned()));
    let row = &world.rows()[0];
    assert_eq!(
        (&row["kind"], &row["jobClass"], &row["status"]),
        (&json!("review"), &json!("review"), &json!("completed"))
    );
    let reply = world.run(&["review", "--json"]).good().json();
    assert_eq!(reply["review"], "Review");
    assert_eq!(reply["target"]["mode"], "working-tree");
    assert_eq!(reply["codex"]["status"], 0);
    let refused = world.run(&["review", "look", "at", "races"]);
    assert_eq!(refused.code, Some(1));
    assert!(
        refused
            .stderr
            .contains("/codex:adversarial-review look at races")
    );
    world.assert_no_process_left();
}

#[test]
fn an_adversarial_review_is_a_turn_with_a_schema() {
    let verdict =
        r#"{"verdict":"needs-attention","summary":"No.","findings":[],"next_steps":["Fix it"]}"#;
    let world = World::with_turns(
        json!([[{"say": verdict}], [{"say": "Looks good to me."}], [{"say": verdict}, {"fail": "boom"}]]),
    );
    std::fs::write(world.workspace().join("new.txt"), "the change\n").unwrap();
    let ran = world.run(&["adversarial-review", "races"]).good();
    assert!(
        ran.stdout.contains("Verdict: needs-attention\n\nNo.\n"),
        "{ran:?}"
    );
    let events = std::fs::read_to_string(world.path("events.jsonl")).unwrap();
    let start = events
        .lines()
        .find(|line| line.contains("\"turn/start\""))
        .unwrap();
    assert!(
        start.contains("the change") && start.contains("races") && start.contains("outputSchema")
    );
    let prose = world.run(&["adversarial-review"]).good();
    assert!(
        prose.stdout.contains("no verdict that can be used"),
        "{prose:?}"
    );
    let failed = world.run(&["adversarial-review", "--json"]);
    assert_eq!(failed.code, Some(1));
    assert_eq!(failed.json()["result"], serde_json::Value::Null);
    assert_eq!(failed.json()["parseError"], "boom");
}
