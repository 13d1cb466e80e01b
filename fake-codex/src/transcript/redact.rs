//! Taking out of a transcript what nobody else may see.

use serde_json::Value;

/// Names of fields whose text is a secret.
const SECRET_NAMES: [&str; 9] = [
    "apikey",
    "api_key",
    "authorization",
    "password",
    "secret",
    "accesstoken",
    "access_token",
    "refreshtoken",
    "refresh_token",
];

/// Beginnings of words that are secrets.
const SECRET_PREFIXES: [&str; 8] = [
    "sk-",
    "sess-",
    "ghp_",
    "gho_",
    "github_pat_",
    "xoxb-",
    "eyJ",
    "Bearer ",
];

/// A secret is at least so long; shorter words with such a beginning are words.
const SHORTEST_SECRET: usize = 20;

/// Replaces paths by names, and secrets by a mark.
#[derive(Debug, Clone, Default)]
pub struct Redaction {
    /// A text and what stands for it, the longest text first.
    replacements: Vec<(String, String)>,
    keep_secrets: bool,
}

impl Redaction {
    /// Nothing is taken out.
    pub fn none() -> Self {
        Self {
            replacements: Vec::new(),
            keep_secrets: true,
        }
    }

    /// Secrets are taken out, and the paths of this process: `CODEX_HOME`, `TMPDIR`, `HOME`.
    pub fn from_environment() -> Self {
        let mut redaction = Self::default();
        for name in ["CODEX_HOME", "TMPDIR", "HOME"] {
            if let Ok(path) = std::env::var(name) {
                redaction.replace(&path, &format!("${{{name}}}"));
            }
        }
        redaction
    }

    /// This text is replaced too. Texts of one letter, such as `/`, are left alone.
    pub fn replace(&mut self, text: &str, name: &str) {
        let text = text.trim_end_matches('/');
        if text.len() > 1 {
            self.replacements.push((text.to_owned(), name.to_owned()));
            self.replacements
                .sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        }
    }

    /// Takes out of a message what nobody else may see.
    pub fn apply(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.apply_to_text(text),
            Value::Array(list) => list.iter_mut().for_each(|value| self.apply(value)),
            Value::Object(map) => {
                for (name, value) in map.iter_mut() {
                    let secret = SECRET_NAMES.contains(&name.to_ascii_lowercase().as_str());
                    if secret && value.is_string() && !self.keep_secrets {
                        *value = "<secret>".into();
                    } else {
                        self.apply(value);
                    }
                }
            }
            _ => {}
        }
    }

    fn apply_to_text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (from, to) in &self.replacements {
            if text.contains(from.as_str()) {
                text = text.replace(from.as_str(), to);
            }
        }
        if self.keep_secrets {
            text
        } else {
            without_secrets(&text)
        }
    }
}

fn without_secrets(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, prefix)) = next_secret(rest) {
        let body = &rest[at + prefix.len()..];
        let inside = |c: char| c.is_ascii_alphanumeric() || "-_.+/=".contains(c);
        let length = body.find(|c| !inside(c)).unwrap_or(body.len());
        out.push_str(&rest[..at]);
        let end = at + prefix.len() + length;
        if prefix.len() + length >= SHORTEST_SECRET {
            out.push_str("<secret>");
        } else {
            out.push_str(&rest[at..end]);
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

fn next_secret(text: &str) -> Option<(usize, &'static str)> {
    SECRET_PREFIXES
        .into_iter()
        .filter_map(|prefix| {
            let starts = |at: usize| {
                !text[..at]
                    .chars()
                    .next_back()
                    .is_some_and(|c| c.is_ascii_alphanumeric())
            };
            text.match_indices(prefix)
                .map(|(at, _)| at)
                .find(|at| starts(*at))
                .map(|at| (at, prefix))
        })
        .min_by_key(|(at, _)| *at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn secrets_and_paths_do_not_stay() {
        let mut redaction = Redaction::default();
        redaction.replace("/home/jo", "${HOME}");
        redaction.replace("/home/jo/.codex/", "${CODEX_HOME}");
        redaction.replace("/", "${ROOT}");
        let mut value = json!({
            "apiKey": "short",
            "text": "key sk-abcdefghijklmnopqrstu! and task-runner, in /home/jo/.codex/x, /home/jo",
            "list": ["Bearer abcdefghijklmnopqrstuvwxyz", "sk-short"],
        });
        redaction.apply(&mut value);
        assert_eq!(
            value,
            json!({
                "apiKey": "<secret>",
                "text": "key <secret>! and task-runner, in ${CODEX_HOME}/x, ${HOME}",
                "list": ["<secret>", "sk-short"],
            })
        );
    }

    #[test]
    fn nothing_is_taken_out_on_request() {
        let mut value = json!({ "password": "p", "text": "sk-abcdefghijklmnopqrstu" });
        let before = value.clone();
        Redaction::none().apply(&mut value);
        assert_eq!(value, before);
    }
}
