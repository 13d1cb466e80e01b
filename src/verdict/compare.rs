//! Compares one value with what it must be.

use serde_json::Value;

use super::interpolate::{Captured, interpolate, interpolate_value};
use crate::scenario::part::Part;
use crate::scenario::text::{Expected, Quality, Says};
use crate::vocabulary::{Template, Vocabulary};

/// Compares values in the light of what the run has captured and of the subject's words.
pub struct Judge<'a> {
    /// The subject's words.
    pub vocabulary: &'a Vocabulary,
    /// The subject's revision, when it is known.
    pub revision: Option<&'a str>,
    /// Values of captures.
    pub captured: &'a Captured,
    /// Whether a process id belongs to a living process.
    pub alive: &'a dyn Fn(i64) -> bool,
}

/// How a value differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What it must be.
    pub expected: String,
    /// What it is.
    pub actual: String,
    /// What helps to understand it.
    pub hint: Option<String>,
}

impl Judge<'_> {
    /// Nothing when the value is as it must be.
    pub fn compare(&self, expected: &Expected, actual: Option<&Value>) -> Option<Difference> {
        let differs = |wanted: String| {
            Some(Difference {
                expected: wanted,
                actual: show(actual),
                hint: self.recognise(actual),
            })
        };
        match expected {
            Expected::Exactly(value) => match interpolate_value(value, self.captured) {
                Err(unknown) => differs(unknown.to_string()),
                Ok(value) if Some(&value) == actual || (value.is_null() && actual.is_none()) => {
                    None
                }
                Ok(value) => differs(show(Some(&value))),
            },
            Expected::Says(says) => self.says(says, actual),
            Expected::Matches(pattern) => match interpolate(pattern, self.captured) {
                Err(unknown) => differs(unknown.to_string()),
                Ok(pattern) => {
                    match (regex::Regex::new(&pattern), actual.and_then(Value::as_str)) {
                        (Ok(regex), Some(text)) if regex.is_match(text) => None,
                        (Ok(_), _) => differs(format!("a text that matches {pattern}")),
                        (Err(error), _) => differs(format!("a valid pattern: {error}")),
                    }
                }
            },
            Expected::Contains(parts) => self.parts(parts, actual, true),
            Expected::Lacks(parts) => self.parts(parts, actual, false),
            Expected::Is(quality) => {
                let holds = match quality {
                    Quality::Present => actual.is_some_and(|value| !value.is_null()),
                    Quality::Absent => actual.is_none(),
                    Quality::Alive => actual
                        .and_then(Value::as_i64)
                        .is_some_and(|pid| (self.alive)(pid)),
                    Quality::Dead => actual
                        .and_then(Value::as_i64)
                        .is_some_and(|pid| !(self.alive)(pid)),
                };
                if holds {
                    None
                } else {
                    differs(format!("{quality:?}").to_lowercase())
                }
            }
        }
    }

    /// Nothing when the text is the subject's words under this name.
    pub fn says(&self, says: &Says, actual: Option<&Value>) -> Option<Difference> {
        let differs = |expected: String| {
            Some(Difference {
                expected,
                actual: show(actual),
                hint: self.recognise(actual),
            })
        };
        let (template, known) = match self.words(says) {
            Ok(words) => words,
            Err(problem) => return differs(problem),
        };
        let wanted = template.render(&known);
        let Some(found) = actual
            .and_then(Value::as_str)
            .and_then(|text| template.recognise(text))
        else {
            return differs(wanted);
        };
        let as_known = found
            .iter()
            .all(|(name, value)| known.get(name).is_none_or(|wanted| wanted == value));
        if as_known { None } else { differs(wanted) }
    }

    /// The subject's words under this name, with what is known of their placeholders.
    fn words(&self, says: &Says) -> Result<(&Template, Captured), String> {
        let template = self
            .vocabulary
            .text(&says.name, self.revision)
            .map_err(|error| error.to_string())?;
        let mut known = self.captured.clone();
        for (name, value) in &says.with {
            let value = interpolate(value, self.captured).map_err(|error| error.to_string())?;
            known.insert(name.clone(), value);
        }
        Ok((template, known))
    }

    /// The text of a part; words that are looked for somewhere must be known to the end.
    fn part(&self, part: &Part) -> Result<String, String> {
        let says = match part {
            Part::Text(text) => {
                return interpolate(text, self.captured).map_err(|unknown| unknown.to_string());
            }
            Part::Says(says) => says,
        };
        let (template, known) = self.words(says)?;
        let open = template.placeholders();
        match open.iter().find(|name| !known.contains_key(**name)) {
            Some(name) => Err(format!("a value for {{{name}}} of `{}`", says.name)),
            None => Ok(template.render(&known)),
        }
    }

    fn parts(&self, parts: &[Part], actual: Option<&Value>, wanted: bool) -> Option<Difference> {
        let text = actual.and_then(Value::as_str).unwrap_or_default();
        for part in parts {
            let what = match self.part(part) {
                Err(problem) => problem,
                Ok(part) if text.contains(&part) == wanted => continue,
                Ok(part) if wanted => format!("a text that contains {part:?}"),
                Ok(part) => format!("a text without {part:?}"),
            };
            return Some(Difference {
                expected: what,
                actual: show(actual),
                hint: None,
            });
        }
        None
    }

    /// Says which of the subject's words a text is.
    fn recognise(&self, actual: Option<&Value>) -> Option<String> {
        let found = self.vocabulary.recognise(actual?.as_str()?)?;
        let values: Vec<String> = found
            .captures
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        let values = if values.is_empty() {
            String::new()
        } else {
            format!(" ({})", values.join(", "))
        };
        Some(format!(
            "this is what the vocabulary calls `{}`{values}",
            found.name
        ))
    }
}

