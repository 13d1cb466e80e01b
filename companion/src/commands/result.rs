//! `result`: what a finished job left.

use serde_json::json;

use super::{CommandError, JOB_OPTIONS, directory, output, reference};
use crate::arguments::Arguments;
use crate::job::Job;
use crate::state::Store;
use crate::{environment, render, selection, settle};

/// Runs the command.
pub fn run(raw: &[String]) -> Result<bool, CommandError> {
    let arguments = Arguments::parse(raw, JOB_OPTIONS)?;
    let store = Store::of(&directory(&arguments)?);
    let state = settle::view(&store)?;
    let session = environment::session_id();
    let job = selection::finished(&store, &state, reference(&arguments), session.as_deref())?;
    let stored = store.read_job(job.id());
    if arguments.flag("json") {
        let stored = stored.as_ref().map(Job::to_value);
        output::json(&json!({"job": job.to_value(), "storedJob": stored}));
    } else {
        output::text(&render::result(&job, stored.as_ref()));
    }
    Ok(true)
}
