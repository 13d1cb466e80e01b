//! The names of the protocol's messages and items that the fake knows.

/// Requests of the client that the fake answers.
pub const CLIENT_REQUESTS: [&str; 16] = [
    "initialize",
    "account/read",
    "config/read",
    "thread/start",
    "thread/resume",
    "thread/list",
    "thread/loaded/list",
    "thread/read",
    "thread/name/set",
    "thread/archive",
    "thread/unsubscribe",
    "thread/compact/start",
    "turn/start",
    "turn/steer",
    "turn/interrupt",
    "review/start",
];

/// Notifications of the client.
pub const CLIENT_NOTIFICATIONS: [&str; 1] = ["initialized"];

/// Requests that the server makes.
pub const SERVER_REQUESTS: [&str; 4] = [
    "item/commandExecution/requestApproval",
    "item/fileChange/requestApproval",
    "mcpServer/elicitation/request",
    "account/chatgptAuthTokens/refresh",
];

/// Notifications that the server sends.
pub const SERVER_NOTIFICATIONS: [&str; 29] = [
    "account/rateLimits/updated",
    "account/updated",
    "configWarning",
    "deprecationNotice",
    "error",
    "item/agentMessage/delta",
    "item/commandExecution/outputDelta",
    "item/completed",
    "item/fileChange/outputDelta",
    "item/mcpToolCall/progress",
    "item/reasoning/summaryPartAdded",
    "item/reasoning/summaryTextDelta",
    "item/reasoning/textDelta",
    "item/started",
    "mcpServer/startupStatus/updated",
    "remoteControl/status/changed",
    "serverRequest/resolved",
    "thread/archived",
    "thread/closed",
    "thread/compacted",
    "thread/goal/cleared",
    "thread/name/updated",
    "thread/started",
    "thread/status/changed",
    "thread/tokenUsage/updated",
    "turn/completed",
    "turn/diff/updated",
    "turn/started",
    "warning",
];

/// Types of items.
pub const ITEMS: [&str; 11] = [
    "agentMessage",
    "collabAgentToolCall",
    "commandExecution",
    "contextCompaction",
    "dynamicToolCall",
    "enteredReviewMode",
    "exitedReviewMode",
    "fileChange",
    "mcpToolCall",
    "reasoning",
    "userMessage",
];

/// Whether the client sends a message of this name.
pub fn is_client(method: &str) -> bool {
    CLIENT_REQUESTS.contains(&method) || CLIENT_NOTIFICATIONS.contains(&method)
}

/// Whether the server makes a request of this name.
pub fn is_server_request(method: &str) -> bool {
    SERVER_REQUESTS.contains(&method)
}

/// Whether the server sends a notification of this name.
pub fn is_server_notification(method: &str) -> bool {
    SERVER_NOTIFICATIONS.contains(&method)
}

/// Whether the notification carries an item.
pub fn is_item_notification(method: &str) -> bool {
    matches!(method, "item/started" | "item/completed")
}

/// Whether there is an item type of this name.
pub fn is_item(name: &str) -> bool {
    ITEMS.contains(&name)
}

/// The known name that is nearest to a wrong one, if any is near.
pub fn nearest(wrong: &str) -> Option<&'static str> {
    CLIENT_REQUESTS
        .into_iter()
        .chain(CLIENT_NOTIFICATIONS)
        .chain(SERVER_REQUESTS)
        .chain(SERVER_NOTIFICATIONS)
        .map(|known| (distance(wrong, known), known))
        .min()
        .filter(|(edits, known)| *edits * 3 <= known.len())
        .map(|(_, known)| known)
}

/// The Levenshtein distance of two names.
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.bytes().enumerate() {
            let substitution = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = substitution.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}
