//! `rescue-harness check`.

use std::io::Write;

use super::arguments::ListArguments;
use super::exit::{Exit, Stop, written};
use super::select::select;

pub(super) fn run(arguments: &ListArguments) -> Result<Exit, Stop> {
    let chosen = select(&arguments.selection)?;
    let mut out = anstream::stdout().lock();
    if arguments.json {
        let names: Vec<&str> = chosen.iter().map(|chosen| chosen.file.as_str()).collect();
        written(writeln!(out, "{}", serde_json::json!({"checked": names})))?;
    } else {
        written(writeln!(out, "{} scenarios are well formed", chosen.len()))?;
    }
    Ok(Exit::Held)
}
