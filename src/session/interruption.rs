//! The user interrupts, or Claude Code gets a signal: what the main thread does ends in the middle.

use std::rc::Rc;
use std::time::Duration;

use super::Session;
use super::background::Owner;
use crate::engine::{Error, sleep, until};

/// How a call of the main thread is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Interruption {
    /// The user stopped it: no hook hears of it, and the main thread is told so.
    ByUser,
    /// A signal stopped it, and it fails with its hooks.
    CallFails,
    /// Claude Code itself ends: nothing more is told.
    Ended,
}

/// A signal that ends Claude Code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndingSignal {
    /// SIGTERM.
    Terminate,
    /// SIGINT in print mode.
    Interrupt,
}

/// What came of waiting for something beside the user.
pub(super) enum Cut {
    /// It was interrupted.
    Off(Interruption),
    /// The user moved it to the background.
    Moved,
}

impl Session {
    /// The user presses Esc: what the main thread waits for ends, and so do its background subagents.
    ///
    /// # Errors
    /// When a process cannot be signalled.
    pub fn interrupt(self: &Rc<Self>) -> Result<(), Error> {
        let session = self.id();
        self.interrupt_with(&session, Interruption::ByUser)?;
        let agents: Vec<String> = {
            let inner = self.inner.borrow();
            let mine = |agent: &&super::agent::AgentTask| {
                agent.session == session && agent.status.is_none()
            };
            let agents = inner.agents.iter().filter(mine);
            agents.map(|agent| agent.id.clone()).collect()
        };
        let mut inner = self.inner.borrow_mut();
        inner.interrupted_agents.extend(agents.iter().cloned());
        drop(inner);
        agents.iter().try_for_each(|id| self.stop_agent(id))
    }

    /// Cuts off the calls of a session's main thread, and ends the commands that they wait for.
    pub(super) fn interrupt_with(
        self: &Rc<Self>,
        session: &str,
        how: Interruption,
    ) -> Result<(), Error> {
        let mut inner = self.inner.borrow_mut();
        inner.talk(session).interruptions.push(how);
        let moved = inner.moved.clone();
        let (mine, others): (Vec<_>, Vec<_>) = std::mem::take(&mut inner.foreground)
            .into_iter()
            .partition(|command| {
                let is_waited_for = match &command.asked.owner {
                    Owner::Main => true,
                    Owner::Foreground(agent) => !moved.contains(agent),
                    Owner::InBackground(_) => false,
                };
                command.asked.session == session && is_waited_for
            });
        inner.foreground = others;
        drop(inner);
        let left: Vec<_> = self
            .running()
            .into_iter()
            .filter(|command| command.asked.session == session)
            .filter(|command| matches!(command.asked.owner, Owner::Foreground(_)))
            .collect();
        let kill = &self.profile.subagent_end.kill;
        for command in mine.iter().chain(&left) {
            self.terminate(&command.running, kill)?;
        }
        self.world.borrow_mut().touch();
        Ok(())
    }

    /// Waits until the main thread of a session is cut off, or until the user moves what it waits for to the
    /// background after this long.
    pub(super) async fn cut(&self, session: &str, moved_after: Option<Duration>) -> Cut {
        let begin = self.inner.borrow_mut().talk(session).interruptions.len();
        let off = until(&self.world, |_| {
            let mut inner = self.inner.borrow_mut();
            inner.talk(session).interruptions.get(begin).copied()
        });
        let moved = async {
            match moved_after {
                Some(after) => sleep(&self.world, after).await,
                None => std::future::pending().await,
            }
        };
        match crate::engine::first(off, moved).await {
            crate::engine::Either::Left(how) => Cut::Off(how),
            crate::engine::Either::Right(()) => Cut::Moved,
        }
    }
}
