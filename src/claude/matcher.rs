//! Which hooks an event reaches: the matcher of a hook group.
//!
//! Absent, empty or `*` matches everything. Letters, digits, `_`, space, `,` and `|` (and `-` since
//! 2.1.195) make an exact list of names; anything else is an unanchored regular expression.

use regex::Regex;

/// The matcher of a group of hooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matcher {
    source: Option<String>,
}

impl Matcher {
    /// A matcher as hooks.json has it. An error says why it can match nothing.
    pub fn parse(source: Option<&str>) -> Result<Matcher, String> {
        let matcher = Matcher {
            source: source.map(str::to_owned),
        };
        if let Some(pattern) = source
            && !matcher.matches_everything()
            && !is_list(pattern, true)
        {
            Regex::new(pattern).map_err(|error| {
                let reason = error.to_string();
                let reason = reason.lines().last().unwrap_or_default().trim().to_owned();
                format!("the matcher `{pattern}` is no regular expression that is understood here: {reason}")
            })?;
        }
        Ok(matcher)
    }

    /// The matcher as it is written.
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// Whether it matches `value`; `hyphen_is_exact` is a fact of the version.
    pub fn matches(&self, value: &str, hyphen_is_exact: bool) -> bool {
        let Some(pattern) = &self.source else {
            return true;
        };
        if self.matches_everything() {
            return true;
        }
        if is_list(pattern, hyphen_is_exact) {
            return pattern.split(['|', ',']).any(|name| name.trim() == value);
        }
        Regex::new(pattern).is_ok_and(|regex| regex.is_match(value))
    }

    fn matches_everything(&self) -> bool {
        self.source
            .as_deref()
            .is_none_or(|pattern| pattern.is_empty() || pattern == "*")
    }
}

fn is_list(pattern: &str, hyphen_is_exact: bool) -> bool {
    pattern.chars().all(|c| {
        c.is_ascii_alphanumeric()
            || matches!(c, '_' | ' ' | ',' | '|')
            || (c == '-' && hyphen_is_exact)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: Option<&str>, value: &str) -> bool {
        Matcher::parse(pattern).unwrap().matches(value, true)
    }

    #[test]
    fn a_broken_expression_is_refused_with_the_reason() {
        let error = Matcher::parse(Some("Agent(")).unwrap_err();
        assert!(
            error.starts_with("the matcher `Agent(` is no regular expression"),
            "{error}"
        );
    }

    #[test]
    fn nothing_and_a_star_match_everything() {
        assert!(
            matches(None, "Agent") && matches(Some(""), "Agent") && matches(Some("*"), "Agent")
        );
    }

    #[test]
    fn a_list_is_exact_and_case_matters() {
        assert!(matches(Some("Agent"), "Agent"));
        assert!(matches(Some("Task|Agent"), "Agent"));
        assert!(matches(Some("Task, Agent"), "Agent"));
        assert!(!matches(Some("Agent"), "AgentOutput"));
        assert!(!matches(Some("agent"), "Agent"));
    }

    #[test]
    fn anything_else_is_an_unanchored_expression() {
        assert!(matches(Some("^codex:codex-rescue$"), "codex:codex-rescue"));
        assert!(matches(Some("codex:"), "codex:codex-rescue"));
        assert!(matches(Some("Edit.*"), "MultiEdit"));
    }

    #[test]
    fn a_dash_makes_an_expression_before_2_1_195() {
        let matcher = Matcher::parse(Some("codex-rescue")).unwrap();
        assert!(matcher.matches("codex:codex-rescue", false));
        assert!(!matcher.matches("codex:codex-rescue", true));
    }
}
