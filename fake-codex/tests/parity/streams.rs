//! Comparing all messages of a case: only within a stream does their order count.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::compare::Identities;

/// Notifications whose order among others the real server does not keep.
const LOOSE: [&str; 10] = [
    "warning",
    "deprecationNotice",
    "configWarning",
    "remoteControl/status/changed",
    "account/rateLimits/updated",
    "thread/name/updated",
    "thread/started",
    "thread/goal/cleared",
    "thread/archived",
    "thread/closed",
];

/// Compares all messages, stream by stream.
pub fn compare(
    recorded: &[&Value],
    sent: &[Value],
    identities: &mut Identities,
    cut: bool,
) -> Vec<String> {
    let mut differences = Vec::new();
    let mut recorded_streams = streams(recorded.iter().copied(), |id| id.to_owned());
    // Threads that no reply names are the same in the order in which they come.
    let named = |id: &str| identities.recorded(id).cloned();
    let unknown: Vec<String> = unique(
        sent.iter()
            .filter_map(thread_of)
            .filter(|id| named(id).is_none()),
    );
    let known: Vec<String> = sent
        .iter()
        .filter_map(thread_of)
        .filter_map(|id| named(&id))
        .collect();
    let waiting: Vec<String> = unique(
        recorded
            .iter()
            .filter_map(|message| thread_of(message))
            .filter(|id| !known.iter().any(|k| k == id)),
    );
    for (recorded, fake) in waiting.iter().zip(&unknown) {
        identities.join(recorded, fake);
    }
    let names = |id: &str| {
        identities
            .recorded(id)
            .cloned()
            .unwrap_or_else(|| id.to_owned())
    };
    let sent_streams = streams(sent.iter(), names);
    for (name, sent) in sent_streams {
        let recorded = recorded_streams.remove(&name).unwrap_or_default();
        for index in 0..recorded.len().max(sent.len()) {
            match (recorded.get(index), sent.get(index)) {
                (Some(recorded), Some(sent)) => {
                    let sent = identities.with_recorded_names(sent);
                    let method = recorded["method"].as_str().unwrap_or(&name).to_owned();
                    let found = identities.differences(recorded, &sent);
                    differences.extend(found.into_iter().map(|d| format!("{method}: {d}")));
                }
                (Some(recorded), None) => {
                    differences.push(format!("not sent: {}", short(recorded)))
                }
                // The real server was ended before it came to send these.
                (None, Some(_)) if cut && LOOSE.iter().any(|m| name.starts_with(m)) => {}
                (None, Some(sent)) => differences.push(format!("not recorded: {}", short(sent))),
                (None, None) => {}
            }
        }
    }
    for message in recorded_streams.into_values().flatten() {
        differences.push(format!("not sent: {}", short(message)));
    }
    differences
}

/// Messages by stream: one in which the order counts.
fn streams<'v>(
    messages: impl Iterator<Item = &'v Value>,
    name: impl Fn(&str) -> String,
) -> BTreeMap<String, Vec<&'v Value>> {
    let mut streams: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for message in messages {
        let thread = thread_of(message).map(|id| name(&id)).unwrap_or_default();
        let mut add = |stream: String| streams.entry(stream).or_default().push(message);
        match message["method"].as_str() {
            None => add(format!("reply {}", message["id"])),
            Some(method) if LOOSE.contains(&method) => add(format!("{method} {thread}")),
            Some("thread/status/changed") => add(format!("status {thread}")),
            Some(method) => {
                if method.starts_with("turn/") && method != "turn/diff/updated" {
                    add(format!("status {thread}"));
                }
                add(format!("thread {thread}"));
            }
        }
    }
    streams
}

fn thread_of(message: &Value) -> Option<String> {
    message.get("method")?;
    let params = &message["params"];
    params["threadId"]
        .as_str()
        .or_else(|| params["thread"]["id"].as_str())
        .map(str::to_owned)
}

fn unique(ids: impl Iterator<Item = String>) -> Vec<String> {
    let mut found = Vec::new();
    for id in ids {
        if !found.contains(&id) {
            found.push(id);
        }
    }
    found
}

fn short(message: &Value) -> String {
    message.to_string().chars().take(300).collect()
}
