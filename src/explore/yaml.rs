//! A scenario as YAML in the style of the library: blocks outside, one line where it fits.

use serde_json::{Map, Value};

use crate::bless::flow;

/// How long a line may be before it is broken up.
const WIDTH: usize = 100;
/// How wide a folded text is.
const FOLD: usize = 100;

/// The text of a scenario.
pub(super) fn scenario(whole: &Map<String, Value>) -> String {
    let mut text = String::new();
    for (key, value) in whole {
        match (key.as_str(), value) {
            ("description", Value::String(words)) => fold(&mut text, key, words),
            ("title", Value::String(words)) => {
                text.push_str(&format!("{key}: {}\n", plain(words)));
            }
            _ => entry(&mut text, 0, &format!("{key}:"), value, true),
        }
    }
    text
}

/// A text that is read as itself without quotes where that is certain.
fn plain(words: &str) -> String {
    let first = words.starts_with(|first: char| first.is_alphabetic());
    let safe = |letter: char| letter.is_alphanumeric() || " ,.-_/`'".contains(letter);
    if first && words.chars().all(safe) && !words.ends_with(' ') {
        words.to_owned()
    } else {
        Value::from(words).to_string()
    }
}

fn fold(text: &mut String, key: &str, words: &str) {
    text.push_str(&format!("{key}: >\n"));
    let mut line = String::from(" ");
    for word in words.split_whitespace() {
        if line.len() + word.len() + 1 > FOLD && line.len() > 1 {
            text.push_str(&line);
            text.push('\n');
            line = String::from(" ");
        }
        line.push(' ');
        line.push_str(word);
    }
    text.push_str(&line);
    text.push('\n');
}

/// One entry: `head` stands before the value, on its line when the value fits there.
fn entry(text: &mut String, depth: usize, head: &str, value: &Value, is_block: bool) {
    let indent = " ".repeat(depth);
    let short = flow(value);
    let fits = depth + head.len() + short.len() < WIDTH;
    let is_list = matches!(value, Value::Array(list) if !list.is_empty());
    if fits && !(is_block && is_list) {
        text.push_str(&format!("{indent}{head} {short}\n"));
        return;
    }
    match value {
        Value::Array(list) if !list.is_empty() => {
            text.push_str(&format!("{indent}{head}\n"));
            for item in list {
                self::item(text, depth + 2, item);
            }
        }
        Value::Object(map) if !map.is_empty() => {
            text.push_str(&format!("{indent}{head}\n"));
            for (key, value) in map {
                entry(
                    text,
                    depth + 2,
                    &format!("{}:", flow(&key.as_str().into())),
                    value,
                    false,
                );
            }
        }
        _ => text.push_str(&format!("{indent}{head} {short}\n")),
    }
}

fn item(text: &mut String, depth: usize, value: &Value) {
    let indent = " ".repeat(depth);
    let short = flow(value);
    let single = value.as_object().filter(|map| map.len() == 1);
    if depth + short.len() + 2 < WIDTH {
        // A map of one entry needs no braces in a list.
        let short = match single.and_then(|map| map.iter().next()) {
            Some((key, inner)) => format!("{}: {}", flow(&key.as_str().into()), flow(inner)),
            None => short,
        };
        text.push_str(&format!("{indent}- {short}\n"));
        return;
    }
    let Value::Object(map) = value else {
        text.push_str(&format!("{indent}- {short}\n"));
        return;
    };
    let mut inner = String::new();
    for (key, value) in map {
        entry(
            &mut inner,
            depth + 2,
            &format!("{}:", flow(&key.as_str().into())),
            value,
            false,
        );
    }
    // The first entry stands behind the dash.
    inner.replace_range(depth..depth + 2, "- ");
    text.push_str(&inner);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn short_things_stand_on_one_line_and_long_ones_in_blocks() {
        let long = "word ".repeat(30);
        let whole = json!({
            "title": "It is so",
            "description": "one two",
            "codex": {"turns": [[{"say": "hi"}]]},
            "gates": [{"before": {"exec": "*x*"}, "do": [{"companion": {"run": long, "background": true}}, {"advance": "1s"}]}],
            "steps": [{"agent": {"task": "\"fix: it\""}}, {"advance": "8h"}],
        });
        let text = scenario(whole.as_object().unwrap());
        let read: Value = serde_saphyr::from_str(&text).unwrap();
        assert_eq!(read["steps"], whole["steps"]);
        assert_eq!(read["gates"], whole["gates"]);
        insta::assert_snapshot!(text);
    }

    #[test]
    fn a_title_that_is_no_plain_text_is_quoted() {
        for title in ["a: b", "- x", "it's # so", "x ", "{a}", "yes: no"] {
            let whole = json!({ "title": title });
            let text = scenario(whole.as_object().unwrap());
            let read: Value = serde_saphyr::from_str(&text).unwrap();
            assert_eq!(read["title"], title);
        }
    }
}
