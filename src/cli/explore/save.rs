//! Findings as files.

use std::path::{Path, PathBuf};

use super::super::exit::{Exit, Stop};
use crate::explore::{Case, Finding};
use crate::memory::plain;

/// Writes a finding into the folder, under a name that nothing else has; the same text is not written twice.
pub(super) fn save(folder: &Path, case: &Case, finding: &Finding) -> Result<PathBuf, Stop> {
    let failed = |path: &Path, error: std::io::Error| {
        Stop::new(
            Exit::Broken,
            miette::miette!(
                help = "choose a folder that can be written with --out",
                "cannot write {}: {error}",
                path.display()
            ),
        )
    };
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    let stem = case.name.rsplit('/').next().unwrap_or(&case.name);
    let cuts: Vec<String> = finding
        .schedule
        .0
        .iter()
        .map(|cut| format!("{}-{}", cut.attempt.word, cut.part()))
        .collect();
    let cuts = if cuts.is_empty() {
        "as-it-is".to_owned()
    } else {
        cuts.join("-")
    };
    let name = plain(&format!("{stem}-{cuts}").replace(['/', ':'], "-"));
    for number in 1.. {
        let end = if number == 1 {
            String::new()
        } else {
            format!("-{number}")
        };
        let path = folder.join(format!("{name}{end}.yaml"));
        match std::fs::read_to_string(&path) {
            Ok(same) if same == finding.text => return Ok(path),
            Ok(_) => continue,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                std::fs::write(&path, &finding.text).map_err(|error| failed(&path, error))?;
                return Ok(path);
            }
            Err(error) => return Err(failed(&path, error)),
        }
    }
    unreachable!("numbers do not end")
}
