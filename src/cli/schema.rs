//! `rescue-harness schema`.

use std::io::Write;

use super::exit::{Exit, Stop, written};
use crate::scenario::Scenario;

pub(super) fn run() -> Result<Exit, Stop> {
    let schema = schemars::schema_for!(Scenario);
    let text = serde_json::to_string_pretty(&schema)
        .map_err(|error| Stop::new(Exit::Broken, miette::miette!("cannot write the schema: {error}")))?;
    written(writeln!(anstream::stdout().lock(), "{text}"))?;
    Ok(Exit::Held)
}
