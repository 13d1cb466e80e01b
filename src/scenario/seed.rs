//! Job records that are on disk before a run begins.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// A record that was there before, given by the fields that matter; the rest is filled in.
///
/// `pid: alive` starts a process that does nothing and lives as long as the run, `pid: dead` one
/// that has already ended. `place: row` leaves out the file in jobs/.
#[derive(Debug, Clone)]
pub struct SeedJob {
    /// The fields as they stand in the record.
    pub fields: Map<String, Value>,
    /// Where the record stands.
    pub place: Place,
}

/// Where a seeded record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// In state.json and in jobs/.
    Both,
    /// Only in state.json.
    Row,
    /// Only in jobs/.
    File,
}

/// The fields that a job record can have, as the plugin writes them.
pub const FIELDS: [&str; 33] = [
    "id",
    "kind",
    "kindLabel",
    "title",
    "workspaceRoot",
    "jobClass",
    "summary",
    "write",
    "createdAt",
    "sessionId",
    "status",
    "phase",
    "pid",
    "logFile",
    "request",
    "updatedAt",
    "startedAt",
    "threadId",
    "turnId",
    "completedAt",
    "result",
    "rendered",
    "errorMessage",
    "cancelledAt",
    "progressPreview",
    "elapsed",
    "duration",
    "targetLabel",
    "target",
    "agentId",
    "schemaVersion",
    "pidStartTime",
    "touchedFiles",
];

impl<'de> Deserialize<'de> for SeedJob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SeedVisitor;
        impl<'de> Visitor<'de> for SeedVisitor {
            type Value = SeedJob;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a job record with at least `id` and `status`")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<SeedJob, A::Error> {
                let (mut fields, mut place) = (Map::new(), Place::Both);
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "place" => place = map.next_value()?,
                        known if FIELDS.contains(&known) => {
                            fields.insert(key, map.next_value()?);
                        }
                        _ => return Err(de::Error::unknown_field(&key, &FIELDS)),
                    }
                }
                for needed in ["id", "status"] {
                    if !fields.get(needed).is_some_and(Value::is_string) {
                        return Err(de::Error::custom(format!(
                            "a job record needs `{needed}` as a text"
                        )));
                    }
                }
                Ok(SeedJob { fields, place })
            }
        }
        deserializer.deserialize_map(SeedVisitor)
    }
}

impl JsonSchema for SeedJob {
    fn schema_name() -> Cow<'static, str> {
        "SeedJob".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut properties: Map<String, Value> = FIELDS
            .iter()
            .map(|field| ((*field).to_owned(), Value::Bool(true)))
            .collect();
        properties.insert(
            "place".into(),
            generator.subschema_for::<Place>().to_value(),
        );
        json_schema!({"type": "object", "required": ["id", "status"], "properties": properties, "additionalProperties": false})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_field_is_an_error() {
        let error = serde_saphyr::from_str::<SeedJob>("{id: a, status: running, sessionID: x}")
            .unwrap_err();
        assert!(error.to_string().contains("sessionID"), "{error}");
    }

    #[test]
    fn a_record_without_a_status_is_an_error() {
        assert!(serde_saphyr::from_str::<SeedJob>("{id: a}").is_err());
    }
}
