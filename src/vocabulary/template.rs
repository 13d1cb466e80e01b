//! Texts with placeholders: rendering them, and finding them again in what was said.

use regex::Regex;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;
use thiserror::Error;

/// Values of placeholders by name.
pub type Captures = BTreeMap<String, String>;

/// A text that is not a template.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum TemplateError {
    /// Nothing but placeholders and white space: it would be found in any text.
    #[error("the text has no words of its own")]
    NoWords,
    /// Two placeholders with nothing between them cannot be told apart.
    #[error("`{{{0}}}{{{1}}}`: two placeholders need text between them")]
    Adjacent(String, String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Words(String),
    Placeholder(String),
}

/// A text with placeholders.
///
/// A placeholder is a name of lower-case letters, digits and dashes in braces: `{job}`. Any other
/// brace stands for itself, so `${CLAUDE_PLUGIN_ROOT}` and JSON need no escaping.
#[derive(Clone)]
pub struct Template {
    source: String,
    parts: Vec<Part>,
    anchored: OnceLock<Option<Regex>>,
    within: OnceLock<Option<Regex>>,
}

impl Template {
    /// Reads a template. A final line break is no part of it.
    pub fn parse(source: &str) -> Result<Template, TemplateError> {
        let source = without_final_line_break(source).to_owned();
        let parts = split(&source);
        for pair in parts.windows(2) {
            if let [Part::Placeholder(first), Part::Placeholder(second)] = pair {
                return Err(TemplateError::Adjacent(first.clone(), second.clone()));
            }
        }
        let worded = |part: &Part| matches!(part, Part::Words(words) if !words.trim().is_empty());
        if !parts.iter().any(worded) {
            return Err(TemplateError::NoWords);
        }
        Ok(Template {
            source,
            parts,
            anchored: OnceLock::new(),
            within: OnceLock::new(),
        })
    }

    /// The text as it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The names of its placeholders, in order, each once.
    pub fn placeholders(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for part in &self.parts {
            if let Part::Placeholder(name) = part
                && !names.contains(&name.as_str())
            {
                names.push(name);
            }
        }
        names
    }

    /// The text with its placeholders filled; one without a value stays as it is written.
    pub fn render(&self, captures: &Captures) -> String {
        self.parts.iter().fold(String::new(), |mut text, part| {
            match part {
                Part::Words(words) => text.push_str(words),
                Part::Placeholder(name) => match captures.get(name) {
                    Some(value) => text.push_str(value),
                    None => text.push_str(&format!("{{{name}}}")),
                },
            }
            text
        })
    }

    /// What the placeholders stand for, if the whole of `text` is this template.
    /// A placeholder that occurs twice must stand for the same both times.
    pub fn recognise(&self, text: &str) -> Option<Captures> {
        let text = without_final_line_break(text);
        if !self.has_words_of(text) {
            return None;
        }
        let pattern = self
            .anchored
            .get_or_init(|| self.pattern(r"\A", r"\z"))
            .as_ref()?;
        self.values(&pattern.captures(text)?)
    }

    /// The same for every place inside `text` that reads as this template, in order.
    pub fn find_all(&self, text: &str) -> Vec<(Range<usize>, Captures)> {
        if !self.has_words_of(text) {
            return Vec::new();
        }
        let Some(pattern) = self.within.get_or_init(|| self.pattern("", "")) else {
            return Vec::new();
        };
        pattern
            .captures_iter(text)
            .filter_map(|found| Some((found.get(0)?.range(), self.values(&found)?)))
            .collect()
    }

    /// Whether every piece of its words is in `text`. Most templates are not what a text is, and
    /// this spares them their regular expression.
    fn has_words_of(&self, text: &str) -> bool {
        self.parts.iter().all(|part| match part {
            Part::Words(words) => text.contains(words.as_str()),
            Part::Placeholder(_) => true,
        })
    }

    /// How many bytes of it are words: of two templates that a text fits, the wordier says more.
    pub fn weight(&self) -> usize {
        self.parts
            .iter()
            .map(|part| {
                if let Part::Words(words) = part {
                    words.len()
                } else {
                    0
                }
            })
            .sum()
    }

    fn values(&self, found: &regex::Captures<'_>) -> Option<Captures> {
        let names = self.parts.iter().filter_map(|part| match part {
            Part::Placeholder(name) => Some(name),
            Part::Words(_) => None,
        });
        let mut captures = Captures::new();
        for (name, value) in names.zip(found.iter().skip(1)) {
            let value = value.map_or("", |value| value.as_str());
            match captures.get(name) {
                Some(earlier) if earlier != value => return None,
                _ => captures.insert(name.clone(), value.to_owned()),
            };
        }
        Some(captures)
    }

