//! The end of a run: somebody looks once more, the session ends, and nobody may be left.

use std::time::Duration;

use super::soundness;
use super::stage::Stage;
use crate::engine::{Either, Error, first, sleep, until};
use crate::session::CommandCall;
use crate::verdict::Difference;

/// How long processes may take to end after the session has.
const GRACE: Duration = Duration::from_secs(30);
/// How long the last look may take; a companion that hangs is a finding of its own.
const LOOK: Duration = Duration::from_secs(60);

/// Ends the run and checks what must hold in every run.
pub(super) async fn end(stage: &Stage) -> Result<(), Error> {
    soundness::told(stage);
    let has_jobs = !stage.world.borrow().jobs().jobs.is_empty();
    if has_jobs {
        let look = CommandCall {
            shell: format!("{} status --json", stage.subject.companion.shell()),
            stdin: None,
            environment: Vec::new(),
            directory: None,
            within: LOOK,
        };
        if stage.session.command(&look).await?.timed_out {
            stage.fail_always(
                "soundness",
                "`status` answers",
                &format!("it still runs after {LOOK:?}"),
            );
        }
        soundness::at_rest(stage);
    }
    if stage.session.is_open() {
        stage.session.end_all("prompt_input_exit").await?;
    }
    let quiet = until(&stage.world, |world| {
        world.remaining().is_empty().then_some(())
    });
    let _ = matches!(
        first(quiet, sleep(&stage.world, GRACE)).await,
        Either::Left(())
    );
    leftovers(stage);
    Ok(())
}

/// Nobody may be left when the session has ended, except whom the scenario names.
fn leftovers(stage: &Stage) {
    let remaining = stage.world.borrow().remaining();
    let names: Vec<&str> = remaining.iter().map(|(_, name)| name.as_str()).collect();
    let list = |names: &[&str]| {
        if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        }
    };
    match &stage.scenario.expect.leftovers {
        Some(expected) => {
            let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
            if names != expected {
                let difference = Difference {
                    expected: list(&expected),
                    actual: list(&names),
                    hint: None,
                };
                stage.differ(0, "at the end", "leftovers", difference, Some(names.into()));
            }
        }
        None if names.is_empty() => {}
        None => stage.fail_always(
            "leftovers",
            "no process is left when the session has ended",
            &list(&names),
        ),
    }
}
