//! The failures once more, at the end of a run.

use std::io::{self, Write};

use super::style;
use crate::report::text;
use crate::run::{Outcome, Verdict};

/// How many failures are listed at the end.
const LISTED: usize = 20;

/// The failures once more, where their stories are far above, and what can be done.
pub(super) fn listed(out: &mut impl Write, outcomes: &[Outcome]) -> io::Result<()> {
    let wrong: Vec<&Outcome> = outcomes
        .iter()
        .filter(|outcome| !matches!(outcome.verdict, Verdict::Passed | Verdict::KnownBad))
        .collect();
    if wrong.is_empty() || outcomes.len() < 2 {
        return Ok(());
    }
    // A run that is repeated fails at the same place again and again.
    let mut places: Vec<(Verdict, String, usize)> = Vec::new();
    for outcome in wrong {
        let place = outcome.failures.first().map_or_else(
            || outcome.file.clone(),
            |failure| text::place(outcome, failure),
        );
        let same =
            |known: &&mut (Verdict, String, usize)| known.0 == outcome.verdict && known.1 == place;
        match places.iter_mut().find(same) {
            Some(known) => known.2 += 1,
            None => places.push((outcome.verdict, place, 1)),
        }
    }
    for (verdict, place, times) in places.iter().take(LISTED) {
        let style = style(*verdict);
        let times = match times {
            1 => String::new(),
            _ => format!(" ({times} times)"),
        };
        writeln!(out, "{style}{:>9}{style:#}  {place}{times}", verdict.word())?;
    }
    if places.len() > LISTED {
        writeln!(out, "{:>9}  and {} more", "", places.len() - LISTED)?;
    }
    // What a plugin says is no measure for the file, so that it cannot be accepted from there.
    if outcomes.iter().any(|outcome| outcome.subject != "builtin") {
        return writeln!(
            out,
            "run them again   rescue-harness run --only-failed --plugin DIR"
        );
    }
    writeln!(
        out,
        "run them again   rescue-harness run --only-failed\n\
         accept them      rescue-harness run --only-failed --bless"
    )
}
