//! Filter expressions: `tag(race) & !source(F17)`, `cancel or step(kill)`.

use std::str::FromStr;

use crate::nearest::nearest;

/// What a filter looks at.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The scenario's path without the ending.
    pub path: String,
    /// Its title.
    pub title: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Its sources.
    pub sources: Vec<String>,
    /// The kinds of its steps.
    pub steps: Vec<String>,
}

/// A condition on scenarios.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// The path or the title contains this text.
    Text(String),
    /// The path contains this text.
    Path(String),
    /// The title contains this text.
    Title(String),
    /// It has this tag.
    Tag(String),
    /// It has this source.
    Source(String),
    /// It has a step of this kind.
    Step(String),
    /// Not this.
    Not(Box<Filter>),
    /// Both.
    And(Box<Filter>, Box<Filter>),
    /// One of the two or both.
    Or(Box<Filter>, Box<Filter>),
}

/// Why a text is no filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}\n    {text}\n    {}^\n{remedy}", " ".repeat(*.column))]
pub struct FilterError {
    text: String,
    column: usize,
    message: String,
    remedy: String,
}

const KINDS: [&str; 5] = ["path", "title", "tag", "source", "step"];

impl Filter {
    /// Whether a scenario is meant. Upper and lower case are the same.
    pub fn accepts(&self, facts: &Facts) -> bool {
        let contains = |text: &str, part: &str| text.to_lowercase().contains(&part.to_lowercase());
        let has =
            |list: &[String], word: &str| list.iter().any(|one| one.eq_ignore_ascii_case(word));
        match self {
            Filter::Text(part) => contains(&facts.path, part) || contains(&facts.title, part),
            Filter::Path(part) => contains(&facts.path, part),
            Filter::Title(part) => contains(&facts.title, part),
            Filter::Tag(word) => has(&facts.tags, word),
            Filter::Source(word) => has(&facts.sources, word),
            Filter::Step(word) => has(&facts.steps, word),
            Filter::Not(inner) => !inner.accepts(facts),
            Filter::And(left, right) => left.accepts(facts) && right.accepts(facts),
            Filter::Or(left, right) => left.accepts(facts) || right.accepts(facts),
        }
    }
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Filter, FilterError> {
        let mut reader = Reader { text, at: 0 };
        let filter = reader.either()?;
        match reader.peek() {
            None => Ok(filter),
            Some(_) => Err(reader.wrong("there is a `)` too many", "remove it, or open it before")),
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&mut self) -> Option<char> {
        let rest = self.rest();
        let skipped = rest.len() - rest.trim_start().len();
        self.at += skipped;
        self.rest().chars().next()
    }

    /// Takes a sign or a whole word.
    fn take(&mut self, sign: &str, word: &str) -> bool {
        self.peek();
        let rest = self.rest();
        let length = if rest.starts_with(sign) {
            sign.len()
        } else if rest
            .strip_prefix(word)
            .is_some_and(|after| after.starts_with([' ', '(']))
        {
            word.len()
        } else {
            return false;
        };
        self.at += length;
        true
    }

    fn either(&mut self) -> Result<Filter, FilterError> {
        let mut left = self.both()?;
        while self.take("|", "or") {
            left = Filter::Or(Box::new(left), Box::new(self.both()?));
        }
        Ok(left)
    }

    fn both(&mut self) -> Result<Filter, FilterError> {
        let mut left = self.one()?;
        while self.take("&", "and") {
            left = Filter::And(Box::new(left), Box::new(self.one()?));
        }
        Ok(left)
    }

    fn one(&mut self) -> Result<Filter, FilterError> {
        if self.take("!", "not") {
            return Ok(Filter::Not(Box::new(self.one()?)));
        }
        if self.take("(", "(") {
            let inner = self.either()?;
            return if self.take(")", ")") {
                Ok(inner)
            } else {
                Err(self.wrong("a `(` is not closed", "add a `)`"))
            };
        }
        let begin = self.at;
        let mut words: Vec<String> = Vec::new();
        while let Some(word) = self.word() {
            self.at += word.len();
            if self.rest().starts_with('(') && words.is_empty() {
                return self.kind(&word, begin);
            }
            words.push(word);
        }
        if words.is_empty() {
            return Err(self.wrong(
                "a condition is missing here",
                "write a text, or one of path(…), title(…), tag(…), source(…), step(…)",
            ));
        }
        Ok(Filter::Text(words.join(" ")))
    }

    /// The next word, unless it is an operator.
    fn word(&mut self) -> Option<String> {
        self.peek()?;
        let rest = self.rest();
        let word: String = rest
            .chars()
            .take_while(|letter| !letter.is_whitespace() && !"()&|!".contains(*letter))
            .collect();
        let operator = matches!(word.as_str(), "and" | "or");
        (!word.is_empty() && !operator).then_some(word)
    }

    fn kind(&mut self, kind: &str, begin: usize) -> Result<Filter, FilterError> {
        if !KINDS.contains(&kind) {
            self.at = begin;
            let remedy = match nearest(kind, KINDS) {
                Some(close) => format!("did you mean `{close}(…)`?"),
                None => format!(
                    "there are {}",
                    KINDS.map(|kind| format!("{kind}(…)")).join(", ")
                ),
            };
            return Err(self.wrong(&format!("there is no condition `{kind}`"), &remedy));
        }
        let Some(length) = self.rest().find(')') else {
            return Err(self.wrong("a `(` is not closed", "add a `)`"));
        };
        let value = self
            .rest()
            .get(1..length)
            .unwrap_or_default()
            .trim()
            .to_owned();
        self.at += length + 1;
        Ok(match kind {
            "path" => Filter::Path(value),
            "title" => Filter::Title(value),
            "tag" => Filter::Tag(value),
            "source" => Filter::Source(value),
            _ => Filter::Step(value),
        })
    }

    fn wrong(&self, message: &str, remedy: &str) -> FilterError {
        let column = self.text.get(..self.at).unwrap_or_default().chars().count();
        FilterError {
            text: self.text.to_owned(),
            column,
            message: message.to_owned(),
            remedy: remedy.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("", "a condition is missing")]
    #[case("tag(x", "not closed")]
    #[case("(a", "not closed")]
    #[case("a)", "too many")]
    #[case("a & ", "a condition is missing")]
    #[case("tga(x)", "did you mean `tag(…)`")]
    fn what_is_no_filter_is_refused_with_a_remedy(#[case] text: &str, #[case] message: &str) {
        let error = text.parse::<Filter>().unwrap_err().to_string();
        assert!(error.contains(message) && error.contains('^'), "{error}");
    }

    #[rstest]
    #[case("cancel", true)]
    #[case("a running", true)]
    #[case("RUNNING", true)]
    #[case("hang", false)]
    #[case("tag(race)", true)]
    #[case("tag(rac)", false)]
    #[case("source(#49)", true)]
    #[case("step(kill) & !tag(race)", false)]
    #[case("step(kill) and not path(promises)", true)]
    #[case("hang | source(f05)", true)]
    #[case("(hang or title(job)) & path(review)", true)]
    #[case("!hang & hang | tag(race)", true)]
    fn conditions_combine(#[case] text: &str, #[case] expected: bool) {
        let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let facts = Facts {
            path: "review/f05-cancel".into(),
            title: "Cancelling a running job".into(),
            tags: list(&["race"]),
            sources: list(&["F05", "#49"]),
            steps: list(&["companion", "kill"]),
        };
        assert_eq!(text.parse::<Filter>().unwrap().accepts(&facts), expected);
    }
}
