//! Reading JSON that JavaScript has written.
//!
//! `JSON.stringify` writes half of a character that was cut in two as the escape of a
//! lone surrogate, which is no text for anybody else: an event of Claude Code whose text
//! was cut inside an emoji, or a record of the Node plugin whose summary was. Such a half
//! becomes U+FFFD, and so do bytes that are no UTF-8.

use std::borrow::Cow;
use std::io::{self, Read};

use serde_json::Value;

/// The value of a JSON text.
pub fn parse(text: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_slice(text).or_else(|error| {
        let text = String::from_utf8_lossy(text);
        let is_same = matches!(text, Cow::Borrowed(_));
        match without_lone_surrogates(&text) {
            Cow::Borrowed(_) if is_same => Err(error),
            repaired => serde_json::from_str(&repaired),
        }
    })
}

/// The text with `\ufffd` for each escape of half a character.
fn without_lone_surrogates(text: &str) -> Cow<'_, str> {
    let mut repaired = String::new();
    let mut kept = 0;
    let mut at = 0;
    while let Some(found) = text[at..].find('\\') {
        let escape = at + found;
        let Some(unit) = code_unit(&text[escape..]) else {
            // Another escape: what follows the backslash cannot begin one.
            let next = text[escape + 1..].chars().next().map_or(0, char::len_utf8);
            at = escape + 1 + next;
            continue;
        };
        let second = code_unit(&text[escape + 6..]);
        at = match (unit, second) {
            (0xd800..0xdc00, Some(0xdc00..0xe000)) => escape + 12,
            (0xd800..0xe000, _) => {
                repaired.push_str(&text[kept..escape]);
                repaired.push_str("\\ufffd");
                kept = escape + 6;
                kept
            }
            _ => escape + 6,
        };
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    repaired.push_str(&text[kept..]);
    Cow::Owned(repaired)
}

/// The number of an escape `\uXXXX` at the start of the text.
fn code_unit(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u32::from_str_radix(digits, 16).ok()
}

/// The text of the first JSON object or list that comes; all that comes when it is none.
///
/// Nothing after it is waited for, so whoever keeps the other end open holds up nobody.
pub fn first_text(mut reader: impl Read) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let mut buffer = [0; 16 * 1024];
    let mut scan = Scan::default();
    loop {
        let count = match reader.read(&mut buffer) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let read = &buffer[..count];
        match read.iter().position(|byte| scan.ends_with(*byte)) {
            Some(end) => text.extend_from_slice(&read[..=end]),
            None => text.extend_from_slice(read),
        }
        if count == 0 || scan.has_ended {
            return Ok(text);
        }
    }
}

/// Where in an object or a list a scan is.
#[derive(Debug, Default)]
struct Scan {
    depth: u64,
    in_string: bool,
    after_backslash: bool,
    has_ended: bool,
}

impl Scan {
    /// Takes the next byte; true when it is the last one of the value.
    fn ends_with(&mut self, byte: u8) -> bool {
        if self.after_backslash {
            self.after_backslash = false;
        } else if self.in_string {
            self.after_backslash = byte == b'\\';
            self.in_string = byte != b'"';
        } else {
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    self.has_ended = self.depth == 0;
                }
                _ => {}
            }
        }
        self.has_ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn halves_of_characters_are_replaced() {
        for (text, expected) in [
            (r#""a\ud83d""#, "a\u{fffd}"),
            (r#""\ude00b\ud83d\ude00""#, "\u{fffd}b\u{1f600}"),
            (r#""\ud83d\ud83d\ude00""#, "\u{fffd}\u{1f600}"),
            (r#""\\ud83d \ud83dx""#, "\\ud83d \u{fffd}x"),
            (r#""\ud83d\u00e4""#, "\u{fffd}ä"),
        ] {
            assert_eq!(parse(text.as_bytes()).unwrap(), expected, "{text}");
        }
        assert_eq!(parse(b"\"a\xff\"").unwrap(), "a\u{fffd}");
        for broken in ["", "{", r#""\ud8"#, r#""\u"#, "\"\\", "\\é"] {
            assert!(parse(broken.as_bytes()).is_err(), "{broken}");
        }
    }

    #[test]
    fn the_first_value_ends_where_it_ends() {
        for (text, first) in [
            (r#" {"a":"}\"]"} more"#, r#" {"a":"}\"]"}"#),
            ("[[1],{}]{", "[[1],{}]"),
            ("12 ", "12 "),
            ("}{", "}"),
            (r#"{"a":"#, r#"{"a":"#),
        ] {
            assert_eq!(first_text(text.as_bytes()).unwrap(), first.as_bytes());
        }
    }

    proptest! {
        #[test]
        fn what_serde_writes_is_read_back(text in any::<String>(), tail in any::<String>()) {
            let value = json!({ text.clone(): [text, {}] });
            let first = first_text(format!("{value}{tail}").as_bytes()).unwrap();
            prop_assert_eq!(parse(&first).unwrap(), value);
        }

        #[test]
        fn nothing_is_too_odd(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[\\\\ud8-f{}\\[\\]\" ]{0,60}") {
            let _ = parse(&bytes);
            let _ = parse(text.as_bytes());
            let _ = first_text(&bytes[..]);
        }
    }
}
