//! One named text and its variants over the revisions.

use super::{Template, Told};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// One named text of a vocabulary.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What its reader believes after it, where it says anything about that.
    pub told: Option<Told>,
    /// The texts, in the order of the file.
    pub variants: Vec<Variant>,
}

/// The text of an entry from a revision on.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// The revision that it holds from; from the beginning when absent.
    pub since: Option<String>,
    /// The text.
    pub text: Template,
}

/// An entry as the file has it: a text, a list of variants, or a map with `told`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RawEntry {
    pub told: Option<Told>,
    pub variants: Vec<RawVariant>,
}

#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawVariant {
    #[serde(default)]
    pub since: Option<String>,
    pub text: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMap {
    #[serde(default)]
    told: Option<Told>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    variants: Option<Vec<RawVariant>>,
}

impl<'de> Deserialize<'de> for RawEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EntryVisitor)
    }
}

struct EntryVisitor;

impl<'de> Visitor<'de> for EntryVisitor {
    type Value = RawEntry;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(
            "a text, a list of {since, text}, or a map with `told` and `text` or `variants`",
        )
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<RawEntry, E> {
        Ok(RawEntry {
            told: None,
            variants: vec![RawVariant {
                since: None,
                text: text.to_owned(),
            }],
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, sequence: A) -> Result<RawEntry, A::Error> {
        let variants = Vec::deserialize(SeqAccessDeserializer::new(sequence))?;
        entry(None, variants)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawEntry, A::Error> {
        let raw = RawMap::deserialize(MapAccessDeserializer::new(map))?;
        match (raw.text, raw.variants) {
            (Some(text), None) => entry(raw.told, vec![RawVariant { since: None, text }]),
            (None, Some(variants)) => entry(raw.told, variants),
            (Some(_), Some(_)) => Err(A::Error::custom(
                "an entry has `text` or `variants`, not both",
            )),
            (None, None) => Err(A::Error::custom("an entry needs `text` or `variants`")),
        }
    }
}

fn entry<E: Error>(told: Option<Told>, variants: Vec<RawVariant>) -> Result<RawEntry, E> {
    if variants.is_empty() {
        return Err(E::custom("an entry needs at least one text"));
    }
    Ok(RawEntry { told, variants })
}
