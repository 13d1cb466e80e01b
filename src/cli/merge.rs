//! `rescue-harness merge`.

use super::arguments::MergeArguments;
use super::exit::{Exit, Stop, written};
use super::run::exit;
use crate::report::{self, Terminal, read_archive};
use crate::run::{Outcome, Verdict};

pub(super) fn run(arguments: &MergeArguments) -> Result<Exit, Stop> {
    let mut outcomes: Vec<Outcome> = Vec::new();
    for path in &arguments.archives {
        outcomes.extend(read_archive(path).map_err(|error| Stop::new(Exit::Usage, error))?);
    }
    outcomes.sort_by(|left, right| (&left.name, &left.subject).cmp(&(&right.name, &right.subject)));
    if outcomes.is_empty() {
        return Err(Stop::new(
            Exit::Nothing,
            miette::miette!(
                help = "a shard may be empty, all of them may not",
                "the archives hold no runs"
            ),
        ));
    }
    for file in &arguments.report {
        report::write(file, &outcomes).map_err(|error| Stop::new(Exit::Broken, error))?;
    }
    let mut terminal = Terminal::new(&[], true, None);
    for outcome in outcomes
        .iter()
        .filter(|outcome| outcome.verdict != Verdict::Passed)
    {
        terminal.tell(outcome);
    }
    written(terminal.summary(&outcomes, false))?;
    Ok(exit(&outcomes, false))
}
