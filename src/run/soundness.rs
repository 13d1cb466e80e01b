//! What must hold in every run, without any expectation.

use serde_json::Value;

use super::stage::Stage;
use crate::vocabulary::Told;

/// Checks what the main thread was told at this moment against what is true.
///
/// Never told done unless the run succeeded; never told running unless somebody will end it.
pub(super) fn told(stage: &Stage) {
    for finding in stage.session.take_findings() {
        let truth = &finding.truth;
        let wrong = match finding.told {
            Told::Done => !truth.succeeded,
            Told::Running => !truth.somebody_works,
            Told::Failed | Told::Unknown => false,
        };
        if wrong {
            let expected = match finding.told {
                Told::Done => "told done only when the run succeeded",
                _ => "told running only while somebody works on it",
            };
            stage.fail_always(
                "soundness",
                expected,
                &format!("told {}: {truth}", finding.told),
            );
        }
    }
}

/// Checks the records when everything has come to rest: no job may be called active while nobody works on it.
pub(super) fn at_rest(stage: &Stage) {
    let world = stage.world.borrow();
    let living = world.living();
    let mut stale = Vec::new();
    for job in world.jobs().jobs.iter().filter(|job| job.is_active()) {
        let pid = job.field("pid").and_then(Value::as_i64);
        let alive =
            pid.is_some_and(|pid| living.iter().any(|(living, _)| i64::from(*living) == pid));
        if !alive && !is_seeded(stage, &job.id) {
            stale.push(format!(
                "{} is called {} and nobody works on it",
                job.id,
                job.text("status").unwrap_or_default()
            ));
        }
    }
    let unreadable = world.jobs().unreadable.clone();
    drop(world);
    for job in stale {
        stage.fail_always("soundness", "no job is called active for ever", &job);
    }
    for path in unreadable {
        stage.fail_always("soundness", "every state file can be read", &path);
    }
}

/// Records that the scenario wrote are its own business.
fn is_seeded(stage: &Stage, id: &str) -> bool {
    stage
        .scenario
        .jobs
        .iter()
        .any(|job| job.fields.get("id").and_then(Value::as_str) == Some(id))
}
