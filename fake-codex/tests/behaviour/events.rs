//! What the fake records.

use serde_json::json;

use crate::client::World;

#[test]
fn the_start_tells_arguments_and_environment() {
    let world = World::new("");
    world.command(&["--version"]).output().unwrap();
    let start = &world.events_of("start")[0];
    assert_eq!(start["args"], json!(["--version"]));
    let home = world.path("home").display().to_string();
    assert_eq!(start["environment"]["CODEX_HOME"], home);
    assert_eq!(world.events_of("exit")[0]["code"], 0);
}

#[test]
fn every_message_is_recorded_in_order() {
    let world = World::new("");
    let (mut client, thread) = world.thread();
    client.whole_turn(&thread, "x");
    client.send("{broken");
    client.finish();
    let events = world.events();
    let sequence: Vec<u64> = events
        .iter()
        .map(|event| event["seq"].as_u64().unwrap())
        .collect();
    assert!(sequence.is_sorted());
    let told: Vec<String> = events
        .iter()
        .filter(|event| event["kind"] == "received" || event["kind"] == "sent")
        .map(|event| {
            format!(
                "{} {}",
                event["kind"].as_str().unwrap(),
                event["method"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(told[0], "received initialize");
    assert_eq!(told[1], "sent initialize");
    assert!(told.contains(&"received initialized".to_owned()));
    assert!(told.contains(&"sent turn/completed".to_owned()));
    let received = &world.events_of("received");
    let turn = received
        .iter()
        .find(|event| event["method"] == "turn/start")
        .unwrap();
    assert_eq!(turn["message"]["params"]["input"][0]["text"], "x");
    assert_eq!(received.last().unwrap()["malformed"], "{broken");
    assert_eq!(events.last().unwrap()["because"], "end of input");
}
