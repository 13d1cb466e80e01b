//! Tells a person what happens while it happens.

use std::io::Write;

use super::stage::Stage;
use crate::engine::until;
use crate::report::{clock, cut, describe};

/// How wide lines are where standard error is no terminal.
const WIDTH: usize = 160;
/// What stands before an event.
const BEFORE: usize = 26;

/// Writes each event of the story to standard error as it comes; never ends.
pub(super) async fn tell(stage: &Stage) {
    if !stage.follow.get() {
        return std::future::pending().await;
    }
    let width = terminal_size::terminal_size_of(std::io::stderr())
        .map_or(WIDTH, |(width, _)| usize::from(width.0));
    let room = width.saturating_sub(BEFORE + 1).max(20);
    let mut seen = 0;
    until(&stage.world, |world| {
        let events = world.log().events();
        let lines = events
            .get(seen..)
            .unwrap_or_default()
            .iter()
            .filter_map(|event| serde_json::to_value(event).ok())
            .map(|event| describe(&event))
            .filter(|line| !line.minor);
        for line in lines {
            // Nobody to tell it to is no reason to end the run.
            let _ = writeln!(
                std::io::stderr(),
                "{:>13}  {:<10} {}",
                clock(line.at_us),
                line.actor,
                cut(&line.text, room)
            );
        }
        seen = events.len();
        None::<()>
    })
    .await;
}
