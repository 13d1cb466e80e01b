//! Fills `${captures}` into the texts of a scenario.

use std::collections::BTreeMap;

use serde_json::Value;

/// The values of captures by name.
pub type Captured = BTreeMap<String, String>;

/// A capture that has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`${{{name}}}` has no value here; known: {known}")]
pub struct Unknown {
    name: String,
    known: String,
}

/// The names in `${…}` of a text, in order. What only a shell understands, such as `${name:-…}`, is none.
pub fn names(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some(begin) = rest.find("${") {
        let after = rest.get(begin + 2..).unwrap_or_default();
        let Some(end) = after.find('}') else { break };
        let name = after.get(..end).unwrap_or_default();
        if !name.contains([':', '%', '#', '/', '!', '=', '+', '?']) {
            names.push(name);
        }
        rest = after.get(end + 1..).unwrap_or_default();
    }
    names
}

/// The text with every `${name}` replaced by its value. Names in capitals are left to the shell.
///
/// # Errors
/// When a name has no value.
pub fn interpolate(text: &str, captured: &Captured) -> Result<String, Unknown> {
    let mut filled = text.to_owned();
    for name in names(text) {
        if is_shell_variable(name) {
            continue;
        }
        let value = captured.get(name).ok_or_else(|| Unknown {
            name: name.to_owned(),
            known: captured.keys().cloned().collect::<Vec<_>>().join(", "),
        })?;
        filled = filled.replace(&format!("${{{name}}}"), value);
    }
    Ok(filled)
}

fn is_shell_variable(name: &str) -> bool {
    name.chars().all(|character| {
        character.is_ascii_uppercase() || character.is_ascii_digit() || character == '_'
    })
}

/// The value with every text in it filled.
///
/// # Errors
/// When a name has no value.
pub(super) fn interpolate_value(value: &Value, captured: &Captured) -> Result<Value, Unknown> {
    Ok(match value {
        Value::String(text) => Value::String(interpolate(text, captured)?),
        Value::Array(items) => Value::Array(
            items
                .iter()
                .map(|item| interpolate_value(item, captured))
                .collect::<Result<_, _>>()?,
        ),
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(key, value)| Ok((key.clone(), interpolate_value(value, captured)?)))
                .collect::<Result<_, Unknown>>()?,
        ),
        other => other.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captures_are_filled_and_shell_variables_are_left() {
        let captured = Captured::from([("job".to_owned(), "task-1".to_owned())]);
        assert_eq!(
            interpolate("status ${job} in ${HOME}", &captured).unwrap(),
            "status task-1 in ${HOME}"
        );
    }

    #[test]
    fn a_name_without_a_value_is_an_error_that_lists_the_known_ones() {
        let captured = Captured::from([("job".to_owned(), "task-1".to_owned())]);
        let error = interpolate("${jbo}", &captured).unwrap_err();
        assert_eq!(error.to_string(), "`${jbo}` has no value here; known: job");
    }
}
