//! Questions to git. Every call has a limit.

use std::path::Path;
use std::time::Duration;

use super::ReviewError;
use crate::program::{self, Output};

const LIMIT: Duration = Duration::from_secs(60);

fn run(cwd: &Path, arguments: &[&str]) -> Result<Output, ReviewError> {
    Ok(program::run("git", arguments, cwd, LIMIT)?)
}

/// What git prints; an error when it fails.
pub fn output(cwd: &Path, arguments: &[&str]) -> Result<String, ReviewError> {
    let output = run(cwd, arguments)?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(ReviewError::Git {
            command: arguments.join(" "),
            detail: output.detail(),
        })
    }
}

/// Whether git says yes.
pub fn succeeds(cwd: &Path, arguments: &[&str]) -> Result<bool, ReviewError> {
    Ok(run(cwd, arguments)?.status.success())
}

/// The lines that git prints, without empty ones.
pub fn lines(cwd: &Path, arguments: &[&str]) -> Result<Vec<String>, ReviewError> {
    let text = output(cwd, arguments)?;
    Ok(text
        .lines()
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect())
}