    fn pattern(&self, before: &str, after: &str) -> Option<Regex> {
        let last = self.parts.len().saturating_sub(1);
        let mut pattern = format!("(?s){before}");
        for (index, part) in self.parts.iter().enumerate() {
            match part {
                Part::Words(words) => pattern.push_str(&regex::escape(words)),
                // A search ends at the end of the line when nothing else ends the last placeholder.
                Part::Placeholder(name) if index == last && after.is_empty() => {
                    pattern.push_str(if is_token(name) {
                        r"([A-Za-z0-9._:-]*[A-Za-z0-9])"
                    } else {
                        r"([^\n]+)"
                    });
                }
                Part::Placeholder(name) if is_token(name) => {
                    pattern.push_str(r"([A-Za-z0-9._:-]+?)")
                }
                Part::Placeholder(_) => pattern.push_str("(.+?)"),
            }
        }
        pattern.push_str(after);
        Regex::new(&pattern).ok()
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("Template")
            .field(&self.source)
            .finish()
    }
}

impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

/// Placeholders whose values are identifiers: no white space, no quotes.
fn is_token(name: &str) -> bool {
    matches!(
        name,
        "job" | "thread" | "turn" | "id" | "agent" | "seconds" | "status"
    )
}

/// `text` without one final line break.
fn without_final_line_break(text: &str) -> &str {
    text.strip_suffix('\n')
        .map_or(text, |line| line.strip_suffix('\r').unwrap_or(line))
}

fn split(source: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut words = String::new();
    let mut rest = source;
    while let Some(open) = rest.find('{') {
        let after = &rest[open + 1..];
        let end = after.find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
        match end {
            Some(end) if end > 0 && after[end..].starts_with('}') => {
                words.push_str(&rest[..open]);
                if !words.is_empty() {
                    parts.push(Part::Words(std::mem::take(&mut words)));
                }
                parts.push(Part::Placeholder(after[..end].to_owned()));
                rest = &after[end + 1..];
            }
            _ => {
                words.push_str(&rest[..=open]);
                rest = after;
            }
        }
    }
    words.push_str(rest);
    if !words.is_empty() {
        parts.push(Part::Words(words));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captures(pairs: &[(&str, &str)]) -> Captures {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn a_text_without_words_is_refused() {
        assert_eq!(
            Template::parse("{job}").unwrap_err(),
            TemplateError::NoWords
        );
        assert_eq!(Template::parse("  \n").unwrap_err(), TemplateError::NoWords);
    }

    #[test]
    fn placeholders_need_text_between_them() {
        let error = Template::parse("job {job}{path}").unwrap_err();
        assert_eq!(
            error.to_string(),
            "`{job}{path}`: two placeholders need text between them"
        );
    }

    #[test]
    fn other_braces_stand_for_themselves() {
        let template = Template::parse(r#"node "${CLAUDE_PLUGIN_ROOT}/x" {"a": 1} {}"#).unwrap();
        assert!(template.placeholders().is_empty());
        assert_eq!(template.render(&Captures::new()), template.source());
    }

    #[test]
    fn what_was_rendered_is_recognised() {
        let template = Template::parse("Job {job} failed: {error}.").unwrap();
        let values = captures(&[("job", "task-a1"), ("error", "two\nlines")]);
        let text = template.render(&values);
        assert_eq!(text, "Job task-a1 failed: two\nlines.");
        assert_eq!(template.recognise(&format!("{text}\n")), Some(values));
        assert_eq!(template.recognise("Job task a1 failed: x."), None);
    }

    #[test]
    fn a_repeated_placeholder_must_stand_for_one_value() {
        let template = Template::parse("watch {job}, then {job} again").unwrap();
        assert!(template.recognise("watch t-1, then t-1 again").is_some());
        assert_eq!(template.recognise("watch t-1, then t-2 again"), None);
    }

    #[test]
    fn it_is_found_inside_a_longer_text() {
        let template = Template::parse("Cancelled {job}").unwrap();
        let text = "# Cancel\n\nCancelled task-1.\n\n- Title";
        assert_eq!(
            template.find_all(text),
            [(10..26, captures(&[("job", "task-1")]))]
        );
        assert_eq!(template.recognise("# Cancel\n\nCancelled task-1.\n"), None);
    }

    #[test]
    fn a_missing_value_stays_visible() {
        let template = Template::parse("at {path}").unwrap();
        assert_eq!(template.render(&Captures::new()), "at {path}");
    }
}
