use super::*;
use crate::state::Store;
use serde_json::json;

struct Place {
    _folder: tempfile::TempDir,
    store: Store,
}

fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path().join("state"), folder.path().to_path_buf());
    Place {
        _folder: folder,
        store,
    }
}

fn new_job(id: &str) -> Job {
    Job::from_value(json!({"id": id, "jobClass": "task", "pid": null})).unwrap()
}

fn worker() -> Identity {
    Identity {
        pid: 41,
        start: Some(7),
    }
}

fn change<T>(place: &Place, edit: impl FnOnce(&mut Transaction) -> T) -> T {
    let mut change = place.store.begin().unwrap();
    let result = edit(&mut change);
    change.commit().unwrap();
    result
}

fn queued(place: &Place, id: &str) {
    change(place, |change| queue(change, new_job(id), worker()));
}

fn both(place: &Place, id: &str) -> (Job, Job) {
    let row = place.store.read().unwrap().job(id).cloned().unwrap();
    (row, place.store.read_job(id).unwrap())
}

#[test]
fn a_good_life_leaves_clean_records() {
    let place = place();
    queued(&place, "a");
    change(&place, |change| launched(change, "a", worker())).unwrap();
    change(&place, |change| claim(change, "a", worker())).unwrap();
    change(&place, |change| {
        progress(change, "a", &[("phase", "running".into())])
    })
    .unwrap();
    let outcome = Outcome {
        completed: true,
        thread: Some("t".into()),
        turn: Some("u".into()),
        summary: Some("short".into()),
        result: Some(json!({"status": 0})),
        rendered: Some("text".into()),
        error: None,
    };
    change(&place, |change| finish(change, "a", outcome)).unwrap();
    let (row, file) = both(&place, "a");
    let names: Vec<_> = row.fields().keys().map(String::as_str).collect();
    let order =
        "id jobClass pid status phase updatedAt startedAt threadId turnId completedAt summary";
    assert_eq!(names.join(" "), order);
    assert_eq!(row.get("pid"), Some(&Value::Null));
    assert_eq!(row.text("phase"), Some("done"));
    assert_eq!(file.text("rendered"), Some("text"));
    assert_eq!(row.get("rendered"), None);
}

#[test]
fn an_ended_job_changes_no_more() {
    let place = place();
    queued(&place, "a");
    change(&place, |change| cancel(change, "a", "stop")).unwrap();
    let before = both(&place, "a");
    let ended = Refused::Ended(Status::Cancelled);
    change(&place, |change| {
        assert_eq!(launched(change, "a", worker()), Err(ended));
        let ended = || Refused::Ended(Status::Cancelled);
        assert_eq!(claim(change, "a", worker()), Err(ended()));
        assert_eq!(progress(change, "a", &[]), Err(ended()));
        assert_eq!(finish(change, "a", Outcome::default()), Err(ended()));
        assert_eq!(fail(change, "a", "x"), Err(ended()));
        assert_eq!(cancel(change, "a", "x"), Err(ended()));
        assert_eq!(request_cancel(change, "a", "stop"), Err(ended()));
    });
    assert_eq!(both(&place, "a"), before);
}

#[test]
fn nobody_starts_a_job_that_is_being_cancelled() {
    let place = place();
    queued(&place, "a");
    change(&place, |change| request_cancel(change, "a", "stop")).unwrap();
    change(&place, |change| {
        assert_eq!(may_launch(change, "a"), Err(Refused::Cancelling));
        assert_eq!(claim(change, "a", worker()), Err(Refused::Cancelling));
    });
    change(&place, |change| cancel(change, "a", "stop")).unwrap();
    let (row, file) = both(&place, "a");
    assert_eq!(row.get("cancelRequestedAt"), None);
    assert_eq!(row.get("completedAt"), row.get("updatedAt"));
    assert_eq!(file.get("cancelledAt"), row.get("completedAt"));
}

#[test]
fn only_one_worker_claims() {
    let place = place();
    queued(&place, "a");
    change(&place, |change| claim(change, "a", worker())).unwrap();
    assert_eq!(
        change(&place, |change| claim(change, "a", worker())),
        Err(Refused::Claimed)
    );
}

#[test]
fn a_missing_or_unknown_job_is_refused() {
    let place = place();
    let missing = Refused::Missing("a".into());
    assert_eq!(
        change(&place, |change| fail(change, "a", "x")),
        Err(missing)
    );
    let odd = Job::from_value(json!({"id": "b", "status": "paused"})).unwrap();
    change(&place, |change| change.put_row(odd));
    assert_eq!(
        change(&place, |change| fail(change, "b", "x")),
        Err(Refused::Unknown)
    );
}

#[test]
fn a_crash_between_file_and_row_is_repaired() {
    let place = place();
    queued(&place, "a");
    change(&place, |change| claim(change, "a", worker())).unwrap();
    let (row, mut file) = both(&place, "a");
    file.set("status", "completed");
    file.set("phase", "done");
    file.set("result", json!({"status": 0}));
    change(&place, |change| change.put_file(file));
    assert_eq!(
        change(&place, |change| fail(change, "a", "x")),
        Err(Refused::Ended(Status::Completed))
    );
    assert!(change(&place, |change| agree(change, "a")));
    let (repaired, _) = both(&place, "a");
    assert_eq!(repaired.status(), Some(Status::Completed));
    assert_eq!(repaired.get("result"), None);
    assert_eq!(repaired.get("pidStartTime"), None);
    assert_ne!(row.status(), repaired.status());
}
