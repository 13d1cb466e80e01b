//! What to do about a message of the YAML reader.

/// The remedy for a message, when there is a better one than the message itself.
pub(super) fn remedy(message: &str) -> Option<String> {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    if message.starts_with("unknown field") || message.starts_with("unknown variant") {
        let (wrong, known) = quoted.split_first()?;
        return Some(match closest(wrong, known) {
            Some(close) => format!("did you mean `{close}`?"),
            None => format!("known here: {}", known.join(", ")),
        });
    }
    if message.starts_with("missing field") {
        return Some(format!("add `{}:`", quoted.first()?));
    }
    None
}

/// The known word that is closest to `wrong`, when it is close enough to be meant.
pub(crate) fn closest<'a>(wrong: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|word| (similar::TextDiff::from_chars(wrong, *word).ratio(), *word))
        .filter(|(ratio, _)| *ratio >= 0.6)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_close_word_is_proposed_and_a_far_one_lists_what_is_known() {
        assert_eq!(
            remedy("unknown field `titel`, expected one of `title`, `steps`").as_deref(),
            Some("did you mean `title`?")
        );
        assert_eq!(
            remedy("unknown field `zzz`, expected `title`").as_deref(),
            Some("known here: title")
        );
    }
}
