//! Asking a vocabulary: what is said at a revision, and what a text is.

use super::error::hint;
use super::{Captures, Entry, Error, Template, Told, Variant, Vocabulary, fingerprint};
use std::cmp::Reverse;
use std::ops::Range;
use std::path::Path;

/// What a text turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recognised {
    /// The entry.
    pub name: String,
    /// The revision that the recognised variant holds from.
    pub since: Option<String>,
    /// What its placeholders stand for.
    pub captures: Captures,
    /// What its reader believes after it.
    pub told: Option<Told>,
}

impl Vocabulary {
    /// The text of the entry or situation `name` at `revision`: the variant in force there; if the subject did not say
    /// this yet, the earliest later one. Without a revision, the latest.
    pub fn text(&self, name: &str, revision: Option<&str>) -> Result<&Template, Error> {
        let meant = self.situations.get(name).map_or(name, String::as_str);
        let entry = self.entries.get(meant).ok_or_else(|| Error::UnknownName {
            subject: self.subject.clone(),
            name: name.to_owned(),
            hint: hint(
                name,
                self.entries
                    .keys()
                    .chain(self.situations.keys())
                    .map(String::as_str),
            ),
        })?;
        let latest = self.main_line_tip();
        let line = self.line(revision.or(latest))?;
        let in_force = line.iter().find_map(|step| {
            entry
                .variants
                .iter()
                .find(|variant| variant.since.as_deref() == Some(step))
        });
        let from_the_beginning = || {
            entry
                .variants
                .iter()
                .find(|variant| variant.since.is_none())
        };
        in_force
            .or_else(from_the_beginning)
            .or_else(|| {
                entry
                    .variants
                    .iter()
                    .min_by_key(|variant| self.position(variant.since.as_deref()))
            })
            .map(|variant| &variant.text)
            .ok_or_else(|| Error::Inconsistent {
                place: self.subject.clone(),
                message: format!("entry `{name}` has no text"),
            })
    }

    /// What the whole of `text` is, at any revision; of several the wordiest.
    pub fn recognise(&self, text: &str) -> Option<Recognised> {
        self.variants()
            .filter_map(|(name, entry, variant)| {
                Some((name, entry, variant, variant.text.recognise(text)?))
            })
            .max_by_key(|(_, _, variant, _)| variant.text.weight())
            .map(|(name, entry, variant, captures)| recognised(name, entry, variant, captures))
    }

    /// Every place inside `text` that reads as an entry which says what to believe, in order.
    /// Where places overlap, the wordiest counts.
    pub fn find_told(&self, text: &str) -> Vec<Recognised> {
        let mut places = Vec::new();
        for (name, entry, variant) in self.variants().filter(|(_, entry, _)| entry.told.is_some()) {
            for (range, captures) in variant.text.find_all(text) {
                places.push((
                    variant.text.weight(),
                    range,
                    recognised(name, entry, variant, captures),
                ));
            }
        }
        places.sort_by_key(|(weight, _, _)| Reverse(*weight));
        let mut kept: Vec<(Range<usize>, Recognised)> = Vec::new();
        for (_, range, found) in places {
            if kept
                .iter()
                .all(|(other, _)| range.end <= other.start || other.end <= range.start)
            {
                kept.push((range, found));
            }
        }
        kept.sort_by_key(|(range, _)| range.start);
        kept.into_iter().map(|(_, found)| found).collect()
    }

    /// The revision of a plugin folder by its fingerprint; none if it is not a listed one.
    pub fn detect_revision(&self, plugin: &Path) -> Result<Option<String>, Error> {
        if self
            .revisions
            .iter()
            .all(|revision| revision.fingerprint.is_none())
        {
            return Ok(None);
        }
        let print = fingerprint(plugin)?;
        let known = self
            .revisions
            .iter()
            .find(|revision| revision.fingerprint.as_deref() == Some(&print));
        Ok(known.map(|revision| revision.name.clone()))
    }

    /// The listed name of `revision`, which may be a longer commit id that begins with it.
    pub fn resolve_revision(&self, revision: &str) -> Result<String, Error> {
        self.listed(revision).map(str::to_owned)
    }

    fn listed(&self, revision: &str) -> Result<&str, Error> {
        let names = |known: &&super::Revision| revision.starts_with(&known.name);
        self.revisions
            .iter()
            .find(names)
            .map(|known| known.name.as_str())
            .ok_or_else(|| Error::UnknownRevision {
                subject: self.subject.clone(),
                revision: revision.to_owned(),
                hint: hint(
                    revision,
                    self.revisions.iter().map(|known| known.name.as_str()),
                ),
            })
    }

