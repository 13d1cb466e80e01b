//! Gates of a scenario: what the virtual clock holds, and who waits for it.

use std::collections::BTreeMap;
use std::time::Duration;

use simtime::{Coordinator, Gate, Held, HeldId, Release};

use super::Error;
use crate::event::{Log, Phase, Rank, What};

/// A gate with the name that the scenario's events use for it.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The gate as the clock knows it; its name is the rule's.
    pub gate: Gate,
}

/// What the names of the survey's gates begin with; the place follows, for example `before rename`.
pub const SURVEY: &str = "survey ";

/// The places that were passed so far.
#[derive(Debug, Default)]
struct Survey {
    on: bool,
    /// By actor.
    counts: BTreeMap<String, u64>,
}

/// A process that stands at a gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldGate {
    id: HeldId,
    /// The process.
    pub pid: i32,
    /// What it is about to touch, or has touched.
    pub detail: String,
}

/// The gates of a run and what they hold.
#[derive(Debug, Default)]
pub struct Gates {
    seen: Vec<HeldId>,
    held: Vec<Held>,
    reached: Vec<String>,
    survey: Survey,
    /// How many points each process came to, by its name in the story.
    points: BTreeMap<String, u64>,
}

impl Gates {
    pub(super) fn install(
        &mut self,
        rules: &[Rule],
        coordinator: Option<&mut Coordinator>,
    ) -> Result<(), Error> {
        if rules.is_empty() {
            return Ok(());
        }
        let Some(coordinator) = coordinator else {
            return Err(Error::Clock(simtime::Error::Invalid(
                "gates need simulated time; run without --real-time".into(),
            )));
        };
        let gates: Vec<Gate> = rules.iter().map(|rule| rule.gate.clone()).collect();
        Ok(coordinator.set_gates(&gates)?)
    }

    /// Notices who has come to a gate since the last look.
    pub(super) fn look(&mut self, at: Duration, coordinator: &Coordinator, log: &mut Log) {
        self.held = coordinator.held();
        for held in &self.held {
            if !self.seen.contains(&held.id) {
                self.seen.push(held.id);
                self.reached.push(held.gate.clone());
                let what = What::Gate {
                    outcome: "held".into(),
                    gate: held.gate.clone(),
                    detail: held.text.clone(),
                };
                let rank = Rank {
                    birth: held.process,
                    phase: Phase::Life,
                };
                log.collect(at, rank, "gate", what);
            }
        }
    }

    /// Counts a point that this process has come to, from 1. The clock's own count runs over all
    /// processes, and two that are active in one moment come to theirs in any order.
    pub(super) fn count_point(&mut self, name: String) -> u64 {
        let count = self.points.entry(name).or_insert(0);
        *count += 1;
        *count
    }

    /// Notes that a gate acted without holding anybody.
    pub(super) fn acted(&mut self, gate: &str) {
        self.reached.push(gate.to_owned());
    }

    /// Begins or ends the survey: all places that processes come to, as events of the log.
    pub fn survey(&mut self, on: bool) {
        self.survey.on = on;
    }

    /// The event of a place that was passed, when the gate is one of the survey's; nothing to tell
    /// when the survey is over.
    pub(super) fn surveyed(
        &mut self,
        gate: &str,
        actor: &str,
        pid: i32,
        text: &str,
    ) -> Option<Option<What>> {
        let (when, operation) = gate.strip_prefix(SURVEY)?.split_once(' ')?;
        if !self.survey.on {
            return Some(None);
        }
        let ordinal = self.survey.counts.entry(actor.to_owned()).or_insert(0);
        *ordinal += 1;
        Some(Some(What::Point {
            ordinal: *ordinal,
            pid,
            operation: operation.into(),
            when: when.into(),
            text: text.into(),
        }))
    }

    /// Whether anybody ever came to this gate.
    pub fn was_reached(&self, gate: &str) -> bool {
        self.reached.iter().any(|reached| reached == gate)
    }

    /// The process that stands at this gate.
    pub fn holds(&self, gate: &str) -> Option<HeldGate> {
        let held = self.held.iter().find(|held| held.gate == gate)?;
        Some(HeldGate {
            id: held.id,
            pid: held.pid,
            detail: held.text.clone(),
        })
    }

    /// Lets the process go on; one that was killed meanwhile needs nothing.
    ///
    /// # Errors
    /// When the release makes no sense at this gate.
    pub fn release(
        &mut self,
        held: &HeldGate,
        how: Release,
        coordinator: &mut Coordinator,
    ) -> Result<(), Error> {
        self.held.retain(|other| other.id != held.id);
        if coordinator.held().iter().any(|other| other.id == held.id) {
            coordinator.release(held.id, how)?;
        }
        Ok(())
    }
}
