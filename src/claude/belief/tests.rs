use super::*;
use Origin::{Agent, AgentError, HookContext, Notification, Output, Remark};

fn plugin() -> Vocabulary {
    let known = crate::vocabulary::embedded().unwrap();
    known
        .iter()
        .find(|vocabulary| vocabulary.subject() == "codex-plugin-cc")
        .cloned()
        .unwrap()
}

/// What is believed after these messages, with the last rule.
fn after(messages: &[(Origin, &str)]) -> (Told, String) {
    let vocabulary = plugin();
    let mut belief = Belief::default();
    let mut rule = String::new();
    for (origin, text) in messages {
        let change = belief.hear(*origin, text, &vocabulary);
        rule = change.rules.last().cloned().unwrap_or_default();
    }
    (belief.told(), rule)
}

const COMPLETE_LINE: &str = "[[codex-task status=complete]]";
const LAUNCHED: &str = "Async agent launched successfully.\nagentId: a1 (internal ID - do not mention to user.)\nThe agent is working in the background.";

fn notification(status: &str, summary: &str, result: &str) -> String {
    format!(
        "<task-notification>\n<task-id>a1</task-id>\n<status>{status}</status>\n<summary>{summary}</summary>\n<result>{result}</result>\n</task-notification>"
    )
}

#[test]
fn nothing_heard_is_nothing_known() {
    assert_eq!(Belief::default().told(), Told::Unknown);
}

#[test]
fn texts_of_claude_code_and_of_a_subagent() {
    let trailer = "\nagentId: a1 (use SendMessage with to: 'a1', summary: '' to continue this agent)\n<usage>subagent_tokens: 1\ntool_uses: 1\nduration_ms: 1</usage>";
    let framed =
        format!("[Subagent hand-back] The report follows:\n  Fixed.\n  {COMPLETE_LINE}{trailer}");
    let cases: &[(Origin, &str, Told, &str)] = &[
        (
            AgentError,
            "Agent type 'x' not found.",
            Told::Failed,
            "agent-error",
        ),
        (Agent, LAUNCHED, Told::Running, "async-launched"),
        (
            Agent,
            "(Subagent completed but returned no output.)",
            Told::Unknown,
            "no-output",
        ),
        (Agent, "API Error: 400 mock", Told::Failed, "api-error"),
        (
            Agent,
            "Exit code 143\nCommand timed out after 2m 0s",
            Told::Failed,
            "exit-code",
        ),
        (
            Agent,
            "Command running in background with ID: b1. Output is being written to: /x.",
            Told::Running,
            "in-background",
        ),
        (
            Agent,
            "begin\nCommand did not complete within its 2s timeout and was moved to the background (ID: b1). Output is being written to: /x.",
            Told::Running,
            "in-background",
        ),
        (
            Agent,
            "Command was manually backgrounded by user with ID: b1. Output",
            Told::Running,
            "in-background",
        ),
        (
            Agent,
            "Command was moved to the background (ID: b1) so that a message that arrived while it was running can reach you; it was not interrupted. Output",
            Told::Running,
            "in-background",
        ),
        (
            Agent,
            "Command exceeded the assistant-mode blocking budget (15s) and was moved to the background with ID: b1. It",
            Told::Running,
            "in-background",
        ),
        (
            AgentError,
            "The user doesn't want to proceed with this tool use. The tool use was rejected",
            Told::Unknown,
            "interrupted",
        ),
        (
            Agent,
            "{\"success\":true,\"message\":\"Resuming agent a89865d\",\"resumedAgentId\":\"a89865dfe1431499c\"}",
            Told::Running,
            "resumed",
        ),
        (
            Agent,
            "It is running in background.",
            Told::Running,
            "in-other-words",
        ),
        (
            Agent,
            "It is Running in the background.",
            Told::Running,
            "in-other-words",
        ),
        (
            Agent,
            "The job was backgrounded.",
            Told::Running,
            "in-other-words",
        ),
        (
            Agent,
            "You will be notified of it.",
            Told::Running,
            "in-other-words",
        ),
        (
            Agent,
            "It will notify you.",
            Told::Running,
            "in-other-words",
        ),
        (
            Agent,
            "Codex was dispatched; you'll be notified.",
            Told::Running,
            "in-other-words",
        ),
        (Agent, "Handled the requested task.", Told::Unknown, ""),
        (Agent, &framed, Told::Done, "sentinel"),
        (
            Agent,
            "Fixed.\n[[codex-task status=complete]]\n",
            Told::Done,
            "sentinel",
        ),
        (
            Agent,
            "It says [[codex-task status=complete]] somewhere.",
            Told::Unknown,
            "",
        ),
        (
            Agent,
            "[[codex-task status=dispatched id=task-1]]\nmore",
            Told::Running,
            "sentinel",
        ),
        (
            Output,
            "{\"workspaceRoot\": \"/w\", \"job\": {\"id\": \"task-1\", \"status\": \"cancelled\"}}",
            Told::Failed,
            "record",
        ),
        (
            Output,
            "{\"jobId\": \"task-1\", \"status\": \"queued\"}",
            Told::Running,
            "record",
        ),
        (Output, "task-1  completed  1m 2s", Told::Done, "status"),
        (
            Output,
            "| task-1 | rescue | running | starting |",
            Told::Running,
            "status",
        ),
        (
            Output,
            "# Codex Task\n\nJob: task-1\nState: x\nStatus: failed (1)",
            Told::Failed,
            "status",
        ),
        (Output, "the task is completed", Told::Unknown, ""),
        (Output, "README.md", Told::Unknown, ""),
    ];
    for (origin, text, told, rule) in cases {
        assert_eq!(
            after(&[(*origin, text)]),
            (*told, (*rule).to_owned()),
            "{text}"
        );
    }
}