    /// The last revision of the line that most revisions are on: where an unknown folder most
    /// likely comes from.
    fn main_line_tip(&self) -> Option<&str> {
        let length = |revision: &&super::Revision| {
            self.line(Some(&revision.name)).map_or(0, |line| line.len())
        };
        self.revisions
            .iter()
            .max_by_key(length)
            .map(|revision| revision.name.as_str())
    }

    /// `revision` and what it was made from, newest first.
    fn line(&self, revision: Option<&str>) -> Result<Vec<&str>, Error> {
        let Some(revision) = revision else {
            return Ok(Vec::new());
        };
        let mut line = vec![self.listed(revision)?];
        while let Some(name) = line.last() {
            let known = self.revisions.iter().find(|known| known.name == *name);
            match known.and_then(|known| known.follows.as_deref()) {
                Some(earlier) => line.push(earlier),
                None => break,
            }
        }
        Ok(line)
    }

    fn position(&self, since: Option<&str>) -> usize {
        since
            .and_then(|since| self.revisions.iter().position(|known| known.name == since))
            .unwrap_or(0)
    }

    fn variants(&self) -> impl Iterator<Item = (&str, &Entry, &Variant)> {
        self.entries.iter().flat_map(|(name, entry)| {
            entry
                .variants
                .iter()
                .map(move |variant| (name.as_str(), entry, variant))
        })
    }
}

fn recognised(name: &str, entry: &Entry, variant: &Variant, captures: Captures) -> Recognised {
    Recognised {
        name: name.to_owned(),
        since: variant.since.clone(),
        captures,
        told: entry.told,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &str = r#"
subject: sample
matches: bin/sample
revisions:
  - {name: r1}
  - {name: r2}
  - {name: r3}
  - {name: side, follows: r1}
entries:
  always: "always {job}"
  changed: {told: running, variants: [{since: r1, text: "job {job} old"}, {since: r3, text: "job {job} new"}]}
  late: [{since: r3, text: "late words"}]
  aside: [{text: "main line"}, {since: side, text: "side line"}]
"#;

    fn sample() -> Vocabulary {
        Vocabulary::parse(WORDS, "sample.yaml").unwrap()
    }

    fn text(name: &str, revision: Option<&str>) -> String {
        sample().text(name, revision).unwrap().source().to_owned()
    }

    #[test]
    fn an_unknown_name_offers_the_nearest() {
        let error = sample().text("chnaged", None).unwrap_err().to_string();
        assert_eq!(
            error,
            "the vocabulary of sample has no entry `chnaged`; did you mean `changed`?"
        );
    }

    #[test]
    fn an_unknown_revision_is_an_error() {
        let error = sample().text("always", Some("r9")).unwrap_err().to_string();
        assert_eq!(
            error,
            "the vocabulary of sample has no revision `r9`; did you mean `r1`?"
        );
    }

    #[test]
    fn the_variant_in_force_is_given() {
        assert_eq!(text("changed", Some("r2")), "job {job} old");
        assert_eq!(text("changed", Some("r3")), "job {job} new");
        assert_eq!(text("changed", None), "job {job} new");
        assert_eq!(text("always", Some("r1")), "always {job}");
    }

    #[test]
    fn what_is_not_said_yet_is_the_earliest_later_text() {
        assert_eq!(text("late", Some("r1")), "late words");
    }

    #[test]
    fn another_line_does_not_inherit_from_the_main_one() {
        assert_eq!(text("changed", Some("side")), "job {job} old");
        assert_eq!(text("aside", Some("side")), "side line");
        assert_eq!(text("aside", None), "main line");
    }

    #[test]
    fn a_full_commit_id_names_its_revision() {
        assert_eq!(sample().resolve_revision("r2abcdef").unwrap(), "r2");
    }

    #[test]
    fn a_text_is_recognised_at_any_revision() {
        let found = sample().recognise("job task-7 old\n").unwrap();
        assert_eq!(
            (found.name.as_str(), found.since.as_deref(), found.told),
            ("changed", Some("r1"), Some(Told::Running))
        );
        assert_eq!(found.captures["job"], "task-7");
        assert_eq!(sample().recognise("something else"), None);
    }

    #[test]
    fn only_entries_with_a_belief_are_found_inside_a_text() {
        let found = sample().find_told("before\njob task-7 new, job task-8 old\nafter");
        let jobs: Vec<_> = found
            .iter()
            .map(|found| found.captures["job"].as_str())
            .collect();
        assert_eq!(jobs, ["task-7", "task-8"]);
        assert_eq!(sample().find_told("before\nlate words\nafter"), []);
    }
}
