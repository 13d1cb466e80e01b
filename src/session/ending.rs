//! Background tasks are stopped: a subagent, or all of a session's.

use std::rc::Rc;

use super::Session;
use super::background::Owner;
use crate::engine::Error;

impl Session {
    /// Stops a subagent in the background, with the commands that it runs.
    pub(super) fn stop_agent(self: &Rc<Self>, id: &str) -> Result<(), Error> {
        let mut inner = self.inner.borrow_mut();
        inner.stopped.insert(id.to_owned());
        let waited_for = inner.foreground.clone();
        drop(inner);
        self.end_background_of(id)?;
        let mut mine = waited_for
            .iter()
            .filter(|command| command.asked.owner.is(id));
        let how = &self.profile.subagent_end.kill;
        mine.try_for_each(|command| self.terminate(&command.running, how).map(|_| ()))?;
        let mut inner = self.inner.borrow_mut();
        inner
            .foreground
            .retain(|command| !command.asked.owner.is(id));
        drop(inner);
        self.world.borrow_mut().touch();
        Ok(())
    }

    /// Stops what a session has in the background.
    pub(super) fn stop_tasks(self: &Rc<Self>, session: &str) -> Result<(), Error> {
        let agents: Vec<String> = self
            .inner
            .borrow()
            .agents
            .iter()
            .filter(|agent| agent.session == session && agent.status.is_none())
            .map(|agent| agent.id.clone())
            .collect();
        agents.iter().try_for_each(|id| self.stop_agent(id))?;
        let commands = self.running();
        commands
            .iter()
            .filter(|command| command.asked.session == session)
            .filter(|command| !matches!(command.asked.owner, Owner::Foreground(_)))
            .filter(|command| !self.inner.borrow().stopped.contains(&command.id))
            .try_for_each(|command| self.stop_command(command))
    }
}
