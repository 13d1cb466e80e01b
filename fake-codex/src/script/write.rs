//! Writing a script down.

use serde_json::Value;

use super::Script;

/// Why a script cannot be written down.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the script down: {0}")]
pub struct WriteError(String);

impl Script {
    /// The script as YAML, with only what differs from the default.
    ///
    /// # Errors
    /// The script holds a value that YAML cannot.
    pub fn to_yaml(&self) -> Result<String, WriteError> {
        let failed = |error: &dyn std::fmt::Display| WriteError(error.to_string());
        let default = serde_json::to_value(Self::default()).map_err(|error| failed(&error))?;
        let mut value = serde_json::to_value(self).map_err(|error| failed(&error))?;
        if let Value::Object(map) = &mut value {
            map.retain(|name, value| default.get(name) != Some(value));
        }
        serde_saphyr::to_string(&value).map_err(|error| failed(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn only_what_differs_is_written() {
        let text = "turns:\n  - [{say: on}, {run: ls}, {approve: {run: rm}}, {sleep: 20m}, hang]\n";
        let script = parse(text, "s.yaml").unwrap();
        let yaml = script.to_yaml().unwrap();
        assert!(
            yaml.starts_with("turns:") && !yaml.contains("version"),
            "{yaml}"
        );
        assert_eq!(parse(&yaml, "s.yaml").unwrap(), script);
    }

    #[test]
    fn the_schema_of_a_script_names_every_step() {
        let schema = serde_json::to_string(&schemars::schema_for!(Script)).unwrap();
        for word in [
            "on-interrupt",
            "half-line",
            "subagent",
            "usage-reports",
            "Duration",
        ] {
            assert!(schema.contains(word), "{word}");
        }
    }
}
