//! Reading and checking a vocabulary file.

use super::entry::RawEntry;
use super::error::hint;
use super::meaning::meaning;
use super::{Entry, Error, Template, Variant};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// The file that tells a plugin folder of a subject whose vocabulary names none.
const NATIVE_COMPANION: &str = "bin/codex-companion";

/// The exact words of one subject, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Vocabulary {
    pub(super) subject: String,
    pub(super) matches: String,
    pub(super) revisions: Vec<Revision>,
    pub(super) entries: BTreeMap<String, Entry>,
    pub(super) situations: BTreeMap<String, String>,
}

/// One known revision of a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Its name: a short commit id or a version.
    pub name: String,
    /// The revision it was made from; none for the first.
    pub follows: Option<String>,
    /// The fingerprint of a plugin folder at this revision, see [`super::fingerprint()`].
    pub fingerprint: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(default)]
    subject: Option<String>,
    #[serde(default)]
    matches: Option<String>,
    #[serde(default)]
    revisions: Vec<RawRevision>,
    entries: BTreeMap<String, RawEntry>,
    #[serde(default)]
    situations: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRevision {
    name: String,
    #[serde(default)]
    follows: Option<String>,
    #[serde(default)]
    fingerprint: Option<String>,
}

impl Vocabulary {
    /// The name of the subject.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The file, relative to a plugin folder, that tells that the folder is of this subject.
    pub fn matches(&self) -> &str {
        &self.matches
    }

    /// The known revisions, oldest first.
    pub fn revisions(&self) -> &[Revision] {
        &self.revisions
    }

    /// The texts by name.
    pub fn entries(&self) -> &BTreeMap<String, Entry> {
        &self.entries
    }

    /// What the subject says in situations in which subjects may rightly say different things: the
    /// name of the situation, and of the entry.
    pub fn situations(&self) -> &BTreeMap<String, String> {
        &self.situations
    }

    /// Reads and checks a vocabulary file.
    pub fn load(path: &Path) -> Result<Vocabulary, Error> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        Vocabulary::parse(&text, &path.display().to_string())
    }

    /// Reads and checks the text of a vocabulary file; `place` names it in errors.
    pub fn parse(text: &str, place: &str) -> Result<Vocabulary, Error> {
        let raw: RawFile = serde_saphyr::from_str(text).map_err(|error| Error::Malformed {
            place: place.to_owned(),
            message: error.to_string(),
        })?;
        let revisions = revisions(raw.revisions, place)?;
        let mut entries = BTreeMap::new();
        for (name, raw) in raw.entries {
            let entry = checked(&name, raw, &revisions, place)?;
            entries.insert(name, entry);
        }
        for (situation, entry) in &raw.situations {
            let wrong = if entries.contains_key(situation) {
                format!("`{situation}` is an entry and a situation")
            } else if !entries.contains_key(entry) {
                let close = hint(entry, entries.keys().map(String::as_str));
                format!("the situation `{situation}` names `{entry}`, which is no entry{close}")
            } else {
                continue;
            };
            return Err(Error::Inconsistent {
                place: place.to_owned(),
                message: wrong,
            });
        }
        let stem = || {
            Path::new(place)
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        };
        Ok(Vocabulary {
            subject: raw.subject.unwrap_or_else(stem),
            matches: raw.matches.unwrap_or_else(|| NATIVE_COMPANION.to_owned()),
            revisions,
            entries,
            situations: raw.situations,
        })
    }
}

fn revisions(raw: Vec<RawRevision>, place: &str) -> Result<Vec<Revision>, Error> {
    let mut revisions: Vec<Revision> = Vec::new();
    for raw in raw {
        if revisions.iter().any(|known| known.name == raw.name) {
            let message = format!("the revision `{}` is listed twice", raw.name);
            return Err(Error::Inconsistent {
                place: place.to_owned(),
                message,
            });
        }
        if let Some(follows) = &raw.follows {
            listed(
                follows,
                || format!("the revision `{}`", raw.name),
                &revisions,
                place,
            )?;
        }
        let follows = raw
            .follows
            .or_else(|| revisions.last().map(|previous| previous.name.clone()));
        revisions.push(Revision {
            name: raw.name,
            follows,
            fingerprint: raw.fingerprint,
        });
    }
    Ok(revisions)
}

