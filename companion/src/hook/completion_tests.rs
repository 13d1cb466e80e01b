use super::*;
use serde_json::json;

const COMPLETE_TEXT: &str = "Handled the requested task.\n[[codex-task status=complete]]\n";
const PLAIN: &str = "Handled the requested task.\n";
const BACKGROUND: &str = "Command running in background with ID: bash-123. Output is being written to: /t/x.log. You will be notified when it completes.";

fn job(id: &str, status: &str) -> Job {
    let record = json!({"id": id, "status": status, "jobClass": "task", "completedAt": id});
    Job::from_value(record).unwrap()
}

/// Records without the time of the call.
fn session(jobs: &[Job]) -> Evidence {
    Evidence::for_tests(jobs, None)
}

/// Records of jobs that the call created.
fn call(jobs: &[Job]) -> Evidence {
    Evidence::for_tests(jobs, Some(jobs))
}

/// Records of jobs that were there before the call.
fn before(jobs: &[Job]) -> Evidence {
    Evidence::for_tests(jobs, Some(&[]))
}

#[test]
fn nothing_on_record() {
    let none = session(&[]);
    for status in [
        "",
        "completed",
        "success",
        "interrupted",
        "killed",
        "queued",
    ] {
        assert_eq!(
            after_return(status, PLAIN, &none),
            Verdict::Neutral,
            "{status}"
        );
        assert_eq!(
            after_return(status, " \n", &none),
            Verdict::Failure,
            "{status}"
        );
        assert_eq!(
            after_return(status, COMPLETE_TEXT, &none),
            Verdict::Failure,
            "{status}"
        );
        let background = Verdict::Background(Some("/t/x.log"));
        assert_eq!(
            after_return(status, BACKGROUND, &none),
            background,
            "{status}"
        );
        let paraphrase = "Codex is running in the background.";
        assert_eq!(
            after_return(status, paraphrase, &none),
            Verdict::Neutral,
            "{status}"
        );
    }
    assert_eq!(
        after_return("completed", BACKGROUND, &before(&[])),
        Verdict::Failure
    );
    let dispatched = sentinel::dispatched("task-x");
    assert_eq!(
        after_return("completed", &dispatched, &none),
        Verdict::Failure
    );
    assert_eq!(after_failure(&none), Verdict::Failure);
}

#[test]
fn a_failed_call_vouches_for_nothing() {
    let completed = session(&[job("a", "completed")]);
    let unrelated = session(&[job("a", "running")]);
    for status in FAILED {
        for text in [
            PLAIN,
            "",
            COMPLETE_TEXT,
            BACKGROUND,
            "[[codex-task status=dispatched id=a]]",
        ] {
            assert_eq!(after_return(status, text, &completed), Verdict::Failure);
            assert_eq!(after_return(status, text, &unrelated), Verdict::Failure);
        }
    }
    let own = call(&[job("a", "running")]);
    assert_eq!(after_return("failed", PLAIN, &own), Verdict::Running("a"));
    assert_eq!(after_failure(&own), Verdict::Running("a"));
}

#[test]
fn an_unrelated_active_job_changes_nothing() {
    let unrelated = before(&[job("a", "running")]);
    for evidence in [&session(&[job("a", "running")]), &unrelated] {
        assert_eq!(after_return("completed", PLAIN, evidence), Verdict::Neutral);
        assert_eq!(after_return("completed", "", evidence), Verdict::Failure);
        let background = Verdict::Background(Some("/t/x.log"));
        assert_eq!(after_return("completed", BACKGROUND, evidence), background);
        let paraphrase = "Codex is running in background (ID task-1).";
        assert_eq!(
            after_return("completed", paraphrase, evidence),
            Verdict::Running("a")
        );
    }
}

