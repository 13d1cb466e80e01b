//! On which revisions of a subject a scenario is known to be red.

use schemars::JsonSchema;
use serde::Deserialize;

/// The declared colours of a scenario on one subject.
///
/// Revisions are named as in the subject's vocabulary file, which has their order.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct History {
    /// The first good revision: red before it, green from it on.
    #[serde(default)]
    pub since: Option<String>,
    /// Revisions and ranges `A..B` (both ends included) on which it is red.
    #[serde(default)]
    pub red: Vec<String>,
    /// Why it is still red on the newest revision.
    #[serde(default)]
    pub known_bad: Option<String>,
}

impl History {
    /// Whether the scenario is declared red at `revision`, where `order` lists the revisions from old to new.
    ///
    /// An unknown revision counts as the newest.
    pub fn declares_red(&self, revision: Option<&str>, order: &[String]) -> bool {
        let place = |name: &str| order.iter().position(|known| known == name);
        let Some(here) = revision
            .and_then(place)
            .or_else(|| order.len().checked_sub(1))
        else {
            return self.known_bad.is_some();
        };
        if self
            .since
            .as_deref()
            .and_then(place)
            .is_some_and(|since| here < since)
        {
            return true;
        }
        let in_range = |range: &String| {
            let (from, to) = range.split_once("..").unwrap_or((range, range));
            matches!((place(from), place(to)), (Some(from), Some(to)) if (from..=to).contains(&here))
        };
        self.red.iter().any(in_range) || (self.known_bad.is_some() && self.red.is_empty())
    }

    /// Names in this history that are no revisions of the subject.
    pub fn unknown_revisions(&self, order: &[String]) -> Vec<String> {
        let ranges = self.red.iter().flat_map(|range| {
            let (from, to) = range.split_once("..").unwrap_or((range, range));
            [from, to]
        });
        let mut unknown: Vec<String> = ranges
            .chain(self.since.as_deref())
            .filter(|name| !order.iter().any(|known| known == name))
            .map(str::to_owned)
            .collect();
        unknown.dedup();
        unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> Vec<String> {
        ["a", "b", "c", "d"].map(String::from).into()
    }

    #[test]
    fn since_means_red_before() {
        let history = History {
            since: Some("c".into()),
            ..History::default()
        };
        assert!(history.declares_red(Some("b"), &order()));
        assert!(!history.declares_red(Some("c"), &order()));
        assert!(!history.declares_red(None, &order()));
    }

    #[test]
    fn ranges_include_both_ends() {
        let history = History {
            red: vec!["b..c".into()],
            ..History::default()
        };
        let colours: Vec<bool> = order()
            .iter()
            .map(|at| history.declares_red(Some(at), &order()))
            .collect();
        assert_eq!(colours, [false, true, true, false]);
    }

    #[test]
    fn known_bad_alone_is_red_everywhere() {
        let history = History {
            known_bad: Some("why".into()),
            ..History::default()
        };
        assert!(
            order()
                .iter()
                .all(|at| history.declares_red(Some(at), &order()))
        );
    }

    #[test]
    fn a_misspelt_revision_is_found() {
        let history = History {
            since: Some("x".into()),
            red: vec!["a..y".into()],
            ..History::default()
        };
        assert_eq!(history.unknown_revisions(&order()), ["y", "x"]);
    }
}
