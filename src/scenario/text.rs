//! What a scenario expects of a value or a text.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::part::{Part, Parts};

/// What one value must be.
///
/// A plain scalar or list is compared exactly, after `${captures}` are filled in.
#[derive(Debug, Clone, PartialEq)]
pub enum Expected {
    /// Exactly this value.
    Exactly(Value),
    /// Exactly the subject's words under this name.
    Says(Says),
    /// A text that this regular expression finds.
    Matches(String),
    /// A text that has all of these in it.
    Contains(Vec<Part>),
    /// A text that has none of these in it.
    Lacks(Vec<Part>),
    /// A quality instead of a value.
    Is(Quality),
}

/// Qualities of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Quality {
    /// Anything, but it is there.
    Present,
    /// Not there at all.
    Absent,
    /// The process id of a living process.
    Alive,
    /// The process id of a process that is gone, or a zombie.
    Dead,
}

/// A name from the subject's vocabulary with its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Says {
    /// The entry's name.
    pub name: String,
    /// Values of its placeholders, where they are not the run's own.
    pub with: BTreeMap<String, String>,
}

const FORMS: [&str; 5] = ["says", "matches", "contains", "lacks", "is"];

impl<'de> Deserialize<'de> for Expected {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ExpectedVisitor)
    }
}

struct ExpectedVisitor;

impl<'de> Visitor<'de> for ExpectedVisitor {
    type Value = Expected;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "a value, or one of {{{}: …}}",
            FORMS.join(": …}, {")
        )
    }
    fn visit_bool<E>(self, value: bool) -> Result<Expected, E> {
        Ok(Expected::Exactly(value.into()))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Expected, E> {
        Ok(Expected::Exactly(value.into()))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Expected, E> {
        Ok(Expected::Exactly(value.into()))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Expected, E> {
        Ok(Expected::Exactly(value.into()))
    }
    fn visit_str<E>(self, value: &str) -> Result<Expected, E> {
        Ok(Expected::Exactly(value.into()))
    }
    fn visit_unit<E>(self) -> Result<Expected, E> {
        Ok(Expected::Exactly(Value::Null))
    }
    fn visit_none<E>(self) -> Result<Expected, E> {
        Ok(Expected::Exactly(Value::Null))
    }
    fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Expected, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element::<Value>()? {
            list.push(item);
        }
        Ok(Expected::Exactly(Value::Array(list)))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Expected, A::Error> {
        let Some(form) = map.next_key::<String>()? else {
            return Err(de::Error::custom(format!(
                "an empty map says nothing; use one of {}",
                FORMS.join(", ")
            )));
        };
        let expected = match form.as_str() {
            "says" => Expected::Says(Says {
                name: map.next_value()?,
                with: BTreeMap::new(),
            }),
            "matches" => Expected::Matches(map.next_value()?),
            "contains" => Expected::Contains(map.next_value::<Parts>()?.0),
            "lacks" => Expected::Lacks(map.next_value::<Parts>()?.0),
            "is" => Expected::Is(map.next_value()?),
            _ => return Err(de::Error::unknown_field(&form, &FORMS)),
        };
        let mut with = BTreeMap::new();
        while let Some((name, value)) = map.next_entry::<String, String>()? {
            with.insert(name, value);
        }
        match expected {
            Expected::Says(says) => Ok(Expected::Says(Says { with, ..says })),
            other if with.is_empty() => Ok(other),
            _ => Err(de::Error::custom(format!(
                "`{form}` takes no further keys here"
            ))),
        }
    }
}

impl JsonSchema for Expected {
    fn schema_name() -> Cow<'static, str> {
        "Expected".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let quality = generator.subschema_for::<Quality>();
        let parts = generator.subschema_for::<Parts>();
        json_schema!({
            "description": "a value that must be exactly so, or one of the forms says, matches, contains, lacks, is",
            "anyOf": [
                {"type": ["string", "number", "boolean", "null", "array"]},
                {"type": "object", "required": ["says"], "properties": {"says": {"type": "string"}}, "additionalProperties": {"type": "string"}},
                {"type": "object", "required": ["matches"], "properties": {"matches": {"type": "string"}}, "additionalProperties": false},
                {"type": "object", "required": ["contains"], "properties": {"contains": parts}, "additionalProperties": false},
                {"type": "object", "required": ["lacks"], "properties": {"lacks": parts}, "additionalProperties": false},
                {"type": "object", "required": ["is"], "properties": {"is": quality}, "additionalProperties": false}
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("failed", Expected::Exactly("failed".into()))]
    #[case("null", Expected::Exactly(Value::Null))]
    #[case("1", Expected::Exactly(1.into()))]
    #[case("{matches: '^x'}", Expected::Matches("^x".into()))]
    #[case("{contains: a}", Expected::Contains(vec![Part::Text("a".into())]))]
    #[case("{is: alive}", Expected::Is(Quality::Alive))]
    fn forms(#[case] yaml: &str, #[case] expected: Expected) {
        assert_eq!(serde_saphyr::from_str::<Expected>(yaml).unwrap(), expected);
    }

    #[test]
    fn says_takes_the_values_of_placeholders() {
        let expected: Expected = serde_saphyr::from_str("{says: watcher, job: task-mine}").unwrap();
        let with = BTreeMap::from([("job".to_owned(), "task-mine".to_owned())]);
        assert_eq!(
            expected,
            Expected::Says(Says {
                name: "watcher".into(),
                with
            })
        );
    }

    #[rstest]
    #[case("{}")]
    #[case("{equals: 1}")]
    #[case("{matches: x, job: y}")]
    fn other_forms_are_errors(#[case] yaml: &str) {
        assert!(serde_saphyr::from_str::<Expected>(yaml).is_err());
    }
}
