//! The command line: options of a command and the words that are left.
//!
//! Two forms come in. A shell gives one argument a word; a slash command of Claude
//! Code hands over its whole argument text as one string, which is split here. The
//! prompt of such a string is the text without its options, as it was written.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::texts::say;

/// What a command does with words that are no options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// They are a text for Codex. Options that are not known are part of it once it has begun.
    Prose,
    /// There may be this many, and nothing that looks like an option.
    AtMost(usize),
}

/// What one command knows.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Options that take a value, without dashes.
    pub values: &'static [&'static str],
    /// Options that are present or not, without dashes.
    pub flags: &'static [&'static str],
    /// Everything else.
    pub words: Words,
}

/// A command line that was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    values: BTreeMap<String, String>,
    flags: BTreeMap<String, bool>,
    /// The words that are no options, in order.
    pub words: Vec<String>,
    /// The same as one text.
    pub prose: String,
}

/// The command line is not one of the command.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ArgumentsError {
    /// The command's help is asked for.
    #[error("{}", say!(HELP_ASKED))]
    Help,
    /// An option without its value.
    #[error("{}", say!(MISSING_VALUE, option = .0))]
    MissingValue(String),
    /// A flag with a value that is neither true nor false.
    #[error("{}", say!(FLAG_VALUE, option = .0))]
    FlagValue(String),
    /// An option that the command does not have.
    #[error("{}", say!(UNKNOWN_OPTION, option = .0))]
    UnknownOption(String),
    /// The same where a text for Codex is expected.
    #[error("{}", say!(UNKNOWN_OPTION_BEFORE_PROMPT, option = .0))]
    UnknownOptionBeforeProse(String),
    /// A word too many.
    #[error("{}", say!(UNEXPECTED_WORD, word = .0))]
    UnexpectedWord(String),
}

/// One word of the command line, and where it stands when all came as one string.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    text: String,
    place: Range<usize>,
}

impl Arguments {
    /// Reads the arguments of a command.
    pub fn parse(raw: &[String], known: Options) -> Result<Self, ArgumentsError> {
        let line = match raw {
            [only] => Some(only.as_str()),
            _ => None,
        };
        let words = match line {
            Some(line) => split(line),
            None => raw.iter().map(|text| word(text, 0..0)).collect(),
        };
        let mut parsed = Self::default();
        let mut left = Vec::new();
        let mut rest = words.iter().peekable();
        while let Some(word) = rest.next() {
            if word.text == "--" {
                left.extend(rest.by_ref());
            } else if !parsed.take_option(&word.text, &mut rest, known)? {
                refuse_option(&word.text, left.is_empty(), known.words)?;
                left.push(word);
            }
        }
        if let Words::AtMost(limit) = known.words
            && let Some(extra) = left.get(limit)
        {
            return Err(ArgumentsError::UnexpectedWord(extra.text.clone()));
        }
        parsed.prose = match line {
            Some(line) => prose(line, &left),
            None => joined(&left),
        };
        parsed.words = left.into_iter().map(|word| word.text.clone()).collect();
        Ok(parsed)
    }

    fn take_option<'a>(
        &mut self,
        argument: &str,
        rest: &mut std::iter::Peekable<impl Iterator<Item = &'a Word>>,
        known: Options,
    ) -> Result<bool, ArgumentsError> {
        let (name, inline) = match argument.strip_prefix("--") {
            Some(long) => match long.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (long, None),
            },
            None => match argument {
                "-m" => ("model", None),
                "-C" => ("cwd", None),
                _ => return Ok(false),
            },
        };
        if known.flags.contains(&name) {
            let value = match inline {
                None | Some("true") => true,
                Some("false") => false,
                Some(_) => return Err(ArgumentsError::FlagValue(argument.to_owned())),
            };
            self.flags.insert(name.to_owned(), value);
            return Ok(true);
        }
        if !known.values.contains(&name) {
            return Ok(false);
        }
        let is_option = |text: &str| {
            text.strip_prefix("--")
                .is_some_and(|name| known.flags.contains(&name) || known.values.contains(&name))
        };
        let value = match inline {
            Some(value) => Some(value.to_owned()),
            None => rest
                .next_if(|word| !is_option(&word.text))
                .map(|word| word.text.clone()),
        };
        match value.filter(|value| !value.trim().is_empty()) {
            Some(value) => self.values.insert(name.to_owned(), value),
            None => return Err(ArgumentsError::MissingValue(format!("--{name}"))),
        };
        Ok(true)
    }

    /// The value of an option.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Whether a flag is set.
    pub fn flag(&self, name: &str) -> bool {
        self.flags.get(name).copied().unwrap_or(false)
    }
}

