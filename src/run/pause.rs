//! Stops the world at a point and waits for the user, while time stands still.

use std::cell::Cell;
use std::io::{Read, Write};
use std::path::PathBuf;

use serde_json::Value;

use super::stage::Stage;
use crate::engine::{World, until};
use crate::report::describe;

/// The pipe on which the runner says that it has stopped, beside the sandbox.
pub const PAUSED: &str = "paused";
/// The pipe on which it is told to go on.
pub const GO_ON: &str = "go-on";

/// Where to stop.
#[derive(Debug)]
pub(super) struct Pause {
    at: String,
    folder: PathBuf,
    clock: PathBuf,
    done: Cell<bool>,
}

impl Pause {
    /// Stops at a step or event named `at`; the pipes are in `folder`. While it stands, the file `clock` tells the way
    /// into the run's time.
    pub(super) fn new(at: &str, folder: PathBuf, clock: PathBuf) -> Pause {
        Pause {
            at: at.trim_start_matches("step ").to_owned(),
            folder,
            clock,
            done: Cell::new(false),
        }
    }

    /// Stops if this is the step, before it is run.
    pub(super) fn step(&self, stage: &Stage, ordinal: &str) {
        if ordinal.trim_start_matches("step ") == self.at {
            self.stop(&mut stage.world.borrow_mut(), &format!("before {ordinal}"));
        }
    }

    /// Stops at the first event that has the text; never ends otherwise.
    pub(super) async fn event(&self, stage: &Stage) {
        let is_step = self.at.starts_with(|first: char| first.is_ascii_digit())
            || self.at.starts_with("gate ");
        let mut seen = 0;
        until(&stage.world, |world| {
            let events = world.log().events();
            let new = events.get(seen..).unwrap_or_default();
            seen = events.len();
            let found = new
                .iter()
                .filter_map(|event| serde_json::to_value(event).ok())
                .find(|event| self.is_here(event));
            if let Some(event) = found.filter(|_| !is_step) {
                let line = describe(&event);
                self.stop(world, &format!("after {}: {}", line.actor, line.text));
            }
            None::<()>
        })
        .await;
    }

    fn is_here(&self, event: &Value) -> bool {
        let line = describe(event);
        !line.minor && (line.kind == self.at || line.text.contains(&self.at))
    }

    /// Writes down how a program lives in the run's time. Without it a shell has the time of the wall.
    fn open_clock(&self, world: &World) {
        let lines: String = world
            .clock_environment()
            .iter()
            .map(|(name, value)| format!("{}={}\n", name.display(), value.display()))
            .collect();
        if !lines.is_empty() {
            let _ = std::fs::write(&self.clock, lines);
        }
    }

    /// Says that the world stands, and waits until the user lets it go on. Without a listener it does not stop.
    fn stop(&self, world: &mut World, place: &str) {
        if self.done.replace(true) {
            return;
        }
        self.open_clock(world);
        world.admit_visitors(true);
        let said = std::fs::OpenOptions::new()
            .write(true)
            .open(self.folder.join(PAUSED))
            .and_then(|mut pipe| pipe.write_all(place.as_bytes()));
        if said.is_ok()
            && let Ok(mut pipe) = std::fs::File::open(self.folder.join(GO_ON))
        {
            let _ = pipe.read_to_end(&mut Vec::new());
        }
        let _ = std::fs::remove_file(&self.clock);
        world.admit_visitors(false);
    }
}
