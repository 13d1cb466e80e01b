//! The command line: options of a command and the words that are left.
//!
//! An option that the command does not know is an ordinary word, because prompts
//! are passed as words. A single argument is split as a shell would split it:
//! slash commands hand over their whole argument text as one string.

use std::collections::BTreeMap;

/// The options that one command knows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Options that take a value, without dashes.
    pub values: &'static [&'static str],
    /// Options that are present or not, without dashes.
    pub flags: &'static [&'static str],
}

/// A command line that was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    values: BTreeMap<String, String>,
    flags: BTreeMap<String, bool>,
    /// The words that are no options, in order.
    pub words: Vec<String>,
}

/// The option stands at the end of the line without its value.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("Missing value for {0}")]
pub struct MissingValue(String);

impl Arguments {
    /// Reads the arguments of a command.
    pub fn parse(raw: &[String], known: Options) -> Result<Self, MissingValue> {
        let split;
        let arguments = match raw {
            [only] => {
                split = split_words(only);
                &split
            }
            _ => raw,
        };
        let mut parsed = Self::default();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            if argument == "--" {
                parsed.words.extend(rest.by_ref().cloned());
            } else if !parsed.take_option(argument, &mut rest, known)? {
                parsed.words.push(argument.clone());
            }
        }
        Ok(parsed)
    }

    fn take_option<'a>(
        &mut self,
        argument: &str,
        rest: &mut impl Iterator<Item = &'a String>,
        known: Options,
    ) -> Result<bool, MissingValue> {
        let (name, inline) = match argument.strip_prefix("--") {
            Some(long) => match long.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (long, None),
            },
            None => match argument {
                "-m" => ("model", None),
                "-C" => ("cwd", None),
                _ => return Ok(false),
            },
        };
        if known.flags.contains(&name) {
            self.flags
                .insert(name.to_owned(), inline.as_deref() != Some("false"));
            return Ok(true);
        }
        if !known.values.contains(&name) {
            return Ok(false);
        }
        let value = inline.or_else(|| rest.next().cloned());
        let value = value.ok_or_else(|| MissingValue(argument.to_owned()))?;
        self.values.insert(name.to_owned(), value);
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

/// Splits at white space; quotes hold words together, a backslash takes the next character as it is.
fn split_words(raw: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut current = String::new();
    let mut quote = None;
    let mut characters = raw.chars();
    while let Some(character) = characters.next() {
        match (character, quote) {
            ('\\', _) => current.push(characters.next().unwrap_or('\\')),
            (_, Some(open)) if character == open => quote = None,
            (_, Some(_)) => current.push(character),
            ('\'' | '"', None) => quote = Some(character),
            (space, None) if space.is_whitespace() => {
                if !current.is_empty() {
                    words.push(std::mem::take(&mut current));
                }
            }
            _ => current.push(character),
        }
    }
    if !current.is_empty() {
        words.push(current);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    const TASK: Options = Options {
        values: &["model", "cwd"],
        flags: &["background", "wait", "json"],
    };

    fn parse(raw: &[&str]) -> Arguments {
        let owned: Vec<String> = raw.iter().map(|word| (*word).to_owned()).collect();
        Arguments::parse(&owned, TASK).unwrap()
    }

    #[test]
    fn unknown_options_are_words() {
        let parsed = parse(&["--nope", "fix", "it", "-x"]);
        assert_eq!(parsed.words, ["--nope", "fix", "it", "-x"]);
    }

    #[test]
    fn one_string_is_split() {
        let parsed = parse(&["--wait -m spark fix 'the parser' it\\'s"]);
        assert!(parsed.flag("wait"));
        assert_eq!(parsed.value("model"), Some("spark"));
        assert_eq!(parsed.words, ["fix", "the parser", "it's"]);
    }

    #[test]
    fn inline_values_and_the_end_of_options() {
        let parsed = parse(&["--model=a=b", "--json=false", "--", "--wait"]);
        assert_eq!(parsed.value("model"), Some("a=b"));
        assert!(!parsed.flag("json"));
        assert_eq!(parsed.words, ["--wait"]);
    }

    #[test]
    fn a_value_must_follow() {
        let raw = ["x".to_owned(), "--cwd".to_owned()];
        let error = Arguments::parse(&raw, TASK).unwrap_err();
        assert_eq!(error.to_string(), "Missing value for --cwd");
    }
}
