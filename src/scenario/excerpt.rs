//! The text that an error shows: long lines are cut round the place, so that they fit a screen, and nothing in it can
//! act on a terminal.

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

/// How much of a line is shown.
const LONGEST: usize = 120;

/// A file's text, as errors show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    name: String,
    text: String,
    column: usize,
}

impl Excerpt {
    /// The text of the file `name` round the bytes from `start` to `end`, which begin in the given column (from one),
    /// and where these bytes are in it.
    pub(super) fn new(
        name: &str,
        text: &str,
        start: usize,
        end: usize,
        column: u64,
    ) -> (Excerpt, SourceSpan) {
        let mut shown = String::with_capacity(text.len());
        let (mut from, mut to) = (0, 0);
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let words = line.trim_end_matches(['\n', '\r']);
            let here = (at..at + line.len()).contains(&start);
            let place = if here {
                words
                    .char_indices()
                    .take_while(|(offset, _)| at + offset < start)
                    .count()
            } else {
                0
            };
            let is_long = words.chars().count() > LONGEST;
            let first = if is_long {
                place.saturating_sub(LONGEST / 2)
            } else {
                0
            };
            if first > 0 {
                shown.push('…');
            }
            let mut letters = words.char_indices().skip(first);
            for (offset, letter) in letters.by_ref().take(LONGEST) {
                if here && at + offset == start {
                    from = shown.len();
                }
                shown.push(if letter.is_control() && letter != '\t' {
                    char::REPLACEMENT_CHARACTER
                } else {
                    letter
                });
                if here && at + offset < end {
                    to = shown.len();
                }
            }
            if letters.next().is_some() {
                shown.push('…');
            }
            if line.ends_with('\n') {
                shown.push('\n');
            }
            at += line.len();
        }
        let excerpt = Excerpt {
            name: name.to_owned(),
            text: shown,
            column: usize::try_from(column.saturating_sub(1)).unwrap_or(0),
        };
        (excerpt, (from, to.saturating_sub(from)).into())
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let inner = self.text.read_span(span, before, after)?;
        // The place itself is asked for without lines round it. Its column is that of the file, in characters.
        let column = if before + after == 0 {
            self.column
        } else {
            inner.column()
        };
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            inner.data(),
            *inner.span(),
            inner.line(),
            column,
            inner.line_count(),
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str, word: &str) -> (String, String) {
        let start = text.find(word).unwrap();
        let (excerpt, span) = Excerpt::new("t.yaml", text, start, start + word.len(), 1);
        let range = span.offset()..span.offset() + span.len();
        (excerpt.text[range].to_owned(), excerpt.text)
    }

    #[test]
    fn a_long_line_is_cut_round_the_place() {
        let text = format!(
            "a: {}wrong{}\nb: 1\n",
            "é".repeat(90_000),
            "x".repeat(90_000)
        );
        let (word, shown) = marked(&text, "wrong");
        assert_eq!(word, "wrong");
        assert!(
            shown
                .lines()
                .all(|line| line.chars().count() <= LONGEST + 2)
        );
        assert_eq!(shown.lines().count(), 2);
    }

    #[test]
    fn a_short_text_stays_as_it_is() {
        let (word, shown) = marked("a: 1\nb: 'é' # wrong", "wrong");
        assert_eq!(
            (word.as_str(), shown.as_str()),
            ("wrong", "a: 1\nb: 'é' # wrong")
        );
    }

    #[test]
    fn a_text_cannot_act_on_the_terminal() {
        let (word, shown) = marked("a: \x1b[31mwrong", "wrong");
        assert_eq!(
            (word.as_str(), shown.as_str()),
            ("wrong", "a: \u{fffd}[31mwrong")
        );
    }
}
