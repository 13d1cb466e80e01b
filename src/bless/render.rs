//! Values as YAML in the style of the place they come to.

use serde_json::Value;

use crate::yaml::Node;

/// The text of `value` for the place of `node` in `text`.
pub(super) fn value(text: &str, node: &Node, value: &Value) -> String {
    let old = text.get(node.range.clone()).unwrap_or_default();
    let new = match value {
        Value::String(words) if words.contains('\n') && !node.flow => block(text, node, words),
        _ => None,
    };
    let new = new.unwrap_or_else(|| flow(value));
    if old.ends_with('\n') && !new.ends_with('\n') {
        new + "\n"
    } else {
        new
    }
}

/// A text of several lines as a literal block; nothing when such a block cannot hold it.
fn block(text: &str, node: &Node, words: &str) -> Option<String> {
    let awkward = |line: &str| line.ends_with([' ', '\t', '\r']);
    if words.starts_with([' ', '\n', '\t']) || words.lines().any(awkward) || words.ends_with("\n\n")
    {
        return None;
    }
    let begin = text
        .get(..node.range.start)?
        .rfind('\n')
        .map_or(0, |at| at + 1);
    let line = text.get(begin..)?.lines().next()?;
    // The text must be deeper than the map that the value stands in, which begins after the dashes of list items.
    let depth = line.len() - line.trim_start_matches([' ', '-']).len();
    let indent = " ".repeat(depth + 2);
    let lines: Vec<String> = words
        .lines()
        .map(|line| {
            if line.is_empty() {
                String::new()
            } else {
                format!("{indent}{line}")
            }
        })
        .collect();
    let mark = if words.ends_with('\n') { "|" } else { "|-" };
    Some(format!("{mark}\n{}", lines.join("\n")))
}

/// The value on one line.
pub(crate) fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(flow).collect::<Vec<_>>().join(", ")
        ),
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{}: {}", scalar(name), flow(value)))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
        other => other.to_string(),
    }
}

/// A text on one line, quoted where it would be read as something else.
fn scalar(text: &str) -> String {
    let word = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "-_./".contains(letter));
    let taken = [
        "true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf",
    ];
    let quotes = text.contains('"')
        && !text.contains(['\'', '\\'])
        && text.chars().all(|letter| !letter.is_control());
    if (word && !taken.contains(&text.to_lowercase().as_str())) || is_duration(text) {
        text.to_owned()
    } else if quotes {
        format!("'{text}'")
    } else {
        Value::from(text).to_string()
    }
}

/// Whether the text is one such as `8h`, which is never read as anything else.
fn is_duration(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    !number.is_empty() && matches!(unit, "ms" | "s" | "m" | "h")
}
