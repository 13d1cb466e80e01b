//! `rescue-harness list`.

use std::io::Write;

use super::arguments::ListArguments;
use super::exit::{Exit, Stop, written};
use super::select::select;

pub(super) fn run(typed: &ListArguments) -> Result<Exit, Stop> {
    let arguments = typed.with_defaults()?;
    let chosen = select(&arguments.selection)?;
    let mut out = anstream::stdout().lock();
    if arguments.json {
        let rows: Vec<_> = chosen
            .iter()
            .map(|chosen| {
                let scenario = &chosen.scenario;
                serde_json::json!({
                    "name": chosen.name, "file": chosen.file, "title": scenario.title,
                    "source": scenario.source.0, "tags": scenario.tags,
                })
            })
            .collect();
        written(writeln!(out, "{}", serde_json::Value::Array(rows)))?;
        return Ok(Exit::Held);
    }
    let width = chosen
        .iter()
        .map(|chosen| chosen.name.chars().count())
        .max()
        .unwrap_or(0);
    for chosen in &chosen {
        let source = chosen.scenario.source.0.join(" ");
        let space = if source.is_empty() { "" } else { "  " };
        written(writeln!(
            out,
            "{:width$}  {}{space}{source}",
            chosen.name, chosen.scenario.title
        ))?;
    }
    Ok(Exit::Held)
}
