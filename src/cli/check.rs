//! `rescue-harness check`.

use std::collections::BTreeMap;
use std::io::Write;

use miette::Report;
use serde_json::{Value, json};

use super::arguments::ListArguments;
use super::exit::{Exit, Stop, written};
use super::select::{Chosen, read};
use crate::scenario::Error;
use crate::yaml;

/// Reads and lints all files, and tells everything that is wrong with them.
pub(super) fn run(typed: &ListArguments) -> Result<Exit, Stop> {
    let arguments = typed.with_defaults()?;
    let (mut chosen, mut wrong) = read(&arguments.selection)?;
    chosen.dedup_by(|next, before| next.file == before.file);
    wrong.extend(twins(&chosen));
    let mut out = anstream::stdout().lock();
    if arguments.json {
        let names: Vec<&str> = chosen.iter().map(|chosen| chosen.file.as_str()).collect();
        let problems: Vec<Value> = wrong.iter().map(problem).collect();
        written(writeln!(
            out,
            "{}",
            json!({"checked": names, "problems": problems})
        ))?;
    }
    if !wrong.is_empty() {
        let told = if arguments.json { Vec::new() } else { wrong };
        let reports = told.into_iter().map(Report::new).collect();
        return Err(Stop {
            exit: Exit::Scenario,
            reports,
        });
    }
    if chosen.is_empty() {
        return Err(Stop::new(
            Exit::Nothing,
            miette::miette!(
                help = "scenario files end in .yaml or .yml",
                "there is nothing to check"
            ),
        ));
    }
    if !arguments.json {
        let (noun, verb) = if chosen.len() == 1 {
            ("scenario", "is")
        } else {
            ("scenarios", "are")
        };
        written(writeln!(out, "{} {noun} {verb} well formed", chosen.len()))?;
    }
    Ok(Exit::Held)
}

/// A problem for a machine: its place, what is wrong, and the remedy.
fn problem(error: &Error) -> Value {
    match error {
        Error::Invalid {
            name,
            line,
            column,
            message,
            remedy,
            ..
        } => {
            json!({"file": name, "line": line, "column": column, "message": message, "remedy": remedy})
        }
        Error::Odd {
            path,
            message,
            remedy,
        } => json!({"file": path, "message": message, "remedy": remedy}),
        Error::Unreadable { path, source } => {
            json!({"file": path, "message": format!("cannot be read: {source}")})
        }
    }
}

/// Titles that two files share: nobody could tell their results apart.
fn twins(chosen: &[Chosen]) -> Vec<Error> {
    let mut first: BTreeMap<String, &str> = BTreeMap::new();
    let mut wrong = Vec::new();
    for chosen in chosen {
        match first.get(&chosen.scenario.title.to_lowercase()) {
            Some(other) => {
                let range = yaml::read(&chosen.text)
                    .and_then(|tree| Some(tree.get("title")?.range.clone()))
                    .unwrap_or(0..1);
                let remedy = "say what is different about this case".to_owned();
                wrong.push(Error::at(
                    &chosen.file,
                    &chosen.text,
                    range,
                    format!("{other} has the same title"),
                    Some(remedy),
                ));
            }
            None => {
                first.insert(chosen.scenario.title.to_lowercase(), &chosen.file);
            }
        }
    }
    wrong
}