fn checked(name: &str, raw: RawEntry, revisions: &[Revision], place: &str) -> Result<Entry, Error> {
    let mut variants: Vec<Variant> = Vec::new();
    for raw in raw.variants {
        if let Some(since) = &raw.since {
            listed(since, || format!("entry `{name}`"), revisions, place)?;
        }
        if variants.iter().any(|variant| variant.since == raw.since) {
            let message = format!(
                "entry `{name}` has two texts since {}",
                raw.since.as_deref().unwrap_or("the beginning")
            );
            return Err(Error::Inconsistent {
                place: place.to_owned(),
                message,
            });
        }
        let text = Template::parse(&raw.text).map_err(|source| Error::Template {
            place: place.to_owned(),
            entry: name.to_owned(),
            source,
        })?;
        variants.push(Variant {
            since: raw.since,
            text,
        });
    }
    Ok(Entry {
        told: raw.told.or_else(|| meaning(name)),
        variants,
    })
}

fn listed(
    name: &str,
    who: impl FnOnce() -> String,
    revisions: &[Revision],
    place: &str,
) -> Result<(), Error> {
    if revisions.iter().any(|revision| revision.name == name) {
        return Ok(());
    }
    Err(Error::UnlistedRevision {
        place: place.to_owned(),
        who: who(),
        revision: name.to_owned(),
        hint: hint(
            name,
            revisions.iter().map(|revision| revision.name.as_str()),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::Told;

    fn refused(entries: &str) -> String {
        let text = format!(
            "subject: s\nmatches: m\nrevisions: [{{name: aaa}}, {{name: bbb}}]\nentries:\n{entries}"
        );
        Vocabulary::parse(&text, "words.yaml")
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn an_unreadable_file_is_named() {
        let error = Vocabulary::load(Path::new("/no/such/words.yaml"))
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("cannot read the vocabulary /no/such/words.yaml: "),
            "{error}"
        );
    }

    #[test]
    fn wrong_shapes_are_refused_with_the_place() {
        let error = refused("  a: {told: perhaps, text: x}");
        assert!(
            error.starts_with("words.yaml: ") && error.contains("perhaps"),
            "{error}"
        );
        assert!(refused("  a: {txt: x}").contains("txt"));
        assert!(refused("  a: {told: done}").contains("an entry needs `text` or `variants`"));
        assert!(refused("  a: {text: x, variants: [{text: y}]}").contains("not both"));
        assert!(refused("  a: []").contains("at least one text"));
        assert!(refused("  a: 7").contains("a text, a list"));
    }

    #[test]
    fn an_unlisted_revision_is_refused_with_the_nearest() {
        let error = refused("  a: [{since: abb, text: x}]");
        assert_eq!(
            error,
            "words.yaml: entry `a` names the revision `abb`, which `revisions:` does not list; did you mean `bbb`?"
        );
    }

    #[test]
    fn a_situation_names_an_entry_and_is_none_itself() {
        let error = refused("  failure: x\nsituations: {s: failura}");
        assert!(
            error.ends_with("`failura`, which is no entry; did you mean `failure`?"),
            "{error}"
        );
        assert!(
            refused("  failure: x\nsituations: {failure: failure}")
                .contains("an entry and a situation")
        );
    }

    #[test]
    fn two_texts_for_one_revision_are_refused() {
        let error = refused("  a: [{text: x}, {text: y}]");
        assert_eq!(
            error,
            "words.yaml: entry `a` has two texts since the beginning"
        );
    }

    #[test]
    fn what_a_file_may_leave_out() {
        let text = "entries: {failure: it failed, no-prompt: no prompt}";
        let vocabulary = Vocabulary::parse(text, "some/words.yaml").unwrap();
        assert_eq!(
            (vocabulary.subject(), vocabulary.matches()),
            ("words", "bin/codex-companion")
        );
        assert_eq!(vocabulary.entries["failure"].told, Some(Told::Failed));
        assert_eq!(vocabulary.entries["no-prompt"].told, None);
    }

    #[test]
    fn the_three_forms_of_an_entry() {
        let text = "subject: s\nmatches: m\nrevisions: [{name: aaa}]\nentries:\n  a: plain\n  b: [{since: aaa, text: later}]\n  c: {told: failed, text: bad}\n";
        let vocabulary = Vocabulary::parse(text, "words.yaml").unwrap();
        assert_eq!(vocabulary.entries["a"].variants[0].text.source(), "plain");
        assert_eq!(
            vocabulary.entries["b"].variants[0].since.as_deref(),
            Some("aaa")
        );
        assert_eq!(vocabulary.entries["c"].told, Some(Told::Failed));
    }
}
