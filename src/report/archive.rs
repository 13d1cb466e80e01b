//! Everything about a run in one file, from which every other report can be made: what shards leave for `merge`.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::About;
use crate::choose::Shard;
use crate::run::Outcome;

const VERSION: u32 = 1;

/// What one machine ran.
#[derive(Debug, Serialize, Deserialize)]
pub struct Archive {
    archive: u32,
    /// Which part of the library it was, when it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// What the run was called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What came of it.
    pub outcomes: Vec<Outcome>,
}

/// Why an archive cannot be read.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum ArchiveError {
    /// The file cannot be read.
    #[error("cannot read {path}")]
    #[diagnostic(help("give the files that `run --report archive=FILE` wrote"))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// It is no archive.
    #[error("{path} is no archive of a run")]
    #[diagnostic(help("give the files that `run --report archive=FILE` wrote"))]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: serde_json::Error,
    },
    /// Another version of the harness wrote it.
    #[error("{path} has the format {found}, this harness reads {VERSION}")]
    #[diagnostic(help("run and merge with the same version of the harness"))]
    OtherVersion {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
}

pub(super) fn render(outcomes: &[Outcome], about: &About) -> String {
    let archive = Archive {
        archive: VERSION,
        shard: about.shard,
        label: about.label.clone(),
        outcomes: outcomes.to_vec(),
    };
    serde_json::to_string(&archive).unwrap_or_default() + "\n"
}

/// What an archive holds.
///
/// # Errors
/// See [`ArchiveError`].
pub fn read(path: &Path) -> Result<Archive, ArchiveError> {
    let text = std::fs::read(path).map_err(|source| ArchiveError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    let archive: Archive =
        serde_json::from_slice(&text).map_err(|source| ArchiveError::Malformed {
            path: path.to_owned(),
            source,
        })?;
    if archive.archive != VERSION {
        return Err(ArchiveError::OtherVersion {
            path: path.to_owned(),
            found: archive.archive,
        });
    }
    Ok(archive)
}
