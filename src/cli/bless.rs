//! `rescue-harness run --bless`.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use super::arguments::RunArguments;
use super::exit::{Exit, Stop, written};
use super::select::Chosen;
use crate::bless::bless;
use crate::run::{Outcome, Verdict};
use crate::scenario::parse;
use crate::verdict::Failure;

/// Refuses to bless where nobody looks at the result.
pub(super) fn allowed(arguments: &RunArguments) -> Result<(), Stop> {
    let ci = std::env::var_os("CI")
        .is_some_and(|value| !value.is_empty() && value != "false" && value != "0");
    if arguments.bless && ci {
        let help = "bless on your own machine, look at the difference, and commit it";
        return Err(Stop::new(
            Exit::Usage,
            miette::miette!(help = help, "--bless is refused because CI is set"),
        ));
    }
    Ok(())
}

/// Shows what changes in each file, and writes it.
pub(super) fn write(chosen: &[Chosen], outcomes: &[Outcome]) -> Result<Exit, Stop> {
    let mut failures: BTreeMap<&str, Vec<Failure>> = BTreeMap::new();
    for outcome in outcomes
        .iter()
        .filter(|outcome| outcome.verdict == Verdict::Failed)
    {
        failures
            .entry(&outcome.file)
            .or_default()
            .extend(outcome.failures.clone());
    }
    let mut out = anstream::stdout().lock();
    let (mut changed, mut left) = (0, 0);
    for (file, failures) in failures {
        let Some(chosen) = chosen.iter().find(|chosen| chosen.file == file) else {
            continue;
        };
        let blessed = bless(&chosen.text, &failures);
        left += blessed.left.len();
        if blessed.text != chosen.text {
            let diff = similar::TextDiff::from_lines(&chosen.text, &blessed.text);
            let diff = diff
                .unified_diff()
                .context_radius(2)
                .header(file, file)
                .to_string();
            written(write!(out, "{diff}"))?;
            parse(file, &blessed.text).map_err(|error| Stop::new(Exit::Broken, error))?;
            let path = Path::new(file);
            if !path.is_file() {
                let help = "write the library's files out, or name your own";
                return Err(Stop::new(
                    Exit::Usage,
                    miette::miette!(
                        help = help,
                        "{file} is inside this program and cannot be blessed"
                    ),
                ));
            }
            super::files::replace(path, &blessed.text).map_err(|error| {
                Stop::new(
                    Exit::Usage,
                    miette::miette!(
                        help = "the file must be writable",
                        "cannot write {file}: {error}"
                    ),
                )
            })?;
            changed += 1;
        }
        for left in &blessed.left {
            written(writeln!(out, "{file}: not blessed: {left}"))?;
        }
    }
    written(writeln!(
        out,
        "blessed {changed} {}{}",
        if changed == 1 { "file" } else { "files" },
        if left > 0 {
            format!("; not blessed, and still to be looked at: {left}")
        } else {
            String::new()
        }
    ))?;
    let broken = outcomes
        .iter()
        .any(|outcome| outcome.verdict == Verdict::Broken);
    Ok(if broken {
        Exit::Broken
    } else if left > 0 {
        Exit::Failed
    } else {
        Exit::Held
    })
}
