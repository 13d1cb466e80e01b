//! Every recording of the real Claude Code is built again by the simulated one's pure parts: each
//! hook input and each message of the main thread, whole, after what differs from run to run was
//! replaced.

#![allow(clippy::unwrap_used)]

mod events;
mod messages;
mod retold;

use rescue_harness::claude::profile::Profile;
use rescue_harness::claude::recording::{Normaliser, Recording, lines};
use retold::Retold;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Every recording, with its profile.
fn recordings() -> Vec<(PathBuf, Recording, Profile)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings/claude-code");
    let mut found = Vec::new();
    for version in std::fs::read_dir(folder).unwrap() {
        for file in std::fs::read_dir(version.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let recording = Recording::load(&path).unwrap();
            let profile = Profile::of(&recording.claude_code_version).unwrap();
            found.push((path, recording, profile));
        }
    }
    found.sort_by(|left, right| left.0.cmp(&right.0));
    assert!(found.len() >= 25, "the recordings are there");
    found
}

/// Both in comparable form, as text that a difference is easy to see in.
fn assert_same(built: &Value, recorded: &Value, what: &str) {
    let comparable = |value: &Value| lines(&Normaliser::default().value(value));
    assert_eq!(comparable(built), comparable(recorded), "{what}");
}

#[test]
fn every_hook_input_is_built_whole() {
    let mut compared = 0;
    for (path, recording, profile) in recordings() {
        for session in recording.sessions() {
            let retold = Retold::of(session, &profile);
            for (index, recorded) in session.iter().enumerate() {
                let what = format!("{} event {index}", path.display());
                let built = events::build(recorded, &retold);
                assert_same(&built, recorded, &what);
                let order = |value: &Value| {
                    value
                        .as_object()
                        .unwrap()
                        .keys()
                        .cloned()
                        .collect::<Vec<_>>()
                };
                assert_eq!(
                    order(&built),
                    order(recorded),
                    "{what}: the order of the fields"
                );
                compared += 1;
            }
        }
    }
    assert!(compared > 200, "{compared} inputs were compared");
}

#[test]
fn every_message_of_the_main_thread_is_built_whole() {
    for (path, recording, profile) in recordings() {
        if recording.hook_events.is_empty() {
            continue;
        }
        let sessions = recording.sessions();
        let retold = Retold::of(sessions.last().unwrap(), &profile);
        let built = messages::build(&recording.main_thread_messages, &retold);
        let recorded = Value::Array(recording.main_thread_messages.clone());
        assert_same(&Value::Array(built), &recorded, &path.display().to_string());
    }
}

#[test]
fn the_real_plugin_end_to_end_is_told_what_was_recorded() {
    for (path, recording, profile) in recordings() {
        if recording.case == "plugin-autobg" {
            messages::plugin(&recording, &profile, &path.display().to_string());
        }
    }
}
