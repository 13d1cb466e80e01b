//! The watcher: the command that a context asks the main thread to arm, run as it stands there.

use std::rc::Rc;
use std::time::Duration;

use super::Session;
use super::bash::{BashCall, Timeout};
use super::command::CommandEnd;
use super::main_thread::MainBash;
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
        let call = MainBash {
            command: command.to_owned(),
            description: "Watch the job".into(),
            bash: BashCall {
                timeout: Timeout::Unasked,
                run_in_background: true,
                user_moves_after: None,
            },
            is_read: true,
        };
        let called = self.main_bash(&call).await?;
        Ok(self.end_of(&called, within).await)
    }
}