#[test]
fn a_complete_sentinel_needs_a_completed_job() {
    let evidence = session(&[job("1", "completed")]);
    assert_eq!(
        after_return("completed", COMPLETE_TEXT, &evidence),
        Verdict::Complete
    );
    let newer_failed = session(&[job("2", "failed"), job("1", "completed")]);
    assert_eq!(
        after_return("completed", COMPLETE_TEXT, &newer_failed),
        Verdict::Failure
    );
    let before_the_call = before(&[job("1", "completed")]);
    assert_eq!(
        after_return("completed", COMPLETE_TEXT, &before_the_call),
        Verdict::Failure
    );
    let own_failed = call(&[job("1", "failed")]);
    assert_eq!(
        after_return("completed", COMPLETE_TEXT, &own_failed),
        Verdict::Failure
    );
    let own_running = call(&[job("1", "running")]);
    assert_eq!(
        after_return("completed", COMPLETE_TEXT, &own_running),
        Verdict::Running("1")
    );
    let mixed = call(&[job("2", "completed"), job("1", "failed")]);
    assert_eq!(
        after_return("completed", COMPLETE_TEXT, &mixed),
        Verdict::Finished("2")
    );
}

#[test]
fn a_dispatched_sentinel_is_treated_by_the_state_of_its_job() {
    let other = job("other", "running");
    let text = sentinel::dispatched("mine");
    for (status, expected) in [
        ("queued", Verdict::Running("mine")),
        ("running", Verdict::Running("mine")),
        ("completed", Verdict::Finished("mine")),
        ("cancelled", Verdict::Cancelled("mine")),
        ("failed", Verdict::Failure),
    ] {
        let evidence = session(&[other.clone(), job("mine", status)]);
        assert_eq!(
            after_return("completed", &text, &evidence),
            expected,
            "{status}"
        );
    }
    assert_eq!(
        after_return("completed", &text, &session(&[other])),
        Verdict::Failure
    );
}

#[test]
fn a_dispatched_sentinel_of_another_job_is_a_quotation_beside_an_own_job() {
    let evidence = |own: &str, other: &str| {
        let own = job("own", own);
        Evidence::for_tests(&[own.clone(), job("other", other)], Some(&[own]))
    };
    for named in ["other", "phantom"] {
        let text = sentinel::dispatched(named);
        for other in ["running", "completed", "failed", "cancelled"] {
            let after = |own| {
                let evidence = evidence(own, other);
                format!("{:?}", after_return("completed", &text, &evidence))
            };
            assert_eq!(after("failed"), "Failure", "{named} {other}");
            assert_eq!(after("completed"), "Finished(\"own\")", "{named} {other}");
            assert_eq!(after("cancelled"), "Cancelled(\"own\")", "{named} {other}");
            assert_eq!(after("running"), "Running(\"own\")", "{named} {other}");
        }
    }
}

#[test]
fn the_calls_own_job_beats_every_text() {
    for text in [PLAIN, "", BACKGROUND, "It will notify you"] {
        for (status, expected) in [
            ("running", Verdict::Running("a")),
            ("completed", Verdict::Finished("a")),
            ("cancelled", Verdict::Cancelled("a")),
            ("failed", Verdict::Failure),
        ] {
            let evidence = call(&[job("a", status)]);
            assert_eq!(
                after_return("completed", text, &evidence),
                expected,
                "{status}: {text}"
            );
        }
    }
}

#[test]
fn of_two_jobs_of_a_call_the_active_one_is_behind_a_backgrounded_command() {
    let both = call(&[job("2", "completed"), job("1", "running")]);
    assert_eq!(
        after_return("completed", BACKGROUND, &both),
        Verdict::Running("1")
    );
    assert_eq!(
        after_return("completed", PLAIN, &both),
        Verdict::Finished("2")
    );
}

#[test]
fn a_review_of_the_call_is_told_by_its_record() {
    let review = |status: &str| {
        let record = json!({"id": "review-1", "status": status, "jobClass": "review",
            "createdAt": crate::time::iso(crate::time::now_ms())});
        let event = json!({"duration_ms": 1000});
        Evidence::from_jobs(&event, vec![Job::from_value(record).unwrap()])
    };
    for text in [PLAIN, COMPLETE_TEXT, ""] {
        for (status, expected) in [
            ("completed", Verdict::Finished("review-1")),
            ("failed", Verdict::Failure),
            ("cancelled", Verdict::Cancelled("review-1")),
        ] {
            let evidence = review(status);
            assert_eq!(
                after_return("completed", text, &evidence),
                expected,
                "{status}: {text}"
            );
        }
    }
    // One that goes on is the child of a command that ends with its subagent.
    assert_eq!(
        after_return("completed", COMPLETE_TEXT, &review("running")),
        Verdict::Failure
    );
}
