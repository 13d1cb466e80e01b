//! The TaskStop tool: the model stops a background task. From public transcripts.

use super::{Outcome, Returned};
use serde_json::{Value, json};

/// A background task that can be stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskKind {
    /// A command.
    Command,
    /// A subagent.
    Agent,
}

/// The `tool_input` of a TaskStop call.
pub fn task_stop_input(task_id: &str) -> Value {
    json!({"task_id": task_id})
}

/// What TaskStop returns when the task was running; `what` is its command or description.
pub fn task_stopped(task_id: &str, kind: TaskKind, what: &str) -> Returned {
    let kind = match kind {
        TaskKind::Command => "local_bash",
        TaskKind::Agent => "local_agent",
    };
    let response = json!({
        "message": format!("Successfully stopped task: {task_id} ({what})"),
        "task_id": task_id,
        "task_type": kind,
        "command": what,
    });
    Returned {
        blocks: vec![response.to_string()],
        outcome: Outcome::Response(response),
    }
}

/// What TaskStop returns when there is no such task.
pub fn task_not_found(task_id: &str) -> Returned {
    Returned::failure(format!("No task found with ID: {task_id}"), false)
}

/// What TaskStop returns when the task has ended already.
pub fn task_not_running(task_id: &str, status: &str) -> Returned {
    Returned::failure(
        format!("Task {task_id} is not running (status: {status})"),
        false,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_that_is_not_there_is_an_error() {
        assert!(task_not_found("b1").is_error());
        assert!(task_not_running("b1", "completed").is_error());
    }

    #[test]
    fn the_model_is_shown_the_response() {
        let returned = task_stopped("b1", TaskKind::Command, "sleep 9");
        assert!(
            returned
                .text()
                .contains("\"message\":\"Successfully stopped task: b1 (sleep 9)\"")
        );
    }
}
