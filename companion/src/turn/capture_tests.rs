use super::*;
use serde_json::json;

fn begun() -> Capture {
    let mut capture = Capture::new("T");
    capture.acknowledged(&json!({"turn": {"id": "U", "status": "inProgress"}}));
    capture
}

fn message(phase: Value, text: &str) -> Value {
    let item = json!({"type": "agentMessage", "id": "m", "phase": phase, "text": text});
    json!({"method": "item/completed", "params": {"threadId": "T", "turnId": "U", "item": item}})
}

fn completed(thread: &str, turn: &str, status: &str) -> Value {
    let turn = json!({"id": turn, "status": status, "error": null});
    json!({"method": "turn/completed", "params": {"threadId": thread, "turn": turn}})
}

#[test]
fn a_final_answer_and_the_end_are_both_needed() {
    let mut good = begun();
    good.apply(&message(json!("commentary"), "looking"));
    good.apply(&message(json!("final_answer"), "done"));
    assert!(good.has_answered() && !good.has_ended());
    good.apply(&completed("T", "U", "completed"));
    let end = good.end(None, None, false);
    assert!(end.completed);
    assert_eq!((end.text.as_str(), end.error), ("done", None));

    let mut commentary = begun();
    commentary.apply(&message(json!("commentary"), "looking"));
    commentary.apply(&completed("T", "U", "completed"));
    let end = commentary.end(None, None, false);
    assert!(!end.completed);
    assert_eq!(end.text, "looking");
    assert!(end.error.unwrap().contains("without a final answer"));
}

#[test]
fn a_message_without_a_phase_is_an_answer() {
    let mut capture = begun();
    capture.apply(&message(Value::Null, "done"));
    assert!(!capture.has_answered());
    capture.apply(&completed("T", "U", "completed"));
    assert!(capture.end(None, None, false).completed);
}

#[test]
fn the_end_of_another_turn_or_thread_is_not_ours() {
    let mut capture = begun();
    capture.apply(&completed("T", "other", "completed"));
    capture.apply(&completed("other", "U", "completed"));
    assert!(!capture.has_ended());
}

#[test]
fn an_error_that_is_retried_is_none() {
    let error = |retry: bool| {
        json!({"method": "error", "params": {"threadId": "T", "turnId": "U", "willRetry": retry,
            "error": {"message": "Reconnecting... 1/5"}}})
    };
    let mut capture = begun();
    assert_eq!(capture.apply(&error(true))[0].phase, None);
    assert!(!capture.has_given_up());
    capture.apply(&error(false));
    assert!(capture.has_given_up());
    assert_eq!(
        capture.end(None, None, false).error.as_deref(),
        Some("Reconnecting... 1/5")
    );
}

#[test]
fn a_failed_turn_keeps_what_was_said() {
    let mut capture = begun();
    capture.apply(&message(json!("final_answer"), "Partial"));
    capture.apply(&completed("T", "U", "interrupted"));
    let end = capture.end(None, None, false);
    assert!(!end.completed);
    assert_eq!(end.text, "Partial");
}

#[test]
fn a_review_runs_under_a_second_turn_id() {
    let mut capture = begun();
    let started = json!({"threadId": "T", "turn": {"id": "V"}});
    capture.apply(&json!({"method": "turn/started", "params": started}));
    let item = json!({"type": "exitedReviewMode", "id": "r", "review": "fine"});
    capture.apply(&json!({"method": "item/completed", "params": {"threadId": "T", "item": item}}));
    capture.apply(&completed("T", "V", "completed"));
    let end = capture.end(None, None, true);
    assert!(end.completed);
    assert_eq!(end.review, "fine");
}

#[test]
fn a_pending_item_is_named() {
    let mut capture = begun();
    let item = json!({"type": "mcpToolCall", "id": "x", "server": "xcode", "tool": "build"});
    capture.apply(&json!({"method": "item/started", "params": {"threadId": "T", "item": item}}));
    assert_eq!(
        capture.last_event(),
        "Codex calls xcode/build. (not finished)"
    );
}
