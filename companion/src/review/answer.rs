//! The answer of an adversarial reviewer.

use serde_json::Value;

use crate::texts::say;

/// An answer that follows the schema, or why it does not.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The JSON; none when there is none.
    pub parsed: Option<Value>,
    /// Why there is none.
    pub error: Option<String>,
    /// The text.
    pub raw: String,
}

/// Reads the JSON of a final answer, also from inside a code fence.
///
/// `failure` says why the turn did not complete: then no text of it is a verdict.
pub fn parse(raw: &str, failure: Option<&str>) -> Answer {
    let answer = |parsed, error: Option<String>| Answer {
        parsed,
        error,
        raw: raw.to_owned(),
    };
    if let Some(failure) = failure {
        return answer(None, Some(failure.to_owned()));
    }
    match serde_json::from_str(without_fence(raw)) {
        Ok(value) => answer(Some(value), None),
        Err(error) => answer(None, Some(error.to_string())),
    }
}

fn without_fence(raw: &str) -> &str {
    let text = raw.trim();
    let Some(inside) = text.strip_prefix("```") else {
        return text;
    };
    let Some((_, body)) = inside.split_once('\n') else {
        return text;
    };
    body.trim_end().strip_suffix("```").unwrap_or(text)
}

/// What the schema asks for and the value lacks.
pub fn shape_error(value: &Value) -> Option<String> {
    let text = |name: &str| {
        value
            .get(name)
            .and_then(Value::as_str)
            .is_some_and(|text| !text.trim().is_empty())
    };
    let list = |name: &str| value.get(name).is_some_and(Value::is_array);
    if !value.is_object() {
        return Some(say!(ANSWER_NO_OBJECT));
    }
    let missing = ["verdict", "summary"].into_iter().find(|name| !text(name));
    let missing = missing.or_else(|| {
        ["findings", "next_steps"]
            .into_iter()
            .find(|name| !list(name))
    });
    missing.map(|name| say!(ANSWER_LACKS, field = name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn plain_and_fenced_json() {
        for raw in [
            "{\"a\":1}",
            "```json\n{\"a\":1}\n```",
            " ```\n{\"a\":1}\n```\n",
        ] {
            assert_eq!(parse(raw, None).parsed, Some(json!({"a": 1})), "{raw}");
        }
        assert!(parse("looks good", None).error.is_some());
    }

    #[test]
    fn a_failed_turn_gives_no_verdict() {
        let answer = parse("{\"verdict\":\"approve\"}", Some("boom"));
        assert_eq!(
            (answer.parsed, answer.error.as_deref()),
            (None, Some("boom"))
        );
    }

    #[test]
    fn the_shape_is_checked() {
        let good = json!({"verdict": "approve", "summary": "s", "findings": [], "next_steps": []});
        assert_eq!(shape_error(&good), None);
        assert!(shape_error(&json!([])).is_some());
        assert!(
            shape_error(&json!({"verdict": "approve"}))
                .unwrap()
                .contains("summary")
        );
    }
}