/// A word that looks like an option is a mistake, except inside a text for Codex.
fn refuse_option(text: &str, is_first: bool, words: Words) -> Result<(), ArgumentsError> {
    if words == Words::Prose && !is_first {
        return Ok(());
    }
    if matches!(text, "--help" | "-h") {
        return Err(ArgumentsError::Help);
    }
    let looks_like_one = text.strip_prefix("--").is_some_and(|name| {
        name.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && name.split('=').next().is_some_and(|name| {
                name.bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            })
    });
    match words {
        Words::Prose if looks_like_one => {
            Err(ArgumentsError::UnknownOptionBeforeProse(text.to_owned()))
        }
        Words::AtMost(_) if text.len() > 1 && text.starts_with('-') => {
            Err(ArgumentsError::UnknownOption(text.to_owned()))
        }
        _ => Ok(()),
    }
}

fn word(text: &str, place: Range<usize>) -> Word {
    Word {
        text: text.to_owned(),
        place,
    }
}

fn joined(words: &[&Word]) -> String {
    let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    texts.join(" ")
}

/// The line from its first word to its last, without the options between them. A
/// line of one quoted word is that word.
fn prose(line: &str, words: &[&Word]) -> String {
    if let [only] = words {
        let raw = &line[only.place.clone()];
        let is_quoted = ['"', '\'']
            .iter()
            .any(|quote| raw.len() > 1 && raw.starts_with(*quote) && raw.ends_with(*quote));
        return if is_quoted { &only.text } else { raw }.to_owned();
    }
    let mut text = String::new();
    let mut end: Option<usize> = None;
    for word in words {
        if let Some(end) = end {
            let gap = &line[end..word.place.start];
            text.push_str(if gap.trim().is_empty() { gap } else { " " });
        }
        text.push_str(&line[word.place.clone()]);
        end = Some(word.place.end);
    }
    text
}

/// Splits at white space; quotes hold words together, a backslash takes the next character as it is.
fn split(line: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut current = String::new();
    let mut start = None;
    let mut quote = None;
    let mut characters = line.char_indices();
    while let Some((at, character)) = characters.next() {
        if quote.is_none() && character.is_whitespace() {
            if let Some(start) = start.take() {
                words.push(word(&current, start..at));
                current.clear();
            }
            continue;
        }
        start.get_or_insert(at);
        match (character, quote) {
            ('\\', _) => current.push(characters.next().map_or('\\', |(_, next)| next)),
            (_, Some(open)) if character == open => quote = None,
            (_, Some(_)) => current.push(character),
            ('\'' | '"', None) if begins_quotation(&current, &line[at + 1..], character) => {
                quote = Some(character);
            }
            _ => current.push(character),
        }
    }
    if let Some(start) = start {
        words.push(word(&current, start..line.len()));
    }
    words
}

/// Only at the start of a word or of an option's value, and only if it has an end: an
/// apostrophe as in "don't" is none.
fn begins_quotation(before: &str, after: &str, quote: char) -> bool {
    (before.is_empty() || before.ends_with('=')) && after.contains(quote)
}

#[cfg(test)]
#[path = "arguments_tests.rs"]
mod tests;
