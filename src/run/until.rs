//! Waiting until something is so.

use std::time::Duration;

use serde_json::Value;

use super::steps::Place;
use crate::engine::{Either, first, sleep, until};
use crate::scenario::step::Until;
use crate::scenario::text::Expected;

/// How long `until` waits when the scenario does not say.
const HOUR: Duration = Duration::from_secs(3600);

impl Place<'_> {
    pub(super) async fn until(&self, condition: &Until) {
        let stage = self.stage;
        let within = condition.within.map_or(HOUR, |within| within.get());
        let met = until(&stage.world, |world| {
            let spoken = |name: &str| {
                world
                    .codex_reports()
                    .iter()
                    .any(|report| report.get("method").and_then(Value::as_str) == Some(name))
            };
            let met = match condition {
                Until {
                    codex: Some(method),
                    ..
                } => spoken(method),
                Until {
                    gone: Some(actor), ..
                } => world.processes_of(actor).is_empty(),
                Until {
                    started: Some(actor),
                    ..
                } => !world.processes_of(actor).is_empty(),
                Until {
                    told: Some(told), ..
                } => stage.session.told() == *told,
                Until {
                    job: Some(fields), ..
                } => match world.jobs().newest() {
                    Some(job) => fields
                        .iter()
                        .all(|(name, wanted)| simple(wanted, job.field(name))),
                    None => false,
                },
                _ => true,
            };
            met.then_some(())
        });
        if let Either::Right(()) = first(met, sleep(&stage.world, within)).await {
            let actual = format!("not after {within:?}");
            stage.fail(
                self.line,
                &self.name,
                "until",
                "it comes to be so",
                &actual,
                None,
            );
        }
    }
}

/// The forms that a condition can take: a value, or that there is one.
fn simple(expected: &Expected, actual: Option<&Value>) -> bool {
    match expected {
        Expected::Exactly(value) => actual == Some(value) || (value.is_null() && actual.is_none()),
        _ => actual.is_some_and(|value| !value.is_null()),
    }
}
