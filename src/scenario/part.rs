//! What must, or must not, be somewhere in a text.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::text::Says;

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// This text, after `${captures}` are filled in.
    Text(String),
    /// The subject's words under this name, with a value for each placeholder.
    Says(Says),
}

/// Pieces that may be written as one or as a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts(pub Vec<Part>);

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PartVisitor)
    }
}

struct PartVisitor;

impl<'de> Visitor<'de> for PartVisitor {
    type Value = Part;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text or {says: …}")
    }
    fn visit_str<E>(self, value: &str) -> Result<Part, E> {
        Ok(Part::Text(value.to_owned()))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Part, A::Error> {
        let mut with = BTreeMap::new();
        let mut name = None;
        while let Some((key, value)) = map.next_entry::<String, String>()? {
            if key == "says" {
                name = Some(value);
            } else {
                with.insert(key, value);
            }
        }
        let name = name.ok_or_else(|| de::Error::missing_field("says"))?;
        Ok(Part::Says(Says { name, with }))
    }
}

impl<'de> Deserialize<'de> for Parts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PartsVisitor;
        impl<'de> Visitor<'de> for PartsVisitor {
            type Value = Parts;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a text, {says: …}, or a list of these")
            }
            fn visit_str<E: de::Error>(self, value: &str) -> Result<Parts, E> {
                PartVisitor.visit_str(value).map(|part| Parts(vec![part]))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Parts, A::Error> {
                PartVisitor.visit_map(map).map(|part| Parts(vec![part]))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Parts, A::Error> {
                let mut parts = Vec::new();
                while let Some(part) = items.next_element()? {
                    parts.push(part);
                }
                Ok(Parts(parts))
            }
        }
        deserializer.deserialize_any(PartsVisitor)
    }
}

impl JsonSchema for Parts {
    fn schema_name() -> Cow<'static, str> {
        "Parts".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let part = json_schema!({"anyOf": [
            {"type": "string"},
            {"type": "object", "required": ["says"], "properties": {"says": {"type": "string"}}, "additionalProperties": {"type": "string"}}
        ]});
        json_schema!({"anyOf": [part, {"type": "array", "items": part}]})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_a_text_or_words_of_the_subject() {
        let parts: Parts =
            serde_saphyr::from_str("[a, {says: log-turn-ended, status: failed}]").unwrap();
        let with = BTreeMap::from([("status".to_owned(), "failed".to_owned())]);
        let name = "log-turn-ended".to_owned();
        let expected = [Part::Text("a".into()), Part::Says(Says { name, with })];
        assert_eq!(parts.0, expected);
        assert!(serde_saphyr::from_str::<Parts>("{status: failed}").is_err());
        assert!(serde_saphyr::from_str::<Parts>("[[a]]").is_err());
    }
}
