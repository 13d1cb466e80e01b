//! Messages of the main thread, built again.

use super::assert_same;
use super::retold::{Retold, TASKS};
use rescue_harness::claude::belief::{Belief, Origin, Told};
use rescue_harness::claude::profile::Profile;
use rescue_harness::claude::recording::Recording;
use rescue_harness::claude::tools::{
    AgentEnd, BashEnd, CommandEnd, Completed, Moved, Notification, Output, Owner,
};
use rescue_harness::claude::transcript::{Content, Item, messages};
use rescue_harness::vocabulary::{Captures, embedded};
use serde_json::Value;

/// The messages that the simulation sends when the same things happen in the same order.
pub fn build(recorded: &[Value], retold: &Retold<'_>) -> Vec<Value> {
    let mut items = Vec::new();
    for message in recorded {
        for block in message["content"].as_array().into_iter().flatten() {
            match (
                block["type"].as_str().unwrap(),
                message["role"].as_str().unwrap(),
            ) {
                ("tool_use", _) => items.push(call(block)),
                ("text", "assistant") => {
                    items.push(Item::Said(block["text"].as_str().unwrap().into()))
                }
                ("tool_result", _) => items.extend(result(block, retold)),
                _ => {}
            }
        }
        if message.to_string().contains("<task-notification>") {
            items.push(Item::Notification(notification(message, retold)));
        }
    }
    messages(&items, retold.profile)
}

fn call(block: &Value) -> Item {
    Item::Call {
        id: block["id"].as_str().unwrap().into(),
        tool: block["name"].as_str().unwrap().into(),
        input: block["input"].clone(),
    }
}

/// A result and the context that the recording plugin's hook added to it.
fn result(block: &Value, retold: &Retold<'_>) -> [Item; 2] {
    let id = block["tool_use_id"].as_str().unwrap();
    let end = retold.end_of(id);
    let returned = retold.returned(end);
    let content = match end["tool_name"].as_str().unwrap() {
        _ if returned.is_error() => Content::Error(returned.text()),
        "Agent" => Content::Blocks(returned.blocks.clone()),
        _ => Content::Text(returned.text()),
    };
    let event = end["hook_event_name"].as_str().unwrap();
    let mark = if event == "PostToolUse" {
        "post"
    } else {
        "fail"
    };
    let context = Item::Context {
        hook: format!("{event}:{}", end["tool_name"].as_str().unwrap()),
        text: format!("HOOK-CONTEXT-MARK {mark}"),
    };
    [
        Item::Result {
            id: id.into(),
            content,
        },
        context,
    ]
}

fn notification(message: &Value, retold: &Retold<'_>) -> Vec<String> {
    let text = message.to_string();
    let between = |before: &str, after: &str| {
        let (_, rest) = text.split_once(before).unwrap();
        rest.split_once(after).unwrap().0.to_owned()
    };
    let task_id = between("<task-id>", "<");
    let tool_use_id = between("<tool-use-id>", "<");
    let input = &retold.end_of(&tool_use_id)["tool_input"];
    let notification = Notification {
        is_resumed: false,
        path: format!("{TASKS}/{task_id}.output"),
        description: input["description"].as_str().unwrap().into(),
        tool_use_id,
        task_id: task_id.clone(),
    };
    match retold.stop_of(&task_id) {
        None => notification.command(CommandEnd::Exited(0), retold.profile),
        Some(stop) => {
            let tasks = stop["background_tasks"].as_array().unwrap();
            let end = AgentEnd::Completed {
                text: retold.last_words(&task_id).unwrap(),
                waiting: tasks.iter().any(|task| task["type"] == "shell"),
                tools: retold.tools_of(&task_id),
                duration_ms: 0,
            };
            notification.agent(&end, retold.profile).unwrap()
        }
    }
}

/// The recording with the real plugin: no hook inputs were kept, so the ids come from the texts.
pub fn plugin(recording: &Recording, profile: &Profile, what: &str) {
    let recorded = &recording.main_thread_messages;
    let shown = recorded[1].to_string();
    let id_after = |before: &str| {
        let (_, rest) = shown.split_once(before).unwrap();
        rest.chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect::<String>()
    };
    let task = id_after("/tasks/");
    let path = format!("{TASKS}/{task}.output");
    let bash = BashEnd::Background {
        moved: Moved::Timeout(4000),
        id: task,
        path: path.clone(),
        owner: Owner::ForegroundSubagent,
        output: Output::default(),
    };
    let completed = Completed {
        agent_id: id_after("agentId: "),
        agent_type: "codex:codex-rescue".into(),
        prompt: "x".into(),
        text: bash.returned(profile).text(),
        tools: vec!["Bash".into()],
        duration_ms: 0,
        status: None,
    };
    let returned = completed.returned(profile);

    // What the hook said is in the vocabulary, at the revision that was installed.
    let vocabulary = embedded()
        .unwrap()
        .iter()
        .find(|known| known.subject() == "codex-plugin-cc")
        .unwrap();
    let heard = [1, 2].map(|index| recorded[index].to_string()).join("\n");
    let job = heard
        .split_once("background job ")
        .map_or("", |(_, rest)| rest.split_once(' ').unwrap().0);
    let name = if job.is_empty() {
        "bash-background"
    } else {
        "watcher"
    };
    let companion = "${PLUGIN_REPO}/plugins/codex/scripts/codex-companion.mjs";
    let values: Captures = [
        ("path", path.as_str()),
        ("job", job),
        ("companion", companion),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let context = vocabulary
        .text(name, Some("6f6ec98"))
        .unwrap()
        .render(&values);

    let id = recorded[0]["content"][0]["id"].as_str().unwrap();
    let items = [
        call(&recorded[0]["content"][0]),
        Item::Result {
            id: id.into(),
            content: Content::Blocks(returned.blocks.clone()),
        },
        Item::Context {
            hook: "PostToolUse:Agent".into(),
            text: context.clone(),
        },
        call(&recorded.iter().rev().nth(1).unwrap()["content"][0]),
    ];
    let built = messages(&items, profile);
    assert_same(
        &built.into(),
        &recorded[..recorded.len() - 1].to_vec().into(),
        what,
    );

    let mut belief = Belief::default();
    belief.hear(Origin::Agent, &returned.text(), vocabulary);
    let change = belief.hear(Origin::HookContext, &context, vocabulary);
    assert_eq!(
        (change.told, change.rules),
        (Told::Running, vec![name.to_owned()]),
        "{what}"
    );
}