/// A value as a failure shows it: texts as they are, the rest as JSON.
pub(crate) fn show(value: Option<&Value>) -> String {
    match value {
        None => "nothing".into(),
        Some(Value::String(text)) if text.is_empty() => "an empty text".into(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const WORDS: &str = "{says: log-turn-ended, status: completed}";
    const LOG: &str = "[10:00] The turn has ended as completed\n";

    #[rstest]
    #[case::text("{contains: ended}", LOG, None)]
    #[case::words(&format!("{{contains: [{WORDS}, ended]}}"), LOG, None)]
    #[case::words_that_are_missing(&format!("{{contains: {WORDS}}}"), "x", Some("a text that contains"))]
    #[case::words_that_must_not_be_there(&format!("{{lacks: {WORDS}}}"), LOG, Some("a text without"))]
    // What cannot be looked for must not count as absent.
    #[case::no_value("{lacks: {says: log-turn-ended}}", LOG, Some("a value for {status}"))]
    #[case::no_such_words("{lacks: {says: nonsense}}", LOG, Some("nonsense"))]
    #[case::no_such_capture("{lacks: '${nonsense}'}", LOG, Some("nonsense"))]
    fn parts_of_a_text(
        #[case] expected: &str,
        #[case] actual: &str,
        #[case] differs: Option<&str>,
    ) {
        let vocabularies = crate::vocabulary::embedded().unwrap();
        let judge = Judge {
            vocabulary: vocabularies
                .iter()
                .find(|vocabulary| vocabulary.subject() == "builtin")
                .unwrap(),
            revision: None,
            captured: &Captured::default(),
            alive: &|_| false,
        };
        let expected: Expected = serde_saphyr::from_str(expected).unwrap();
        let found = judge.compare(&expected, Some(&actual.into()));
        match (differs, found) {
            (None, None) => {}
            (Some(part), Some(found)) => assert!(found.expected.contains(part), "{found:?}"),
            (_, found) => panic!("{found:?}"),
        }
    }
}
