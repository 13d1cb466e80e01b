//! What must be true after a step or at the end.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::seed::FIELDS;
use super::text::{Expected, Says};
use crate::claude::belief::Told;

/// Expectations; what is not named is not compared.
///
/// `context`, `told`, `exit`, `stdout` and `stderr` speak of the step they stand in, and at the end of a file of the
/// last agent, companion or hook step.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Expect {
    /// What the hook adds for the main thread: the name of an entry of the subject's vocabulary, or `none`.
    pub context: Option<Context>,
    /// What the main thread believes.
    pub told: Option<Told>,
    /// The exit code of the command; `null` when it has not ended.
    pub exit: Option<Expected>,
    /// Its standard output, whole.
    pub stdout: Option<Expected>,
    /// Its standard error, whole.
    pub stderr: Option<Expected>,
    /// The job records on disk, in the order of state.json: as many as listed, each with these fields.
    pub jobs: Option<Vec<ExpectedJob>>,
    /// Files of the workspace: their whole text, or a form such as `{is: absent}`.
    pub files: BTreeMap<String, Expected>,
    /// What fake-codex was asked, by method: how often.
    pub codex: BTreeMap<String, usize>,
    /// Processes that are left when the session has ended: their actors in order, or none.
    pub leftovers: Option<Vec<String>>,
}

/// What a hook adds for the main thread.
#[derive(Debug, Clone, PartialEq)]
pub enum Context {
    /// The hook is silent.
    None,
    /// The subject's words under this name.
    Says(Says),
    /// A text in another form.
    Text(Expected),
}

/// A job record as it must stand on disk.
#[derive(Debug, Clone, Default)]
pub struct ExpectedJob {
    /// Fields that must be so in state.json and in jobs/.
    pub both: BTreeMap<String, Expected>,
    /// Fields that must be so in state.json.
    pub row: BTreeMap<String, Expected>,
    /// Fields that must be so in jobs/.
    pub file: BTreeMap<String, Expected>,
    /// Lines that the job's log must have, in this order, without their time stamps.
    pub log: Option<Expected>,
}

impl<'de> Deserialize<'de> for Context {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde_json::Value;
        Ok(match Expected::deserialize(deserializer)? {
            Expected::Exactly(Value::String(name)) if name == "none" => Context::None,
            Expected::Exactly(Value::String(name)) => Context::Says(Says {
                name,
                with: BTreeMap::new(),
            }),
            Expected::Exactly(other) => {
                return Err(de::Error::custom(format!(
                    "expected the name of a context or `none`, found {other}"
                )));
            }
            Expected::Says(says) => Context::Says(says),
            text => Context::Text(text),
        })
    }
}

impl JsonSchema for Context {
    fn schema_name() -> Cow<'static, str> {
        "Context".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let form = generator.subschema_for::<Expected>();
        json_schema!({"description": "the name of a vocabulary entry, `none`, or another form", "anyOf": [{"type": "string"}, form]})
    }
}

const PLACES: [&str; 3] = ["row", "file", "log"];

impl<'de> Deserialize<'de> for ExpectedJob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct JobVisitor;
        impl<'de> Visitor<'de> for JobVisitor {
            type Value = ExpectedJob;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("the fields of a job record")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ExpectedJob, A::Error> {
                let mut job = ExpectedJob::default();
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "row" => job.row = map.next_value::<Fields>()?.0,
                        "file" => job.file = map.next_value::<Fields>()?.0,
                        "log" => job.log = Some(map.next_value()?),
                        _ => {
                            let value = map.next_value()?;
                            job.both.insert(known_field(key)?, value);
                        }
                    }
                }
                Ok(job)
            }
        }
        deserializer.deserialize_map(JobVisitor)
    }
}

/// A field of a record, or a path into one such as `result.status`.
fn known_field<E: de::Error>(key: String) -> Result<String, E> {
    let first = key.split('.').next().unwrap_or_default();
    if FIELDS.contains(&first) {
        Ok(key)
    } else {
        Err(E::unknown_field(&key, &FIELDS))
    }
}

/// Fields of one record.
struct Fields(BTreeMap<String, Expected>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldsVisitor;
        impl<'de> Visitor<'de> for FieldsVisitor {
            type Value = Fields;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("the fields of a job record")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = BTreeMap::new();
                while let Some(key) = map.next_key::<String>()? {
                    let value = map.next_value()?;
                    fields.insert(known_field(key)?, value);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(FieldsVisitor)
    }
}

impl JsonSchema for ExpectedJob {
    fn schema_name() -> Cow<'static, str> {
        "ExpectedJob".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let expected = generator.subschema_for::<Expected>().to_value();
        let fields = serde_json::json!({"type": "object", "additionalProperties": expected});
        let mut properties: serde_json::Map<String, serde_json::Value> = FIELDS
            .iter()
            .map(|field| ((*field).to_owned(), expected.clone()))
            .collect();
        for place in PLACES {
            properties.insert(
                place.into(),
                if place == "log" {
                    expected.clone()
                } else {
                    fields.clone()
                },
            );
        }
        let paths = format!("^({})\\.", FIELDS.join("|"));
        json_schema!({"type": "object", "properties": properties, "patternProperties": {paths: expected}, "additionalProperties": false})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_is_a_name_or_none_or_a_form() {
        let context = |yaml| serde_saphyr::from_str::<Context>(yaml).unwrap();
        assert_eq!(context("none"), Context::None);
        assert!(matches!(context("failure"), Context::Says(says) if says.name == "failure"));
        assert!(matches!(context("{contains: x}"), Context::Text(_)));
    }

    #[test]
    fn a_job_may_differ_between_row_and_file() {
        let job: ExpectedJob =
            serde_saphyr::from_str("{status: cancelled, file: {cancelledAt: {is: present}}, row: {cancelledAt: {is: absent}}}")
                .unwrap();
        assert_eq!((job.both.len(), job.row.len(), job.file.len()), (1, 1, 1));
    }

    #[test]
    fn a_path_into_a_field_is_allowed_and_a_misspelt_field_is_not() {
        assert!(serde_saphyr::from_str::<ExpectedJob>("{result.status: 0}").is_ok());
        assert!(serde_saphyr::from_str::<ExpectedJob>("{state: failed}").is_err());
    }
}
