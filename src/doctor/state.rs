//! The jobs on disk.

use std::path::Path;

use serde_json::Value;

use super::Finding;
use super::processes::command;

/// Looks at every workspace of a data folder. One that was asked for by name has to be there.
pub(super) fn examine(data: &Path, asked_for: bool) -> Vec<Finding> {
    let root = if data.join("state").is_dir() {
        data.join("state")
    } else {
        data.to_owned()
    };
    let entries = match std::fs::read_dir(&root) {
        Ok(entries) => entries,
        Err(error) => {
            let meaning = "give the plugin's data folder with --data, or run this as the user whose plugin it is";
            let seen = format!("cannot read {}: {error}", root.display());
            return vec![if asked_for {
                Finding::ill("state", seen, meaning)
            } else {
                Finding::note("state", seen, meaning)
            }];
        }
    };
    let mut folders: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    if !folders.iter().any(|folder| is_workspace(folder)) && root == data {
        let meaning = "the plugin's data folder has a folder state/ with one for each workspace; without any job there is none";
        return vec![Finding::note(
            "state",
            format!("{} holds no workspace", data.display()),
            meaning,
        )];
    }
    folders
        .iter()
        .flat_map(|folder| workspace(folder))
        .collect()
}

fn is_workspace(folder: &Path) -> bool {
    folder.join("state.json").exists() || folder.join("jobs").is_dir()
}

fn workspace(folder: &Path) -> Vec<Finding> {
    let path = folder.join("state.json");
    let about = folder
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let state = match read(&path) {
        Ok(state) => state,
        Err(problem) => {
            let meaning = "the companion forgets the jobs of this workspace, or stops; move the file away, the jobs in jobs/ stay";
            return vec![Finding::ill(
                &about,
                format!("{}: {problem}", path.display()),
                meaning,
            )];
        }
    };
    let rows = state
        .get("jobs")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let mut found: Vec<Finding> = rows
        .iter()
        .filter_map(|row| job(&about, folder, row))
        .collect();
    if found.is_empty() {
        found.push(Finding::well(
            &about,
            format!("{} jobs, none of them stuck", rows.len()),
        ));
    }
    found
}

fn read(path: &Path) -> Result<Value, String> {
    let text = std::fs::read(path).map_err(|error| error.to_string())?;
    serde_json::from_slice(&text).map_err(|error| format!("no JSON: {error}"))
}

/// What is wrong with a job, if anything is.
fn job(about: &str, folder: &Path, row: &Value) -> Option<Finding> {
    let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
    let (id, status) = (text("id"), text("status"));
    let record = folder.join("jobs").join(format!("{id}.json"));
    let active = matches!(status, "queued" | "running");
    if let Err(problem) = read(&record) {
        let meaning =
            "`result` cannot show what came of it; the row in state.json is all that is left";
        return Some(Finding::ill(
            about,
            format!("{id} ({status}): {}: {problem}", record.display()),
            meaning,
        ));
    }
    if !active {
        return None;
    }
    let cancel = format!("it will be called {status} for ever; end it with `/codex:cancel {id}`");
    let Some(pid) = row
        .get("pid")
        .and_then(Value::as_i64)
        .and_then(|pid| i32::try_from(pid).ok())
    else {
        return Some(Finding::note(
            about,
            format!("{id} is {status} and has no process id"),
            format!("it is being started, or nobody works on it and {cancel}"),
        ));
    };
    match command(pid) {
        None => Some(Finding::ill(
            about,
            format!("{id} is {status}, but process {pid} is gone"),
            format!("its worker died: {cancel}"),
        )),
        Some(command) if !command.contains("codex-companion") => {
            let meaning = format!(
                "the worker died and another program has its number: {cancel}; do not kill {pid}"
            );
            Some(Finding::ill(
                about,
                format!("{id} is {status}, but process {pid} is `{command}`"),
                meaning,
            ))
        }
        Some(_) => Some(Finding::well(
            about,
            format!("{id} is {status}, process {pid} works on it"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Health;
    use serde_json::json;

    fn data(state: &str, records: &[&str]) -> tempfile::TempDir {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().join("state/project-1");
        std::fs::create_dir_all(folder.join("jobs")).unwrap();
        std::fs::write(folder.join("state.json"), state).unwrap();
        for id in records {
            std::fs::write(folder.join(format!("jobs/{id}.json")), "{}").unwrap();
        }
        data
    }

    #[test]
    fn a_folder_that_is_not_there_is_told() {
        let health = |asked_for| examine(Path::new("/nonexistent"), asked_for)[0].health;
        assert_eq!((health(false), health(true)), (Health::Note, Health::Ill));
    }

    #[test]
    fn an_unreadable_state_is_ill() {
        let found = examine(data("{", &[]).path(), true);
        assert!(
            found[0].health == Health::Ill && found[0].seen.contains("no JSON"),
            "{found:?}"
        );
    }

    #[test]
    fn stuck_jobs_and_lost_records_are_ill() {
        let pid = std::process::id();
        let state = json!({"jobs": [
            {"id": "a", "status": "running", "pid": 987_654_321},
            {"id": "b", "status": "completed", "pid": null},
            {"id": "c", "status": "running", "pid": pid},
            {"id": "d", "status": "queued", "pid": null},
            {"id": "e", "status": "completed", "pid": null},
        ]});
        let found = examine(data(&state.to_string(), &["a", "c", "d", "e"]).path(), true);
        let seen: Vec<(Health, bool)> = found
            .iter()
            .map(|finding| (finding.health, finding.meaning.is_some()))
            .collect();
        assert_eq!(
            seen,
            [
                (Health::Ill, true),
                (Health::Ill, true),
                (Health::Ill, true),
                (Health::Note, true)
            ],
            "{found:?}"
        );
    }
}
