//! Everything this program says to Claude or the user, each text in one place.
//!
//! `vocabulary/builtin.yaml` holds the same texts by the same names, for the
//! scenarios of the harness; a test checks that both agree. Placeholders stand
//! in braces; a text has no newline at its end.

/// A text with its name in the vocabulary.
#[derive(Debug, Clone, Copy)]
pub struct Text {
    /// The name that scenarios use.
    #[cfg_attr(not(test), expect(dead_code, reason = "the vocabulary test reads it"))]
    pub name: &'static str,
    /// The text with placeholders.
    pub template: &'static str,
}

/// Declares texts: a constant with its name and its template each.
macro_rules! texts {
    ($($(#[$doc:meta])* $constant:ident = $name:literal: $template:expr;)*) => {
        $($(#[$doc])* pub const $constant: $crate::texts::Text =
            $crate::texts::Text { name: $name, template: $template };)*
        /// Every text of this file.
        #[cfg(test)]
        pub(super) const ALL: &[$crate::texts::Text] = &[$($constant),*];
    };
}

/// The text with this name and these values, each of which can be displayed:
/// `say!(WATCHER, job = id, companion = word)`.
macro_rules! say {
    ($constant:ident $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::texts::render(
            $crate::texts::$constant,
            &[$((stringify!($name), $value.to_string().as_str())),*],
        )
    };
}
pub(crate) use say;

mod doctor;
mod log;
mod reports;
mod table;

pub use doctor::*;
pub use log::*;
pub use reports::*;
pub use table::*;

/// Fills the placeholders of a text. `{companion}` stands inside double quotes in
/// the templates; the value is given as a finished shell word and replaces them too.
pub fn render(text: Text, values: &[(&str, &str)]) -> String {
    let mut rendered = String::with_capacity(text.template.len() + 64);
    let mut rest = text.template;
    while let Some(start) = rest.find(['{', '"']) {
        rendered.push_str(&rest[..start]);
        rest = &rest[start..];
        let replaced = values.iter().find_map(|(name, value)| {
            let quoted = format!("\"{{{name}}}\"");
            let plain = format!("{{{name}}}");
            let length = if *name == "companion" && rest.starts_with(&quoted) {
                quoted.len()
            } else if rest.starts_with(&plain) {
                plain.len()
            } else {
                return None;
            };
            Some((*value, length))
        });
        let (piece, length) = replaced.unwrap_or((&rest[..1], 1));
        rendered.push_str(piece);
        rest = &rest[length..];
    }
    rendered.push_str(rest);
    rendered
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn all() -> impl Iterator<Item = &'static Text> {
        [table::ALL, log::ALL, reports::ALL, doctor::ALL]
            .into_iter()
            .flatten()
    }

    #[derive(serde::Deserialize)]
    struct Vocabulary {
        entries: BTreeMap<String, Entry>,
    }

    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Entry {
        Text(String),
        Told { text: String },
    }

    impl Entry {
        fn text(&self) -> &str {
            match self {
                Self::Text(text) | Self::Told { text } => text,
            }
        }
    }

    #[test]
    fn the_vocabulary_file_says_the_same() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../vocabulary/builtin.yaml");
        let text = std::fs::read_to_string(file).unwrap();
        let vocabulary: Vocabulary = serde_saphyr::from_str(&text).unwrap();
        let ours: BTreeMap<String, String> = all()
            .map(|text| (text.name.to_owned(), text.template.to_owned()))
            .collect();
        for (name, template) in &ours {
            let entry = vocabulary.entries.get(name).map(Entry::text);
            assert_eq!(entry, Some(template.as_str()), "entry {name}");
        }
        assert_eq!(
            vocabulary.entries.len(),
            ours.len(),
            "no entry without a text in the code"
        );
    }

    /// Files that hold other words: `--help`, and what Claude Code says.
    const NO_TEXTS: [&str; 2] = ["commands/help.rs", "hook/background.rs"];

    fn sources(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && name != "texts" {
                sources(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs")
                && !name.ends_with("_tests")
                && !name.ends_with("_properties")
                && !NO_TEXTS.iter().any(|file| path.ends_with(file))
            {
                found.push(path);
            }
        }
    }

    /// Words of others, and a title that records of every companion hold.
    const SHARED: [&str; 2] = ["const STDERR_NOISE", "Codex Stop Gate Review"];

    /// A string of four words or more, or an error or a print without the table.
    fn is_a_text(line: &str) -> bool {
        let bare = ["#[error(\"", "tell!(\"", "panic!(\""].iter().any(|call| {
            line.split_once(call)
                .is_some_and(|(_, rest)| !rest.starts_with('{'))
        });
        let line = line.replace("\\\"", "'");
        let sentence = line.split('"').skip(1).step_by(2).any(|literal| {
            let is_word = |word: &str| {
                let word = word.trim_matches(|letter: char| letter.is_ascii_punctuation());
                !word.is_empty() && word.chars().all(char::is_alphabetic)
            };
            literal.split(' ').filter(|word| is_word(word)).count() >= 4
        });
        bare || sentence
    }

    #[test]
    fn what_counts_as_a_text() {
        for text in [
            "    #[error(\"broken\")]",
            "tell!(\"Oh no\");",
            "let x = format!(\"Codex is gone: {why}, sadly\");",
        ] {
            assert!(is_a_text(text), "{text}");
        }
        for other in [
            "    #[error(\"{0}\")]",
            "json!({\"a\": \"b\", \"c\": \"d\", \"e\": 1})",
            "git::output(root, &[\"diff\", \"--cached\"])",
            "section(\"Staged changes\", &diff)",
        ] {
            assert!(!is_a_text(other), "{other}");
        }
    }

    #[test]
    fn texts_stand_in_the_table_alone() {
        let mut files = Vec::new();
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        sources(&folder, &mut files);
        assert!(files.len() > 40, "{files:?}");
        let mut found = Vec::new();
        for file in files {
            let text = std::fs::read_to_string(&file).unwrap();
            let code = text.split("#[cfg(test)]\nmod ").next().unwrap();
            for (number, line) in code.lines().enumerate() {
                let is_comment = line.trim_start().starts_with("//");
                if !is_comment
                    && !line.contains("reason = \"")
                    && !SHARED.iter().any(|shared| line.contains(shared))
                    && is_a_text(line)
                {
                    found.push(format!("{}:{}: {line}", file.display(), number + 1));
                }
            }
        }
        assert!(found.is_empty(), "into src/texts:\n{}", found.join("\n"));
    }

    #[test]
    fn no_text_promises_a_notification() {
        for text in all() {
            let lower = text.template.to_lowercase();
            for promise in ["will notify", "will be notified", "you'll be notified"] {
                assert!(!lower.contains(promise), "{}", text.name);
            }
            assert!(!text.template.ends_with('\n'), "{}", text.name);
        }
    }

    #[test]
    fn placeholders_are_filled_once_and_values_are_left_alone() {
        let word = crate::quoting::shell_word("/it's {job}/$x");
        let text = render(WATCHER, &[("job", "task-1"), ("companion", &word)]);
        assert!(
            text.contains("'/it'\\''s {job}/$x' status task-1 --wait"),
            "{text}"
        );
        assert!(!text.contains("{companion}"));
    }
}