#[test]
fn the_trailer_says_nothing_about_the_run() {
    let text = "Handled.\nagentId: a1 (use SendMessage; you will be notified)\n<usage>tool_uses: 1</usage>";
    assert_eq!(after(&[(Agent, text)]), (Told::Unknown, String::new()));
}

#[test]
fn of_two_sentinels_the_last_counts() {
    let complete_last = format!("[[codex-task status=dispatched id=task-1]]\n{COMPLETE_LINE}");
    let dispatched_last = format!("{COMPLETE_LINE}\n[[codex-task status=dispatched id=task-1]]");
    assert_eq!(after(&[(Agent, &complete_last)]).0, Told::Done);
    assert_eq!(after(&[(Agent, &dispatched_last)]).0, Told::Running);
}

#[test]
fn notifications_of_a_subagent() {
    let done = notification("completed", "Agent \"rescue\" finished", COMPLETE_LINE);
    let plain = notification("completed", "Agent \"rescue\" finished", "late");
    let failed = notification("failed", "Agent \"rescue\" failed: x", COMPLETE_LINE);
    let killed = notification("killed", "Agent \"rescue\" was stopped", "");
    let waiting = notification(
        "completed",
        "Agent \"rescue\" is waiting on its own background work",
        "x",
    );
    assert_eq!(
        after(&[(Agent, LAUNCHED), (Notification, &done)]),
        (Told::Done, "sentinel".into())
    );
    assert_eq!(
        after(&[(Agent, LAUNCHED), (Notification, &failed)]),
        (Told::Failed, "agent-failed".into())
    );
    assert_eq!(
        after(&[(Agent, LAUNCHED), (Notification, &killed)]),
        (Told::Failed, "agent-killed".into())
    );
    assert_eq!(
        after(&[(Agent, LAUNCHED), (Notification, &waiting)]),
        (Told::Running, "agent-waiting".into())
    );
    assert_eq!(
        after(&[(Agent, LAUNCHED), (Notification, &plain)]),
        (Told::Unknown, "agent-finished".into())
    );
}

#[test]
fn a_notification_of_a_command_says_nothing_about_the_run() {
    let text = "<task-notification>\n<task-id>b1</task-id>\n<status>failed</status>\n<summary>Background command \"watch\" failed with exit code 1</summary>\n</task-notification>";
    let dispatched = "[[codex-task status=dispatched id=task-1]]";
    assert_eq!(
        after(&[(Agent, dispatched), (Notification, text)]),
        (Told::Running, String::new())
    );
}

