//! What the YAML reader says, in words that help.

use crate::nearest::nearest;

/// How many known words are listed beside the nearest one.
const LISTED: usize = 14;

/// The reader's message split into what is wrong and what to do about it.
pub(crate) fn explain(message: &str) -> (String, Option<String>) {
    if message.starts_with("unknown variant `~`") {
        return ("there is no value here".to_owned(), Some(EMPTY.to_owned()));
    }
    if let Some((what, known)) = unknown(message) {
        let wrong = what.split('`').nth(1).unwrap_or_default();
        let remedy = match nearest(wrong, known.iter().copied()) {
            Some(close) if known.len() > LISTED => format!("did you mean `{close}`?"),
            Some(close) => format!("did you mean `{close}`? known here: {}", known.join(", ")),
            None => format!("known here: {}", known.join(", ")),
        };
        return (what.replacen("variant", "word", 1), Some(remedy));
    }
    if let Some(field) = message
        .strip_prefix("missing field `")
        .and_then(|rest| rest.split('`').next())
    {
        return (message.to_owned(), Some(format!("add `{field}:`")));
    }
    if let Some((_, what, remedy)) = READER.iter().find(|(part, ..)| message.contains(part)) {
        return ((*what).to_owned(), Some((*remedy).to_owned()));
    }
    if let Some((what, remedy)) = message.split_once("; ") {
        return (what.to_owned(), Some(remedy.to_owned()));
    }
    let known = REMEDIES
        .iter()
        .find(|(part, _)| message.contains(part))
        .map(|(_, remedy)| *remedy);
    (message.to_owned(), Some(known.unwrap_or(USUAL).to_owned()))
}

const USUAL: &str = "docs/scenarios.md shows what can stand here";

const EMPTY: &str =
    "write a value, or leave the key out; `#` begins a comment, so quote a value such as '#49'";

/// What the YAML reader says in the words of its own makers: a part of it, what is meant, and the remedy.
const READER: [(&str, &str, &str); 21] = [
    (
        "expected mapping start",
        "this is no map",
        "write `key: value`, with a space after the colon, on lines that are indented further than the key above, or {key: value}; a command is {run: COMMAND}",
    ),
    (
        "expected sequence start",
        "this is no list",
        "write a list here: items with `- ` before each, or [one, two]",
    ),
    (
        "after enum variant",
        "a second key stands where there can be one",
        "keep one of them; when they are steps, begin each with `- ` on a line of its own",
    ),
    (
        "block collection",
        "this is no item of the list above",
        "begin an item with `- `, or indent a key like the one that it stands beside",
    ),
    (
        "invalid u",
        "this is no whole number, or too large a one",
        "write a whole number, without a unit and not below zero",
    ),
    (
        "invalid i",
        "this is no whole number, or too large a one",
        "write a whole number, without a unit",
    ),
    (
        "non-finite float",
        "this is no number that can be counted with",
        "write a number, with its unit when it is a duration; quote it when it is a text",
    ),
    (
        "YAML major version",
        "this is no version of YAML that is known",
        "leave the line out; a scenario needs no `%YAML`",
    ),
    ("cannot deserialize null", "there is no value here", EMPTY),
    ("type: unit value", "there is no value here", EMPTY),
    (
        "expected string scalar",
        "this is no text",
        "write a text; put it in quotation marks when it has `[`, `{`, `#` or `: `",
    ),
    (
        "enum expected scalar or mapping",
        "this is a list; one word, or a map with one key, stands here",
        "write it without brackets or `- `",
    ),
    (
        "budget breached",
        "this is larger than any scenario, or refers to itself too often",
        "split it, one case a file",
    ),
    (
        "multiple YAML documents",
        "a second document begins here",
        "a file tells one case: put the second into a file of its own, and remove `---`",
    ),
    (
        "mapping values are not allowed",
        "a `: ` stands where no map can begin",
        "put a text that has `: ` in quotation marks",
    ),
    (
        "alias references unknown anchor",
        "nothing before this is called so",
        "put `&NAME` before the value that is meant; quote a text that begins with `*`",
    ),
    (
        "unexpected character",
        "this is no letter of a text",
        "remove it; a scenario is plain text in UTF-8",
    ),
    (
        "tagged scalar into string",
        "a tag such as `!!int` says that this is no text",
        "remove the tag",
    ),
    (
        "invalid boolean",
        "this is neither true nor false",
        "write `true` or `false`",
    ),
    (
        "recursion",
        "this is nested too deeply",
        "put what is inside into steps of its own",
    ),
    (
        "unexpected value for unit",
        "this word takes no value",
        "write the word alone",
    ),
];

const REMEDIES: [(&str, &str); 12] = [
    (
        "end of input",
        "write at least `title:` and `steps:`; `rescue-harness new NAME` writes a file that runs",
    ),
    ("unclosed bracket", "close the bracket"),
    ("unclosed quote", "close the quotation mark"),
    ("no further keys", "write one form only"),
    ("a job record needs", "add it to the record"),
    (
        "flow mapping",
        "close the `{` with a `}`, and put a comma between its entries",
    ),
    (
        "flow sequence",
        "close the `[` with a `]`, and put a comma between its items",
    ),
    (
        "block mapping",
        "indent entries of one map alike, with spaces, and end each key with a colon",
    ),
    (
        "block sequence",
        "indent items of one list alike, each with `- ` before it",
    ),
    (
        "uplicate",
        "keep one of them; several steps are items of a list, each with `- ` before it",
    ),
    ("tab", "indent with spaces"),
    (
        "invalid type",
        "write the value in the form that is expected; quote a text that looks like a number or a map",
    ),
];

/// What is unknown, and what is known in its place.
fn unknown(message: &str) -> Option<(&str, Vec<&str>)> {
    if !(message.starts_with("unknown field") || message.starts_with("unknown variant")) {
        return None;
    }
    let (what, known) = message.split_once(", expected ")?;
    let known = known.strip_prefix("one of ").unwrap_or(known);
    let known = known
        .split([',', ' '])
        .map(|word| word.trim_matches('`'))
        .filter(|word| !word.is_empty() && *word != "or");
    Some((what, known.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(
        "unknown field `titel`, expected one of `title`, `steps`",
        "did you mean `title`? known here: title, steps"
    )]
    #[case(
        "unknown variant `agnt`, expected one of agent, hook",
        "did you mean `agent`? known here: agent, hook"
    )]
    #[case("unknown field `zzz`, expected `title`", "known here: title")]
    #[case("missing field `title`", "add `title:`")]
    #[case("something else", USUAL)]
    fn every_message_has_a_remedy(#[case] message: &str, #[case] remedy: &str) {
        assert_eq!(explain(message).1.as_deref(), Some(remedy));
    }
}
