//! `rescue-harness words`.

use std::io::Write;

use super::arguments::WordsArguments;
use super::exit::{Exit, Stop, broken, written};
use crate::nearest::nearest;
use crate::vocabulary::{Vocabulary, embedded};

pub(super) fn run(arguments: &WordsArguments) -> Result<Exit, Stop> {
    let known =
        embedded().map_err(|error| broken("read what this program carries in itself", &error))?;
    let wanted = |vocabulary: &&Vocabulary| {
        arguments
            .subject
            .as_ref()
            .is_none_or(|subject| subject == vocabulary.subject())
    };
    let chosen: Vec<&Vocabulary> = known.iter().filter(wanted).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = known.iter().map(Vocabulary::subject).collect();
        let subject = arguments.subject.as_deref().unwrap_or_default();
        let help = nearest(subject, names.iter().copied()).map_or_else(
            || format!("there are {}", names.join(", ")),
            |close| format!("did you mean `{close}`?"),
        );
        return Err(Stop::new(
            Exit::Usage,
            miette::miette!(help = help, "there is no subject `{subject}`"),
        ));
    }
    let mut out = anstream::stdout().lock();
    let mut any = false;
    for vocabulary in chosen {
        let part = arguments.name.as_deref().unwrap_or_default();
        for (name, entry) in vocabulary
            .situations()
            .iter()
            .filter(|(name, _)| name.contains(part))
        {
            any = true;
            written(writeln!(
                out,
                "{} {name}  (a situation)\n    here: {entry}",
                vocabulary.subject()
            ))?;
        }
        for (name, entry) in vocabulary
            .entries()
            .iter()
            .filter(|(name, _)| name.contains(part))
        {
            any = true;
            let told = entry
                .told
                .map(|told| format!("  (told: {told})"))
                .unwrap_or_default();
            written(writeln!(out, "{} {name}{told}", vocabulary.subject()))?;
            for variant in &entry.variants {
                let since = variant
                    .since
                    .as_deref()
                    .map(|since| format!("since {since}: "))
                    .unwrap_or_default();
                for (index, line) in variant.text.source().lines().enumerate() {
                    let since = if index == 0 { since.as_str() } else { "" };
                    written(writeln!(out, "    {since}{line}"))?;
                }
            }
        }
    }
    if any {
        return Ok(Exit::Held);
    }
    let help = "`rescue-harness words` lists all names";
    Err(Stop::new(
        Exit::Nothing,
        miette::miette!(
            help = help,
            "no name has `{}`",
            arguments.name.as_deref().unwrap_or_default()
        ),
    ))
}
