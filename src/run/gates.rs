//! The gates of a scenario, and what happens while they hold.

use simtime::{Action, Operation as At, Release, When};

use super::stage::Stage;
use super::steps;
use crate::engine::{Error, Rule, SURVEY, until};
use crate::scenario::Located;
use crate::scenario::check::{errno, signal};
use crate::scenario::step::{Gate, Operation, Then};

fn name(index: usize) -> String {
    format!("gate {}", index + 1)
}

/// The rules for the clock.
pub(super) fn rules(gates: &[Located<Gate>]) -> Vec<Rule> {
    gates
        .iter()
        .enumerate()
        .flat_map(|(index, gate)| rules_of(index, &gate.value))
        .collect()
}

/// The rules of the survey: nobody is held, every place is told.
pub(super) fn survey() -> Vec<Rule> {
    let operations = [
        ("open", At::OpenWrite),
        ("write", At::Write),
        ("rename", At::Rename),
        ("unlink", At::Unlink),
        ("fork", At::Fork),
        ("exec", At::Exec),
        ("connect", At::Connect),
        ("message", At::Message),
    ];
    // What an operation is followed by comes before the next one, except where a program begins.
    let before = operations.map(|(name, operation)| ("before", When::Before, name, operation));
    let begins = [("after", When::After, "exec", At::Exec)];
    let rule = |(word, when, name, operation)| Rule {
        gate: simtime::Gate {
            name: format!("{SURVEY}{word} {name}"),
            operation,
            when,
            path: "*".into(),
            process: None,
            nth: 0,
            action: Action::Pass,
        },
    };
    before.into_iter().chain(begins).map(rule).collect()
}

fn rules_of(index: usize, gate: &Gate) -> Vec<Rule> {
    let (when, operation) = match (&gate.before, &gate.after) {
        (Some(operation), _) => (When::Before, operation),
        (None, Some(operation)) => (When::After, operation),
        // The file was checked: one of the two is there.
        (None, None) => unreachable!("a gate without an operation passed the check"),
    };
    let (operations, pattern) = match operation {
        Operation::Open(pattern) => (vec![At::OpenWrite], pattern.clone()),
        Operation::Write(pattern) => (vec![At::Write], pattern.clone()),
        Operation::Rename(pattern) => (vec![At::Rename], pattern.clone()),
        Operation::Save(pattern) => (vec![At::Write, At::Rename], pattern.clone()),
        Operation::Unlink(pattern) => (vec![At::Unlink], pattern.clone()),
        Operation::Fork(pattern) => (vec![At::Fork], pattern.clone()),
        Operation::Exec(pattern) => (vec![At::Exec], pattern.clone()),
        Operation::Connect(pattern) => (vec![At::Connect], pattern.clone()),
        Operation::Message(point) => (vec![At::Message], format!("codex/{point}")),
    };
    let action = match &gate.then {
        // What happens before a refusal needs the process to be held first.
        _ if !gate.steps.is_empty() => Action::Hold,
        Then::Go => Action::Hold,
        Then::Kill(name) => Action::Kill(signal(name).map_or(9, |signal| signal as i32)),
        Then::Fail(name) => Action::Fail(errno(name).map_or(5, |errno| errno as i32)),
    };
    let rule = |operation| Rule {
        gate: simtime::Gate {
            name: name(index),
            operation,
            when,
            path: pattern.clone(),
            process: gate.process.clone(),
            nth: gate.nth,
            action,
        },
    };
    operations.into_iter().map(rule).collect()
}

/// Waits for each gate that holds, does what the scenario says, and lets go.
pub(super) async fn serve(stage: &Stage, index: usize, gate: &Located<Gate>) -> Result<(), Error> {
    let name = name(index);
    let held = until(&stage.world, |world| world.gates().0.holds(&name)).await;
    steps::run(stage, &gate.value.steps, &format!("{name}: ")).await?;
    let how = match &gate.value.then {
        Then::Go => Release::Go,
        Then::Kill(name) => Release::Kill(signal(name).map_or(9, |signal| signal as i32)),
        Then::Fail(name) => Release::Fail(errno(name).map_or(5, |errno| errno as i32)),
    };
    let mut world = stage.world.borrow_mut();
    let detail = held.detail.clone();
    world.note(
        "gate",
        crate::event::What::Gate {
            outcome: "released".into(),
            gate: name,
            detail,
        },
    );
    if let (gates, Some(coordinator)) = world.gates() {
        gates.release(&held, how, coordinator)?;
    }
    world.touch();
    Ok(())
}

/// Says which gates nobody came to: such a scenario shows nothing.
pub(super) fn unreached(stage: &Stage) {
    let gates = stage.scenario.gates.iter().enumerate();
    for (index, gate) in gates.filter(|(_, gate)| !gate.value.optional) {
        if !stage.world.borrow_mut().gates().0.was_reached(&name(index)) {
            stage.fail(
                gate.line,
                &name(index),
                "gate",
                "somebody comes to it",
                "nobody did",
                None,
            );
        }
    }
}
