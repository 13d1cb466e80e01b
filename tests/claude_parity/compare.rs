//! What hooks were given and what the main thread was told, in a form that can be compared: of a recording, of a
//! simulated run, or of the real Claude Code.

use super::differences::Differences;
use rescue_harness::claude::recording::Normaliser;
use serde_json::Value;

/// The name of an event with what its matcher is compared with, and where it happens.
fn name(event: &Value) -> String {
    let kind = event["hook_event_name"].as_str().unwrap();
    match event["tool_name"].as_str() {
        Some("Bash") if event.get("agent_id").is_none() => format!("{kind} Bash (main thread)"),
        Some(tool) => format!("{kind} {tool}"),
        None => kind.to_owned(),
    }
}

/// The texts of a scenario and of a recording that mean the same.
const SAME: [(&str, &str); 4] = [
    ("Hand the task to Codex", "rescue"),
    ("Run Codex", "x"),
    ("codex-rescue-nope\"", "codex-rescue\""),
    ("T='sh tick.sh'", "T=${TICK}"),
];

/// Events in comparable form, with their names.
pub fn comparable(
    events: &[Value],
    case: &str,
    version: &str,
    differences: &Differences,
    replacements: Vec<(String, String)>,
) -> Vec<(String, Value)> {
    let mut normaliser = Normaliser::new(replacements);
    let mut compared = Vec::new();
    for event in events {
        let name = name(event);
        if differences.allows_event(case, version, &name) {
            continue;
        }
        let mut text = event.to_string();
        for (ours, recorded) in SAME {
            text = text.replace(ours, recorded);
        }
        let value = normaliser.value(&serde_json::from_str(&text).unwrap());
        compared.push((
            name.clone(),
            without_words(differences.without_fields(case, version, &name, value)),
        ));
    }
    compared
}

/// What a scenario does not say: the words of the prompt.
fn without_words(mut value: Value) -> Value {
    for fields in ["tool_input", "tool_response"] {
        if let Some(prompt) = value
            .get_mut(fields)
            .and_then(|fields| fields.get_mut("prompt"))
        {
            *prompt = "<prompt>".into();
        }
    }
    value
}

pub fn compare(what: &str, simulated: &str, recorded: &str, found: &mut Vec<String>) {
    if simulated != recorded {
        let difference = similar::TextDiff::from_lines(simulated, recorded);
        let shown = difference.unified_diff().context_radius(1).to_string();
        found.push(format!("== {what}\n{shown}"));
    }
}

/// What parts a notification from the context before it, where both came in one message.
const IN_TURN: &str = "\n\n[SYSTEM NOTIFICATION";

/// The results of the calls of a recording, the contexts that followed them and the notifications.
pub fn told(messages: &[Value], replacements: Vec<(String, String)>) -> Vec<String> {
    let mut normaliser = Normaliser::new(replacements);
    let mut told = Vec::new();
    for message in messages {
        for block in message["content"].as_array().into_iter().flatten() {
            if block["type"] == "tool_result" {
                let texts = block["content"].as_array().map_or_else(
                    || block["content"].as_str().unwrap().to_owned(),
                    |blocks| joined(blocks),
                );
                told.push(normaliser.text(&texts));
            }
        }
        let blocks = message["content"].as_array().into_iter().flatten();
        let texts: Vec<&str> = blocks.filter_map(|block| block["text"].as_str()).collect();
        for text in texts.iter().copied().chain(message["content"].as_str()) {
            let text = text
                .strip_prefix("<system-reminder>\n")
                .and_then(|text| text.strip_suffix("\n</system-reminder>"))
                .filter(|text| !text.contains("<task-notification>"))
                .unwrap_or(text);
            if let Some((_, context)) = text.split_once(" hook additional context: ") {
                let context = context.split(IN_TURN).next().unwrap();
                told.push(normaliser.text(context));
            } else if text.starts_with("Stop hook feedback:")
                || text.contains(" hook blocking error from command: ")
            {
                told.push(normaliser.text(text));
            }
        }
        let whole = message["content"].as_array().map(|blocks| joined(blocks));
        let whole = whole
            .or_else(|| message["content"].as_str().map(str::to_owned))
            .unwrap_or_default();
        if whole.contains("<task-notification>") {
            let end = whole.split_once(IN_TURN).map(|(_, end)| end);
            let begin = end.map_or("", |_| IN_TURN.trim_start());
            told.push(normaliser.text(&format!("{begin}{}", end.unwrap_or(&whole))));
        }
    }
    told
}

fn joined(blocks: &[Value]) -> String {
    blocks
        .iter()
        .filter_map(|block| block["text"].as_str())
        .collect::<Vec<_>>()
        .join("\n")
}
