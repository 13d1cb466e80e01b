//! Texts by which Claude Code's Bash tool says that a command went to the background.

/// Beginnings of such a text in the versions that are known:
/// explicit or on timeout before 2.1.210; on timeout since; by the user; for a message.
const MARKERS: [&str; 4] = [
    "Command running in background with ID:",
    "and was moved to the background (ID:",
    "Command was manually backgrounded by user with ID:",
    "Command was moved to the background (ID:",
];
/// A variant whose id follows without a parenthesis.
const BUDGET: &str = "and was moved to the background with ID:";
const OUTPUT: &str = "Output is being written to:";
/// What can follow the path on its line.
const AFTER_PATH: [&str; 4] = [
    ". You will be notified",
    ". If it",
    ". To check interim",
    ". Session cwd",
];

/// Whether the text says that a command was moved to the background.
pub fn is_announced(text: &str) -> bool {
    MARKERS.iter().any(|marker| text.contains(marker)) || text.contains(BUDGET)
}

/// Where the command's output goes, if the text says so.
pub fn output_path(text: &str) -> Option<&str> {
    let (_, after) = text.split_once(OUTPUT)?;
    let line = after.trim_start_matches([' ', '\t']).lines().next()?;
    let end = AFTER_PATH
        .iter()
        .filter_map(|marker| line.find(marker))
        .min();
    let path = line[..end.unwrap_or(line.len())].trim();
    (!path.is_empty()).then_some(path)
}

/// Whether the text says, in whatever words, that work goes on in the background.
pub fn is_claimed(text: &str) -> bool {
    let lower = text.to_lowercase();
    [
        "running in background",
        "running in the background",
        "backgrounded",
        "moved to the background",
        "dispatched",
        "you'll be notified",
        "youll be notified",
        "you will be notified",
        "will notify",
        "will be notified",
    ]
    .iter()
    .any(|phrase| lower.contains(phrase))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_of_every_version() {
        for (text, path) in [
            (
                "Command running in background with ID: b1. Output is being written to: /t/a b.output. You will be notified when it completes. To check interim output, use Read on that file path.",
                Some("/t/a b.output"),
            ),
            (
                "out\nCommand did not complete within its 600s timeout and was moved to the background (ID: b2). Output is being written to: /t/b2.output. If it exits while you are still working you will be notified, but it is terminated",
                Some("/t/b2.output"),
            ),
            (
                "Command did not complete within its 120s timeout and was moved to the background (ID: b). Output is being written to: /t/b.output. You will be notified when it completes.",
                Some("/t/b.output"),
            ),
            (
                "Command was manually backgrounded by user with ID: b3. Output is being written to: /t/b3.output",
                Some("/t/b3.output"),
            ),
            (
                "Command was moved to the background (ID: b4) so that a message that arrived can reach you. Output is being written to: /t/b4.output\nmore",
                Some("/t/b4.output"),
            ),
            (
                "Command exceeded the assistant-mode blocking budget (15s) and was moved to the background with ID: b5.",
                None,
            ),
        ] {
            assert!(is_announced(text), "{text}");
            assert_eq!(output_path(text), path, "{text}");
        }
        assert!(!is_announced("I started it in the background"));
    }

    #[test]
    fn claims_in_other_words() {
        for text in [
            "Codex is running in background (ID task-1).",
            "It was Dispatched",
            "You'll be notified",
        ] {
            assert!(is_claimed(text), "{text}");
        }
        assert!(!is_claimed("Started in the background"));
    }
}
