//! Writes the job records that a scenario begins with.

use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::stage::Stage;
use crate::engine::{Error, Input, Launch, World, rest};
use crate::scenario::seed::{Place, SeedJob};

/// A process id that no machine gives: above the largest that Linux allows.
const DEAD: i64 = 987_654_321;

/// The state folder of the workspace, where the subjects look for it.
pub(super) fn state_folder(stage: &Stage) -> PathBuf {
    let world = stage.world.borrow();
    let sandbox = world.sandbox();
    companion::state::directory(
        Some(&sandbox.plugin_data()),
        &sandbox.temporary(),
        &sandbox.workspace(),
    )
}

/// Writes the records; processes that must live are started.
pub(super) async fn write(stage: &Stage, jobs: &[SeedJob]) -> Result<(), Error> {
    if jobs.is_empty() {
        return Ok(());
    }
    let folder = state_folder(stage);
    let failed = |path: &PathBuf, error| Error::file(format!("write {}", path.display()), error);
    let files = folder.join("jobs");
    std::fs::create_dir_all(&files).map_err(|error| failed(&files, error))?;
    let mut rows = Vec::new();
    for job in jobs {
        let record = complete(stage, job, &files).await?;
        let id = record.get("id").and_then(Value::as_str).unwrap_or_default();
        stage.session.lay_down([id.to_owned()]);
        if job.place != Place::Row {
            let path = files.join(format!("{id}.json"));
            let text = format!("{:#}\n", Value::Object(record.clone()));
            std::fs::write(&path, text).map_err(|error| failed(&path, error))?;
        }
        if job.place != Place::File {
            rows.push(Value::Object(record));
        }
    }
    let state = json!({"version": 1, "config": {"stopReviewGate": false}, "jobs": rows});
    let path = folder.join("state.json");
    std::fs::write(&path, format!("{state:#}\n")).map_err(|error| failed(&path, error))
}

/// Fills in what a task's record always has.
async fn complete(
    stage: &Stage,
    job: &SeedJob,
    files: &std::path::Path,
) -> Result<Map<String, Value>, Error> {
    let given = &job.fields;
    let id = given.get("id").and_then(Value::as_str).unwrap_or_default();
    let workspace = stage
        .world
        .borrow()
        .sandbox()
        .workspace()
        .display()
        .to_string();
    let usual = json!({
        "id": id, "kind": "task", "kindLabel": "rescue", "title": "Codex Task", "workspaceRoot": workspace,
        "jobClass": "task", "summary": "seeded", "write": false, "createdAt": "2026-05-25T10:00:00.000Z",
        "sessionId": stage.session.id(), "status": "queued", "phase": given.get("status"), "pid": null,
        "logFile": files.join(format!("{id}.log")).display().to_string(),
        "updatedAt": "2026-05-25T10:05:00.000Z",
    });
    let mut record = usual.as_object().cloned().unwrap_or_default();
    for (name, value) in given {
        let value = match (name.as_str(), value.as_str()) {
            ("pid", Some("alive")) => json!(sleeper(stage).await?),
            ("pid", Some("dead")) => json!(DEAD),
            _ => value.clone(),
        };
        // A field that is given as null is written as null only where records have it so.
        if value.is_null() && !matches!(name.as_str(), "pid") {
            record.shift_remove(name);
        } else {
            record.insert(name.clone(), value);
        }
    }
    Ok(record)
}

/// A process that does nothing and lives until the run is over.
async fn sleeper(stage: &Stage) -> Result<i32, Error> {
    let pid = start_sleeper(&mut stage.world.borrow_mut())?;
    rest(&stage.world).await;
    Ok(pid)
}

fn start_sleeper(world: &mut World) -> Result<i32, Error> {
    let captured = world.sandbox().captured();
    let launch = Launch {
        by: "scenario".into(),
        shell: "exec sleep 400d".into(),
        directory: world.sandbox().workspace(),
        environment: world.environment(),
        input: Input::Nothing,
        stdout: captured.join("sleeper.stdout"),
        stderr: captured.join("sleeper.stderr"),
    };
    let process = world.launch(&launch)?;
    world.expect_to_stay(process);
    Ok(world.pid(process))
}
