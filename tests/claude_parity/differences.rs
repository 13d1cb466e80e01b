//! The differences that are allowed.

use serde::Deserialize;
use serde_json::Value;
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Difference {
    #[serde(default)]
    case: Option<String>,
    #[serde(default)]
    event: Option<String>,
    #[serde(default)]
    field: Option<String>,
    #[serde(default)]
    cases: Vec<String>,
    #[serde(default)]
    versions: Vec<String>,
    reason: String,
}

/// Every allowed difference.
pub struct Differences(Vec<Difference>);

impl Differences {
    pub fn load(path: &Path) -> Differences {
        let text = std::fs::read_to_string(path).unwrap();
        let listed: Vec<Difference> = serde_saphyr::from_str(&text).unwrap();
        assert!(
            listed
                .iter()
                .all(|difference| !difference.reason.is_empty())
        );
        Differences(listed)
    }

    /// Whether a whole case is not run.
    pub fn leaves_out(&self, case: &str) -> bool {
        self.0
            .iter()
            .any(|difference| difference.case.as_deref() == Some(case))
    }

    /// Whether an event is not compared.
    pub fn allows_event(&self, case: &str, version: &str, event: &str) -> bool {
        let whole = |difference: &&Difference| {
            difference.field.is_none() && difference.event.as_deref() == Some(event)
        };
        self.0
            .iter()
            .filter(whole)
            .any(|difference| difference.is_for(case, version))
    }

    /// An event without the fields that are not compared.
    pub fn without_fields(
        &self,
        case: &str,
        version: &str,
        event: &str,
        mut value: Value,
    ) -> Value {
        for difference in self
            .0
            .iter()
            .filter(|difference| difference.is_for(case, version))
        {
            let Some((parent, name)) = difference
                .field
                .as_deref()
                .and_then(|field| field.rsplit_once('/'))
            else {
                continue;
            };
            if difference.event.as_deref().is_none_or(|only| only == event)
                && let Some(fields) = value.pointer_mut(parent).and_then(Value::as_object_mut)
            {
                fields.shift_remove(name);
            }
        }
        value
    }
}

impl Difference {
    fn is_for(&self, case: &str, version: &str) -> bool {
        let listed = |names: &[String], name: &str| {
            names.is_empty() || names.iter().any(|known| known == name)
        };
        listed(&self.cases, case) && listed(&self.versions, version)
    }
}
