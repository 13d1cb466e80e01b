//! Very long lines: texts that no answer depends on are counted and not kept.
//!
//! Codex refuses an input of more than [`MOST_CHARACTERS`] characters, so of a longer text nothing
//! but its length counts. A line of any length so takes a bounded amount of memory, unless it has
//! very many texts below that limit.

use std::sync::OnceLock;

/// The most characters that Codex takes as the input of a turn.
///
/// Source: the error of 0.117.0, 0.134.0 and 0.169.0 for an input of 1,048,577 characters.
pub const MOST_CHARACTERS: u64 = 1 << 20;

/// A line is looked at for long texts when it has so many bytes.
const LONG_LINE: usize = 8 << 20;

/// A line on its way in.
#[derive(Debug, Default)]
pub struct Line {
    /// The line without its end; texts that were too long to keep are replaced by their length.
    pub text: Vec<u8>,
    /// How many bytes came.
    pub bytes: u64,
    shortener: Option<Shortener>,
}

impl Line {
    /// Takes in more of the line.
    pub fn extend(&mut self, piece: &[u8]) {
        self.bytes += piece.len() as u64;
        if let Some(shortener) = &mut self.shortener {
            return shortener.take(piece, &mut self.text);
        }
        self.text.extend_from_slice(piece);
        if self.text.len() > LONG_LINE {
            let so_far = std::mem::take(&mut self.text);
            let mut shortener = Shortener::default();
            shortener.take(&so_far, &mut self.text);
            self.shortener = Some(shortener);
        }
    }
}

/// Copies JSON, but for texts that are too long.
#[derive(Debug, Default)]
struct Shortener {
    place: Place,
    /// Where the text that is being copied begins in the output.
    start: usize,
    /// Its characters so far.
    characters: u64,
    /// It is too long, and copied no more.
    dropping: bool,
}

/// Where in the JSON the copy is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Outside of a text.
    #[default]
    Outside,
    /// In a text.
    Inside,
    /// After a backslash.
    Escape,
    /// In the digits of `\u`: how many are left, and their value so far.
    Unicode(u8, u32),
}

impl Shortener {
    fn take(&mut self, mut piece: &[u8], out: &mut Vec<u8>) {
        while let Some(&byte) = piece.first() {
            match self.place {
                Place::Outside => {
                    let end = piece
                        .iter()
                        .position(|b| *b == b'"')
                        .map_or(piece.len(), |at| at + 1);
                    out.extend_from_slice(&piece[..end]);
                    if piece[end - 1] == b'"' {
                        self.place = Place::Inside;
                        self.start = out.len();
                        self.characters = 0;
                        self.dropping = false;
                    }
                    piece = &piece[end..];
                }
                Place::Inside if byte == b'"' => {
                    if self.dropping {
                        out.extend_from_slice(stand_in(self.characters).as_bytes());
                    }
                    out.push(byte);
                    self.place = Place::Outside;
                    piece = &piece[1..];
                }
                Place::Inside if byte == b'\\' => {
                    self.copy(&piece[..1], 0, out);
                    self.place = Place::Escape;
                    piece = &piece[1..];
                }
                Place::Inside => {
                    let plain = |b: &u8| *b == b'"' || *b == b'\\';
                    let end = piece.iter().position(plain).unwrap_or(piece.len());
                    // Every byte that goes on with no character begins one.
                    let begins = piece[..end].iter().filter(|b| **b & 0xC0 != 0x80).count();
                    self.copy(&piece[..end], begins as u64, out);
                    piece = &piece[end..];
                }
                Place::Escape => {
                    let unicode = byte == b'u';
                    self.copy(&piece[..1], u64::from(!unicode), out);
                    self.place = if unicode {
                        Place::Unicode(4, 0)
                    } else {
                        Place::Inside
                    };
                    piece = &piece[1..];
                }
                Place::Unicode(left, value) => {
                    let digit = char::from(byte).to_digit(16).unwrap_or(0);
                    let value = value << 4 | digit;
                    // The second half of a pair belongs to the character of the first.
                    let ends = left == 1 && !(0xDC00..0xE000).contains(&value);
                    self.copy(&piece[..1], u64::from(ends), out);
                    self.place = if left == 1 {
                        Place::Inside
                    } else {
                        Place::Unicode(left - 1, value)
                    };
                    piece = &piece[1..];
                }
            }
        }
    }

    fn copy(&mut self, bytes: &[u8], characters: u64, out: &mut Vec<u8>) {
        self.characters += characters;
        if self.characters > MOST_CHARACTERS && !self.dropping {
            self.dropping = true;
            out.truncate(self.start);
        }
        if !self.dropping {
            out.extend_from_slice(bytes);
        }
    }
}

/// The beginning of what stands for a text that was not kept, which no client can know.
fn head() -> &'static str {
    static HEAD: OnceLock<String> = OnceLock::new();
    HEAD.get_or_init(|| format!("[not kept by fake-codex {}: ", uuid::Uuid::new_v4()))
}

/// What stands for a text of so many characters.
fn stand_in(characters: u64) -> String {
    format!("{}{characters} characters]", head())
}

/// How many characters a text has, or had before it was shortened.
pub fn characters(text: &str) -> u64 {
    let told = text
        .strip_prefix(head())
        .and_then(|rest| rest.strip_suffix(" characters]")?.parse().ok());
    told.unwrap_or_else(|| text.chars().count() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// The line after it came in pieces of this size.
    fn taken(text: &str, piece: usize) -> Line {
        let mut line = Line::default();
        for piece in text.as_bytes().chunks(piece) {
            line.extend(piece);
        }
        line
    }

    #[test]
    fn a_text_that_is_too_long_is_counted() {
        for unit in ["x", "é\\n", "\\ud83d\\ude00"] {
            let count = (9 << 20) / unit.len().min(8);
            let each = if unit.starts_with('é') { 2 } else { 1 };
            let text = format!(
                "{{\"id\":7,\"a\":\"say \\\"hi\\\"\",\"input\":[{{\"text\":\"{}\"}}],\"z\":1}}",
                unit.repeat(count)
            );
            let line = taken(&text, 65_537);
            assert!(line.text.capacity() < 64 << 20, "{}", line.text.capacity());
            assert!(line.text.len() < 200, "{unit}");
            assert_eq!(line.bytes, text.len() as u64);
            let value: Value = serde_json::from_slice(&line.text).unwrap();
            assert_eq!((&value["id"], &value["z"]), (&json!(7), &json!(1)));
            assert_eq!(value["a"], "say \"hi\"");
            let told = value["input"][0]["text"].as_str().unwrap();
            assert_eq!(characters(told), (count * each) as u64, "{unit}");
        }
    }

    #[test]
    fn what_is_short_enough_stays_as_it_came() {
        let part = format!("\"{}\"", "\\u0041é".repeat(1 << 19));
        let text = format!("[{part},{part},{part},\"\\\\\"]");
        assert!(text.len() > LONG_LINE);
        for piece in [1 << 16, 777_777] {
            assert_eq!(taken(&text, piece).text, text.as_bytes());
        }
        assert_eq!(taken("{\"a\":1}", 3).text, b"{\"a\":1}");
        assert_eq!(characters("héé"), 3);
    }
}