#[test]
fn every_context_of_the_node_plugin_at_every_revision() {
    let vocabulary = plugin();
    let expected = [
        ("complete", Told::Done),
        ("neutral", Told::Unknown),
        ("failure", Told::Failed),
        ("dispatched", Told::Running),
        ("watcher", Told::Running),
        ("bash-background", Told::Running),
        ("bash-background-no-path", Told::Running),
    ];
    for (name, told) in expected {
        for variant in &vocabulary.entries()[name].variants {
            let text = variant.text.source();
            let text = text
                .replace("{job}", "task-1")
                .replace("{path}", "/t/b1.output")
                .replace("{companion}", "/p/c.mjs");
            let opposite = if told == Told::Done {
                "Exit code 1"
            } else {
                COMPLETE_LINE
            };
            let found = after(&[(Agent, opposite), (HookContext, &text)]);
            assert_eq!(found, (told, name.to_owned()), "{text}");
        }
    }
}

#[test]
fn every_text_of_every_subject_is_heard_as_its_vocabulary_says() {
    for vocabulary in crate::vocabulary::embedded().unwrap() {
        let told = vocabulary
            .entries()
            .iter()
            .filter_map(|(name, entry)| Some((name, entry, entry.told?)));
        for (name, entry, told) in told {
            for variant in &entry.variants {
                let values = variant.text.placeholders().into_iter().map(|placeholder| {
                    let value = if placeholder == "job" {
                        "task-1"
                    } else {
                        "something"
                    };
                    (placeholder.to_owned(), value.to_owned())
                });
                let text = variant.text.render(&values.collect());
                let mut belief = Belief::default();
                belief.hear(
                    Agent,
                    if told == Told::Done {
                        "Exit code 1"
                    } else {
                        COMPLETE_LINE
                    },
                    vocabulary,
                );
                let change = belief.hear(HookContext, &text, vocabulary);
                let said = (change.told, change.rules);
                let expected = (told, vec![name.clone()]);
                assert_eq!(said, expected, "{} says {text}", vocabulary.subject());
            }
        }
    }
}

#[test]
fn what_a_watcher_printed_settles_its_job() {
    let watch = plugin()
        .text("watcher", None)
        .unwrap()
        .source()
        .replace("{job}", "task-1");
    let status = |state: &str| {
        format!("# Codex Job Status\n\n- task-1 | {state} | rescue | Codex Task\n  Phase: done\n")
    };
    for (state, told) in [
        ("queued", Told::Running),
        ("running", Told::Running),
        ("completed", Told::Done),
        ("failed", Told::Failed),
        ("cancelled", Told::Failed),
    ] {
        let found = after(&[
            (Agent, "x"),
            (HookContext, &watch),
            (Output, &status(state)),
        ]);
        assert_eq!(found, (told, format!("status-{state}")));
    }
}

#[test]
fn another_job_leaves_the_delegation_alone() {
    let vocabulary = plugin();
    let mut belief = Belief::default();
    belief.hear(
        Agent,
        "[[codex-task status=dispatched id=task-1]]",
        &vocabulary,
    );
    belief.hear(
        Output,
        "- task-2 | failed | rescue | Codex Task\n",
        &vocabulary,
    );
    assert_eq!(
        (belief.told(), belief.job()),
        (Told::Running, Some("task-1"))
    );
    assert_eq!(
        (belief.about("task-1"), belief.about("task-2")),
        (Some(Told::Running), Some(Told::Failed))
    );
    assert_eq!(belief.about("task-3"), None);
}

#[test]
fn a_remark_of_the_stop_hook_is_heard() {
    let text = "Codex task task-1 is still running. Check /codex:status and use /codex:cancel task-1 if you want to stop it before ending the session.";
    assert_eq!(
        after(&[(Remark, text)]),
        (Told::Running, "stop-job-running".into())
    );
}

#[test]
fn a_new_call_opens_a_new_delegation() {
    let complete = plugin().text("complete", None).unwrap().source().to_owned();
    let found = after(&[
        (Agent, "x"),
        (HookContext, &complete),
        (Agent, "Handled the requested task."),
    ]);
    assert_eq!(found.0, Told::Unknown);
}
