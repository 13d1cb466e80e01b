//! `rescue-harness doctor`.

use std::io::Write;

use anstyle::{AnsiColor, Style};

use super::arguments::DoctorArguments;
use super::exit::{Exit, Stop, written};
use crate::doctor::{Health, examine};

pub(super) fn run(arguments: &DoctorArguments) -> Result<Exit, Stop> {
    let found = examine(arguments.plugin.as_deref(), arguments.data.as_deref());
    let mut out = anstream::stdout().lock();
    if arguments.json {
        written(writeln!(
            out,
            "{}",
            serde_json::to_value(&found).unwrap_or_default()
        ))?;
    } else {
        for finding in &found {
            let (word, style) = match finding.health {
                Health::Well => ("ok", AnsiColor::Green.on_default()),
                Health::Note => ("note", AnsiColor::Yellow.on_default()),
                Health::Ill => ("WRONG", AnsiColor::Red.on_default().bold()),
            };
            written(writeln!(
                out,
                "{style}{word:>5}{style:#}  {}: {}",
                finding.about, finding.seen
            ))?;
            if let Some(meaning) = &finding.meaning {
                let faint = Style::new().dimmed();
                written(writeln!(out, "       {faint}{meaning}{faint:#}"))?;
            }
        }
    }
    Ok(
        if found.iter().any(|finding| finding.health == Health::Ill) {
            Exit::Failed
        } else {
            Exit::Held
        },
    )
}
