//! The paths of this process where those of the recorded one were.

use serde_json::{Map, Value};

/// What stands in a transcript for folders, and the folders here.
#[derive(Debug, Default)]
pub(super) struct Places(Vec<(String, String)>);

impl Places {
    /// Those of this process.
    pub(super) fn here() -> Self {
        let mut places = Vec::new();
        for name in ["CODEX_HOME", "TMPDIR", "HOME"] {
            if let Ok(path) = std::env::var(name) {
                places.push((format!("${{{name}}}"), path));
            }
        }
        if let Ok(path) = std::env::current_dir() {
            places.push(("${CWD}".to_owned(), path.display().to_string()));
        }
        Self(places)
    }

    /// The value with the folders of here, wherever in its texts they stand.
    pub(super) fn put(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.put_in(text).into(),
            Value::Array(list) => list.iter().map(|value| self.put(value)).collect(),
            Value::Object(map) => {
                let fields = map
                    .iter()
                    .map(|(name, value)| (self.put_in(name), self.put(value)));
                Value::Object(fields.collect::<Map<_, _>>())
            }
            _ => value.clone(),
        }
    }

    /// In one pass, so that a folder whose own name looks like a mark stays as it is.
    fn put_in(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            let place = self.0.iter().find(|(mark, _)| rest.starts_with(mark));
            let (taken, put) = match place {
                Some((mark, path)) => (mark.len(), path.as_str()),
                None => (2, "${"),
            };
            out.push_str(put);
            rest = &rest[taken..];
        }
        out + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn folders_are_put_wherever_they_stand() {
        let place = |name: &str, path: &str| (format!("${{{name}}}"), path.to_owned());
        let places = Places(vec![place("HOME", "/h/${CWD}"), place("CWD", "/w")]);
        let value = json!({
            "${HOME}/a": ["cd ${CWD} && cat ${HOME}/x:${CWD}/y", 1, null],
            "other": "${FOO} ${ $HOME ${", "end": "in ${CWD}",
        });
        let expected = json!({
            "/h/${CWD}/a": ["cd /w && cat /h/${CWD}/x:/w/y", 1, null],
            "other": "${FOO} ${ $HOME ${", "end": "in /w",
        });
        assert_eq!(places.put(&value), expected);
        assert_eq!(Places::default().put(&value), value);
    }
}
