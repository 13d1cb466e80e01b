//! Commands that the companion itself calls.

use std::path::Path;

use super::{CommandError, directory, output};
use crate::arguments::{Arguments, Options, Words};
use crate::state::Store;
use crate::{launch, worker};

const OPTIONS: Options = Options {
    values: &["cwd", "job-id", "log"],
    flags: &[],
    words: Words::AtMost(0),
};

fn job_id(arguments: &Arguments) -> Result<&str, CommandError> {
    arguments
        .value("job-id")
        .ok_or_else(|| CommandError::Text("--job-id is missing".to_owned()))
}

/// `task-worker --cwd DIR --job-id ID`: runs a queued job.
pub fn task_worker(raw: &[String]) -> Result<bool, CommandError> {
    let arguments = Arguments::parse(raw, OPTIONS)?;
    let id = job_id(&arguments)?;
    let store = Store::of(&directory(&arguments)?);
    Ok(worker::run(&store, id)?)
}

/// `spawn-worker --cwd DIR --job-id ID --log FILE`: starts a worker and leaves it alone.
pub fn spawn_worker(raw: &[String]) -> Result<bool, CommandError> {
    let arguments = Arguments::parse(raw, OPTIONS)?;
    let id = job_id(&arguments)?;
    let log = arguments.value("log").unwrap_or("/dev/null");
    let reply = launch::spawn_worker(&directory(&arguments)?, id, Path::new(log));
    output::text(&format!("{reply}\n"));
    Ok(reply.get("pid").is_some())
}
