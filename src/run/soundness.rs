//! What must hold in every run, without any expectation.

use std::time::Duration;

use serde_json::Value;

use super::records;
use super::stage::Stage;
use crate::event::What;
use crate::scenario::Located;
use crate::scenario::step::Step;

/// Checks what the main thread was told at this moment against what is true.
pub(super) fn told(stage: &Stage) {
    for finding in stage.session.take_findings() {
        if let Some((rule, truth)) = finding.broken() {
            let actual = format!("told {}: {truth}", finding.told);
            stage.fail_always("soundness", rule, &actual);
        }
    }
}

/// How long nothing may happen to a job that is called active, though its worker lives: what has said nothing for so long
/// says nothing any more.
const SILENCE: Duration = Duration::from_secs(6 * 3600);

/// Checks the records when everything has come to rest: no job may be called active while nobody works on it or nothing
/// happens any more, and what was finished must still be there.
pub(super) fn at_rest(stage: &Stage) {
    active(stage);
    let scenario = &stage.scenario;
    let by_gates = scenario
        .gates
        .iter()
        .any(|gate| touches_state(&gate.value.steps));
    if !by_gates && !touches_state(&scenario.steps) {
        records::check(stage);
    }
}

fn active(stage: &Stage) {
    let world = stage.world.borrow();
    let living = world.living();
    let silent = |id: &str| {
        let last = world
            .log()
            .events()
            .iter()
            .rfind(|event| match &event.what {
                What::Job { id: other, .. } => other == id,
                What::Codex(_) => true,
                _ => false,
            });
        last.is_some_and(|last| world.now().saturating_sub(last.at()) >= SILENCE)
    };
    let mut stale = Vec::new();
    for job in world.jobs().jobs.iter().filter(|job| job.is_active()) {
        let pid = job.field("pid").and_then(Value::as_i64);
        let alive =
            pid.is_some_and(|pid| living.iter().any(|(living, _)| i64::from(*living) == pid));
        if is_seeded(stage, &job.id) {
            continue;
        }
        let status = job.text("status").unwrap_or_default();
        if !alive {
            stale.push(format!(
                "{} is called {status} and nobody works on it",
                job.id
            ));
        } else if silent(&job.id) {
            stale.push(format!(
                "{} is called {status} and nothing has happened for {} hours",
                job.id,
                SILENCE.as_secs() / 3600
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

/// Whether a scenario changes the records itself.
fn touches_state(steps: &[Located<Step>]) -> bool {
    steps.iter().any(|step| match &step.value {
        Step::Write(write) => write.path.contains("${state}"),
        Step::Remove(path) => path.contains("${state}"),
        Step::Agent(agent) => touches_state(&agent.during),
        Step::Companion(command) => touches_state(&command.during),
        Step::Shell(_) => true,
        _ => false,
    })
}

/// Records that the scenario wrote are its own business.
pub(super) fn is_seeded(stage: &Stage, id: &str) -> bool {
    stage
        .scenario
        .jobs
        .iter()
        .any(|job| job.fields.get("id").and_then(Value::as_str) == Some(id))
}
