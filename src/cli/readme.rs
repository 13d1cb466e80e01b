//! `rescue-harness readme`.

use std::io::Write;

use super::arguments::Selection;
use super::exit::{Exit, Stop, written};
use super::select::select;
use crate::matrix::readme;

pub(super) fn run(selection: &Selection) -> Result<Exit, Stop> {
    let scenarios: Vec<_> = select(selection)?
        .into_iter()
        .map(|chosen| (chosen.name, chosen.scenario))
        .collect();
    written(write!(anstream::stdout().lock(), "{}", readme(&scenarios)))?;
    Ok(Exit::Held)
}
