use super::*;

/// A job that Codex completed and that is recorded so.
fn done() -> Truth {
    Truth {
        succeeded: true,
        has_result: true,
        ended_before: true,
        somebody_works: Some(false),
        state: "task-done is recorded as completed".into(),
    }
}

fn failed() -> Truth {
    Truth {
        succeeded: false,
        has_result: false,
        state: "task-failed is recorded as failed".into(),
        ..done()
    }
}

fn running(somebody_works: Option<bool>) -> Truth {
    Truth {
        ended_before: false,
        somebody_works,
        state: "task-running is recorded as running".into(),
        ..failed()
    }
}

fn broken(told: Told, heard: Heard, jobs: &[Truth]) -> Option<(&'static str, String)> {
    let jobs = jobs.to_vec();
    Finding { told, heard, jobs }.broken()
}

#[test]
fn what_is_said_of_a_call_must_hold_for_each_of_its_jobs() {
    let (works, dead) = (running(Some(true)), running(Some(false)));
    let cases: &[(Told, &[Truth], Option<&str>)] = &[
        (Told::Done, &[done()], None),
        (Told::Done, &[done(), failed()], Some(DONE)),
        (Told::Done, &[failed(), done()], Some(DONE)),
        (Told::Done, &[done(), works.clone()], Some(DONE)),
        (Told::Done, &[], Some(DONE)),
        (Told::Failed, &[failed(), dead.clone()], None),
        (Told::Failed, &[failed(), done()], Some(FAILED)),
        (Told::Failed, &[], None),
        (Told::Running, std::slice::from_ref(&works), None),
        (Told::Running, &[failed(), works.clone()], None),
        (Told::Running, &[works.clone(), dead.clone()], Some(RUNNING)),
        (Told::Running, &[dead], Some(RUNNING)),
        (Told::Running, &[running(None)], None),
        (Told::Running, &[done(), failed()], Some(RUNNING)),
        (Told::Running, &[], Some(RUNNING)),
        (Told::Unknown, &[failed()], None),
    ];
    for (told, jobs, rule) in cases {
        let found = broken(*told, Heard::Words, jobs);
        assert_eq!(found.map(|(rule, _)| rule), *rule, "{told} of {jobs:?}");
    }
}

#[test]
fn what_is_said_of_one_of_several_jobs_is_held_against_all_records() {
    let told = |told, jobs: &[Truth]| broken(told, Heard::WordsAboutOne, jobs).is_some();
    assert!(told(Told::Done, &[failed(), running(None)]));
    assert!(!told(Told::Done, &[failed(), done()]));
    // Without a record nothing is known, and a failure or a run may be of a call that left none.
    assert!(!told(Told::Done, &[]));
    assert!(!told(Told::Failed, &[done()]));
    assert!(!told(Told::Running, &[failed()]));
}

#[test]
fn silence_about_a_job_is_broken_and_silence_about_nothing_is_not() {
    assert!(broken(Told::Unknown, Heard::Nothing, &[]).is_none());
    let (rule, truth) = broken(Told::Unknown, Heard::Nothing, &[running(Some(true))]).unwrap();
    assert_eq!(rule, SOMETHING);
    assert_eq!(
        truth,
        "Codex completed no turn, somebody works on it; task-running is recorded as running"
    );
}
