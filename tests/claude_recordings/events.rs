//! Hook inputs, built again.

use super::retold::Retold;
use rescue_harness::claude::payload;
use rescue_harness::claude::relay::Relay;
use rescue_harness::claude::tools::{Outcome, agent_input, bash_input};
use serde_json::Value;

/// The input that the simulation gives for the same thing.
pub fn build(event: &Value, retold: &Retold<'_>) -> Value {
    let context = retold.context(event);
    let text = |name: &str| event[name].as_str();
    match text("hook_event_name").unwrap() {
        "SessionStart" => payload::session_start(&context, text("source").unwrap()),
        "SessionEnd" => payload::session_end(&context, text("reason").unwrap()),
        "SubagentStart" => payload::subagent_start(&context),
        "PreToolUse" => {
            assert_eq!(input(event), event["tool_input"]);
            payload::pre_tool_use(&context, &retold.call(event))
        }
        "PostToolUse" | "PostToolUseFailure" => {
            let duration = event["duration_ms"].as_u64().unwrap();
            match retold.returned(event).outcome {
                Outcome::Response(response) => {
                    payload::post_tool_use(&context, &retold.call(event), response, duration)
                }
                Outcome::Failure {
                    error,
                    is_interrupt,
                } => {
                    let call = retold.call(event);
                    payload::post_tool_use_failure(&context, &call, &error, is_interrupt, duration)
                }
            }
        }
        "SubagentStop" => {
            let said = text("last_assistant_message");
            if let Some(said) = said {
                assert_eq!(
                    said,
                    relayed(event, retold),
                    "a verbatim relay of the subagent's command"
                );
            }
            let transcript = text("agent_transcript_path").unwrap();
            payload::subagent_stop(
                &context,
                false,
                transcript,
                said,
                &retold.tasks(event),
                retold.profile,
            )
        }
        "Stop" => {
            let said = text("last_assistant_message");
            payload::stop(&context, false, said, &retold.tasks(event), retold.profile)
        }
        other => panic!("an event of an unknown kind: {other}"),
    }
}

fn input(event: &Value) -> Value {
    let input = &event["tool_input"];
    let text = |name: &str| input[name].as_str().unwrap();
    let background = input["run_in_background"].as_bool();
    match event["tool_name"].as_str().unwrap() {
        "Bash" => bash_input(
            text("command"),
            input["timeout"].as_u64(),
            text("description"),
            background,
        ),
        _ => agent_input(
            text("description"),
            text("prompt"),
            text("subagent_type"),
            background,
        ),
    }
}

/// What the subagent's Bash call returned, as a verbatim relay repeats it.
fn relayed(stop: &Value, retold: &Retold<'_>) -> String {
    let ended = retold.events.iter().find(|event| {
        event["agent_id"] == stop["agent_id"]
            && matches!(
                event["hook_event_name"].as_str(),
                Some("PostToolUse" | "PostToolUseFailure")
            )
    });
    Relay::Verbatim.text(&retold.returned(ended.unwrap()).text())
}
