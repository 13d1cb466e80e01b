//! Expected and actual beside each other.

use maud::{Markup, html};
use similar::{ChangeTag, TextDiff};

/// Texts that have less in common than this are not compared word by word.
const ALIKE: f32 = 0.7;

/// Several lines as a diff; one line as two, with the words marked that differ.
pub(super) fn diff(expected: &str, actual: &str) -> Markup {
    if expected.contains('\n') || actual.contains('\n') {
        return lines(expected, actual);
    }
    let words = TextDiff::from_words(expected, actual);
    let mark = words.ratio() >= ALIKE;
    let side = |tag: ChangeTag| {
        html! {
            @for change in words.iter_all_changes().filter(|change| change.tag() == tag || change.tag() == ChangeTag::Equal) {
                @if mark && change.tag() == tag { mark { (change.value()) } } @else { (change.value()) }
            }
        }
    };
    html! {
        pre.diff {
            span.del { "- " (side(ChangeTag::Delete)) "\n" }
            span.ins { "+ " (side(ChangeTag::Insert)) "\n" }
        }
    }
}

fn lines(expected: &str, actual: &str) -> Markup {
    let diff = TextDiff::from_lines(expected, actual);
    html! {
        pre.diff {
            @for change in diff.iter_all_changes() {
                @let (class, sign) = match change.tag() {
                    ChangeTag::Delete => ("del", "-"),
                    ChangeTag::Insert => ("ins", "+"),
                    ChangeTag::Equal => ("same", " "),
                };
                span class=(class) { (sign) " " (change.value().trim_end_matches('\n')) "\n" }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_words_that_differ_are_marked() {
        let html = diff(
            "the job of today is done now",
            "the job of today is lost now",
        )
        .into_string();
        assert!(
            html.contains("<mark>done</mark>") && html.contains("<mark>lost</mark>"),
            "{html}"
        );
        assert!(!diff("aaa bbb", "ccc ddd").into_string().contains("<mark>"));
    }

    #[test]
    fn lines_are_compared_as_lines() {
        let html = diff("a\nb\n", "a\nc\n").into_string();
        assert!(
            html.contains("<span class=\"same\">  a\n")
                && html.contains("<span class=\"ins\">+ c\n")
        );
    }
}
