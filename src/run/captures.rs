//! The values that a scenario can name: `${job}`, `${session}` and so on.

use super::stage::Stage;
use crate::verdict::Captured;

/// Everything that can be named at this moment.
pub(super) fn captured(stage: &Stage) -> Captured {
    let world = stage.world.borrow();
    let mut captured = Captured::new();
    let mut set = |name: &str, value: String| captured.insert(name.to_owned(), value);
    set("session", stage.session.id());
    set(
        "workspace",
        world.sandbox().workspace().display().to_string(),
    );
    set("home", world.sandbox().home().display().to_string());
    set("tmp", world.sandbox().temporary().display().to_string());
    set("plugin", stage.subject.root.display().to_string());
    set(
        "companion",
        stage
            .subject
            .root
            .join(stage.subject.companion.file)
            .display()
            .to_string(),
    );
    set("cli", stage.subject.companion.shell());
    if let Some(folder) = world.state_folders().first() {
        set("state", folder.display().to_string());
    }
    let jobs = world.jobs();
    for (index, job) in jobs.jobs.iter().enumerate() {
        set(&format!("jobs.{index}"), job.id.clone());
    }
    if let Some(job) = jobs.newest() {
        set("job", job.id.clone());
        for (name, field) in [
            ("thread", "threadId"),
            ("turn", "turnId"),
            ("log", "logFile"),
        ] {
            if let Some(text) = job.text(field) {
                set(name, text.to_owned());
            }
        }
    }
    if let Some(path) = stage.session.last_output() {
        set("path", path.display().to_string());
    }
    captured
}
