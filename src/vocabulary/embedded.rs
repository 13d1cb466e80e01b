//! The vocabularies that the harness carries in itself.

use super::{Error, Vocabulary};
use include_dir::{Dir, include_dir};
use std::path::Path;
use std::sync::LazyLock;

static FOLDER: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/vocabulary");

/// Every embedded vocabulary.
///
/// # Errors
/// One of them is none; then the program as it was built is of no use.
pub fn embedded() -> Result<&'static [Vocabulary], &'static Error> {
    static KNOWN: LazyLock<Result<Vec<Vocabulary>, Error>> = LazyLock::new(parse);
    KNOWN.as_deref()
}

fn parse() -> Result<Vec<Vocabulary>, Error> {
    FOLDER
        .files()
        .filter(|file| {
            file.path()
                .extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .filter_map(|file| Some((file.path(), file.contents_utf8()?)))
        .map(|(path, text)| Vocabulary::parse(text, &path.display().to_string()))
        .collect()
}

impl Vocabulary {
    /// The embedded vocabulary whose `matches` file is in the plugin folder.
    pub fn for_subject(plugin: &Path) -> Result<Vocabulary, Error> {
        let known = embedded()?;
        let expected = known
            .iter()
            .map(|vocabulary| vocabulary.matches.clone())
            .collect();
        let here =
            |vocabulary: &Vocabulary| plugin.join(&vocabulary.matches).symlink_metadata().is_ok();
        known
            .iter()
            .find(|vocabulary| here(vocabulary))
            .cloned()
            .ok_or_else(|| Error::NoSubject {
                plugin: plugin.to_owned(),
                expected,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_no_subject_says_what_was_looked_for() {
        let folder = tempfile::tempdir().unwrap();
        let error = Vocabulary::for_subject(folder.path())
            .unwrap_err()
            .to_string();
        assert!(error.contains("scripts/codex-companion.mjs"), "{error}");
    }

    #[test]
    fn every_embedded_vocabulary_is_sound() {
        let known = embedded().unwrap();
        assert!(
            known
                .iter()
                .any(|vocabulary| vocabulary.subject == "codex-plugin-cc")
        );
    }

    #[test]
    fn a_folder_is_recognised_by_its_companion() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("scripts")).unwrap();
        std::fs::write(folder.path().join("scripts/codex-companion.mjs"), "").unwrap();
        assert_eq!(
            Vocabulary::for_subject(folder.path()).unwrap().subject,
            "codex-plugin-cc"
        );
    }
}
