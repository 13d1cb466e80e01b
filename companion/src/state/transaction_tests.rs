use super::*;
use serde_json::json;
use std::path::Path;

fn store(place: &Path) -> Store {
    Store::at(place.join("state"), place.to_path_buf())
}

fn job(id: &str, status: &str, updated: &str) -> Job {
    Job::from_value(json!({"id": id, "status": status, "updatedAt": updated})).unwrap()
}

#[test]
fn nothing_changes_without_commit() {
    let place = tempfile::tempdir().unwrap();
    let store = store(place.path());
    let mut change = store.begin().unwrap();
    change.put_row(job("a", "queued", "1"));
    drop(change);
    assert_eq!(store.read().unwrap(), State::default());
}

#[test]
fn active_jobs_are_never_pruned() {
    let place = tempfile::tempdir().unwrap();
    let store = store(place.path());
    let mut change = store.begin().unwrap();
    change.put_row(job("oldest-but-running", "running", "0000"));
    for number in 0..60 {
        let finished = job(
            &format!("j{number}"),
            "completed",
            &format!("{:04}", number + 1),
        );
        change.put_file(finished.clone());
        change.put_row(finished);
    }
    change.commit().unwrap();
    let state = store.read().unwrap();
    assert_eq!(state.jobs.len(), JOBS_KEPT + 1);
    assert!(state.job("oldest-but-running").is_some());
    assert!(state.job("j9").is_none());
    assert!(!store.job_file("j9").exists());
    assert!(store.job_file("j10").exists());
}

#[test]
fn an_unreadable_state_is_moved_aside_and_rebuilt() {
    let place = tempfile::tempdir().unwrap();
    let store = store(place.path());
    let mut change = store.begin().unwrap();
    let mut record = job("a", "completed", "2");
    record.set("rendered", "text");
    change.put_file(record);
    change.put_row(job("a", "completed", "2"));
    change.commit().unwrap();
    fs::write(store.state_file(), "{\"version\":1,\"jo").unwrap();

    assert_eq!(store.read().unwrap().jobs, [job("a", "completed", "2")]);
    assert!(store.state_file().exists(), "a reader moves nothing");
    store.begin().unwrap().commit().unwrap();
    assert_eq!(store.read().unwrap().jobs, [job("a", "completed", "2")]);
    let kept = fs::read_dir(store.folder())
        .unwrap()
        .filter(|entry| {
            entry
                .as_ref()
                .unwrap()
                .file_name()
                .to_string_lossy()
                .contains("unreadable")
        })
        .count();
    assert_eq!(kept, 1);
}

#[test]
fn a_newer_schema_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let store = store(place.path());
    fs::create_dir_all(store.folder()).unwrap();
    fs::write(store.state_file(), "{\"version\":2,\"jobs\":[]}").unwrap();
    assert!(matches!(
        store.begin(),
        Err(StoreError::Newer { version: 2, .. })
    ));
}

#[test]
fn a_second_holder_waits_its_turn() {
    let place = tempfile::tempdir().unwrap();
    let store = store(place.path());
    let held = store.begin().unwrap();
    assert!(store.try_begin().unwrap().is_none());
    held.commit().unwrap();
    // Waited for: a child that another test is starting holds a copy of the lock until its exec.
    store.begin().unwrap();
}

#[test]
fn records_with_half_a_character_are_read() {
    let place = tempfile::tempdir().unwrap();
    let store = store(place.path());
    fs::create_dir_all(store.jobs_folder()).unwrap();
    let record = r#"{"id":"a","status":"completed","summary":"cut \ud83d..."}"#;
    fs::write(store.job_file("a"), record).unwrap();
    let state = format!(r#"{{"version":1,"jobs":[{record}]}}"#);
    fs::write(store.state_file(), state).unwrap();
    let read = store.begin().unwrap().state.jobs;
    assert_eq!(read[0].text("summary"), Some("cut \u{fffd}..."));
    assert_eq!(store.read_job("a").unwrap().id(), "a");
}

#[test]
fn a_row_that_was_overwritten_comes_back() {
    let place = tempfile::tempdir().unwrap();
    let store = store(place.path());
    let mut change = store.begin().unwrap();
    for id in ["a", "b"] {
        change.put_file(job(id, "completed", "1"));
        change.put_row(job(id, "completed", "1"));
    }
    change.make_durable();
    change.commit().unwrap();
    let older = r#"{"version":1,"jobs":[{"id":"b","status":"completed","updatedAt":"1"}]}"#;
    fs::write(store.state_file(), older).unwrap();
    assert!(store.begin().unwrap().state.job("a").is_some());
}
