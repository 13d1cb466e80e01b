//! Everything that can be wrong with a vocabulary.

use super::TemplateError;
use std::path::PathBuf;
use thiserror::Error;

/// A vocabulary file that cannot be used, or a question that it cannot answer.
#[derive(Debug, Error)]
pub enum Error {
    /// One that the program carries in itself is none.
    #[error(transparent)]
    Embedded(#[from] &'static Error),
    /// The file could not be read.
    #[error("cannot read the vocabulary {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The text is not the YAML of a vocabulary.
    #[error("{place}: {message}")]
    Malformed {
        /// The file.
        place: String,
        /// What the YAML reader says, with line and column.
        message: String,
    },
    /// A text is not a template.
    #[error("{place}: entry `{entry}`: {source}")]
    Template {
        /// The file.
        place: String,
        /// The entry.
        entry: String,
        /// What is wrong with the text.
        source: TemplateError,
    },
    /// A variant or a revision names a revision that the file does not list.
    #[error(
        "{place}: {who} names the revision `{revision}`, which `revisions:` does not list{hint}"
    )]
    UnlistedRevision {
        /// The file.
        place: String,
        /// Which entry or revision names it.
        who: String,
        /// The name.
        revision: String,
        /// A listed name that is close to it, as a sentence part.
        hint: String,
    },
    /// The file contradicts itself.
    #[error("{place}: {message}")]
    Inconsistent {
        /// The file.
        place: String,
        /// What contradicts what.
        message: String,
    },
    /// No entry has this name.
    #[error("the vocabulary of {subject} has no entry `{name}`{hint}")]
    UnknownName {
        /// The subject.
        subject: String,
        /// The name that was asked for.
        name: String,
        /// A name that is close to it, as a sentence part.
        hint: String,
    },
    /// No revision has this name.
    #[error("the vocabulary of {subject} has no revision `{revision}`{hint}")]
    UnknownRevision {
        /// The subject.
        subject: String,
        /// The revision that was asked for.
        revision: String,
        /// A name that is close to it, as a sentence part.
        hint: String,
    },
    /// No vocabulary belongs to a plugin folder.
    #[error("no vocabulary belongs to the plugin {}: it has none of {}", plugin.display(), expected.join(", "))]
    NoSubject {
        /// The plugin folder.
        plugin: PathBuf,
        /// The files that would have told the subject.
        expected: Vec<String>,
    },
    /// A file of the plugin could not be read for its fingerprint.
    #[error("cannot read {} for the fingerprint of the plugin: {source}", path.display())]
    Fingerprint {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// The sentence part that offers the closest of `known`, or nothing when none is close.
pub(super) fn hint<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    crate::nearest::nearest(wrong, known)
        .map(|name| format!("; did you mean `{name}`?"))
        .unwrap_or_default()
}
