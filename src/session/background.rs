//! Commands that Claude Code has in the background, and what becomes of them.

use std::time::Duration;

use nix::sys::signal::Signal;

use super::Session;
use super::command::Running;
use crate::claude::facts::{SubagentEnd, Terminate};
use crate::claude::tools;
use crate::engine::{Error, World, sleep};

/// Who put a command in the background.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Owner {
    /// The main thread: it is notified of the end.
    Main,
    /// A subagent that the main thread waits for, by its id: the command ends with it.
    Foreground(String),
    /// A subagent in the background, by its id.
    InBackground(String),
}

impl Owner {
    /// The same for the texts of tools.
    pub(super) fn as_told(&self) -> tools::Owner {
        match self {
            Owner::Main => tools::Owner::MainThread,
            Owner::Foreground(_) => tools::Owner::ForegroundSubagent,
            Owner::InBackground(_) => tools::Owner::BackgroundSubagent,
        }
    }

    fn is(&self, agent: &str) -> bool {
        matches!(self, Owner::Foreground(id) | Owner::InBackground(id) if id == agent)
    }
}

/// A command in the background.
#[derive(Debug, Clone)]
pub(super) struct Background {
    pub(super) id: String,
    pub(super) command: String,
    pub(super) owner: Owner,
    pub(super) running: Running,
}

impl Session {
    /// The background commands of a subagent that still run.
    pub(super) fn running_of(&self, agent: &str) -> Vec<Background> {
        let world = self.world.borrow();
        let mut owned = self.inner.borrow().background.clone();
        owned.retain(|background| {
            background.owner.is(agent) && world.finished(background.running.process).is_none()
        });
        owned
    }

    /// Ends the commands that a foreground subagent leaves in the background, as Claude Code does: SIGTERM to the whole
    /// tree by parent id, later SIGKILL. What was re-parented before is spared.
    pub(super) fn end_background_of(self: &std::rc::Rc<Self>, agent: &str) -> Result<(), Error> {
        for background in self.running_of(agent) {
            let mut world = self.world.borrow_mut();
            let root = world.pid(background.running.process);
            let tree = world.tree(root);
            let (detached, near): (Vec<i32>, Vec<i32>) =
                tree.into_iter().partition(|pid| is_detached(root, *pid));
            for pid in &near {
                world.signal("claude", *pid, Signal::SIGTERM)?;
            }
            let (session, facts) = (std::rc::Rc::clone(self), self.profile.subagent_end.clone());
            world.spawn(async move { session.finish_off(near, detached, facts).await });
        }
        Ok(())
    }

    async fn finish_off(
        self: std::rc::Rc<Self>,
        near: Vec<i32>,
        detached: Vec<i32>,
        facts: SubagentEnd,
    ) {
        let alive =
            |world: &World, pid: i32| world.living().iter().any(|(living, _)| *living == pid);
        let at = |milliseconds: u64| Duration::from_millis(milliseconds);
        sleep(&self.world, at(facts.detached_delay_ms)).await;
        let send = |pids: &[i32], signal: Signal| {
            let mut world = self.world.borrow_mut();
            for pid in pids {
                if alive(&world, *pid) {
                    // A receiver that ends at this moment is as good as one that was reached.
                    let _ = world.signal("claude", *pid, signal);
                }
            }
        };
        send(&detached, Signal::SIGTERM);
        sleep(
            &self.world,
            at(facts.kill_after_ms.saturating_sub(facts.detached_delay_ms)),
        )
        .await;
        send(&near, Signal::SIGKILL);
        if facts.detached_killed {
            send(&detached, Signal::SIGKILL);
        }
    }

    /// Whether this version ends them before the SubagentStop hooks run.
    pub(super) fn ends_before_subagent_stop(&self) -> bool {
        self.profile.subagent_end.terminate == Terminate::BeforeSubagentStop
    }
}

/// Whether a process has left the session of the tree's root.
fn is_detached(root: i32, pid: i32) -> bool {
    let session = |pid: i32| nix::unistd::getsid(Some(nix::unistd::Pid::from_raw(pid))).ok();
    session(root) != session(pid)
}
