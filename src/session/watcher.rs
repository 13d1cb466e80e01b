//! The watcher: the command that a context asks the main thread to arm, run as it stands there.

use std::rc::Rc;
use std::time::Duration;

use super::Session;
use super::background::{Background, Owner};
use super::command::CommandEnd;
use crate::claude::belief::Origin;
use crate::claude::tools::{self, Notification};
use crate::engine::Error;

/// What stands before the command in a context, and what ends it there.
const BEFORE: &str = "run_in_background";

impl Session {
    /// The command that the last context asks for, as the main thread would copy it.
    pub fn watcher_command(&self) -> Option<String> {
        command_in(&self.last_context()?)
    }

    /// Runs the watcher in the background of the main thread, which is notified of its end and reads its output.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn watch(self: &Rc<Self>, command: &str, within: Duration) -> Result<CommandEnd, Error> {
        let background = self.start_in_background(command, Owner::Main)?;
        let end = self.wait_for(&background.running, within).await;
        if !end.timed_out {
            self.notify(&background, &end);
        }
        Ok(end)
    }
}

impl Session {
    /// The main thread is notified that its background command has ended, and reads what it said.
    fn notify(self: &Rc<Self>, background: &Background, end: &CommandEnd) {
        let notification = Notification {
            task_id: background.id.clone(),
            tool_use_id: format!("toolu_{}", background.id),
            path: background.running.stdout.display().to_string(),
            description: "Watch the job".into(),
        };
        let how = tools::CommandEnd::Exited(end.exit.unwrap_or(0));
        let text = notification.command(how, &self.profile).join("\n");
        self.tell(Origin::Notification, &text, &[]);
        self.tell(Origin::Output, &end.stdout, &[]);
    }
}

/// The first shell command after the word that asks for the background: from the program on, to the end of its
/// arguments. A subject sets it off by two spaces, back quotes or a line of its own.
fn command_in(context: &str) -> Option<String> {
    let after = context.get(context.find(BEFORE)? + BEFORE.len()..)?;
    if let Some(quoted) = after.split('`').nth(1).filter(|text| text.contains(" status ")) {
        return Some(quoted.to_owned());
    }
    let set_off = after.split_once("  ").map(|(_, rest)| rest).or_else(|| after.split_once('\n').map(|(_, rest)| rest))?;
    let end = ["  ", "\n"].into_iter().filter_map(|end| set_off.find(end)).min().unwrap_or(set_off.len());
    set_off.get(..end).map(|command| command.trim().to_owned()).filter(|command| command.contains(" status "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_taken_as_it_stands() {
        let context = "run this via the Bash tool with run_in_background=true:  node \"/p q/c.mjs\" status task-1 --wait --timeout-ms 1800000  — it blocks";
        assert_eq!(command_in(context).as_deref(), Some("node \"/p q/c.mjs\" status task-1 --wait --timeout-ms 1800000"));
    }

    #[test]
    fn a_command_in_back_quotes_is_one_too() {
        let context = "Bash with run_in_background: `'/p/codex-companion' status task-1 --wait`. It ends when";
        assert_eq!(command_in(context).as_deref(), Some("'/p/codex-companion' status task-1 --wait"));
    }

    #[test]
    fn a_context_without_a_command_has_none() {
        assert_eq!(command_in("poll /codex:status task-1"), None);
    }
}
