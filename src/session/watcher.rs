//! The watcher: the command that a context asks the main thread to arm, run as it stands there.

use std::rc::Rc;
use std::time::Duration;

use super::Session;
use super::background::{Background, Owner};
use super::command::CommandEnd;
use crate::claude::belief::Origin;
use crate::claude::tools::{self, Notification};
use crate::engine::Error;

impl Session {
    /// The command that the last context asks for, as the main thread would copy it.
    pub fn watcher_command(&self) -> Option<String> {
        crate::claude::watcher::command_in(&self.last_context()?)
    }

    /// Runs the watcher in the background of the main thread, which is notified of its end and reads its output.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn watch(
        self: &Rc<Self>,
        command: &str,
        within: Duration,
    ) -> Result<CommandEnd, Error> {
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
