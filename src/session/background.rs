//! Commands that Claude Code has in the background, and what becomes of them.

use std::rc::Rc;
use std::time::Duration;

use nix::sys::signal::Signal;

use super::command::{CommandEnd, Running};
use super::telling::About;
use super::{Session, next};
use crate::claude::belief::Origin;
use crate::claude::facts::Termination;
use crate::claude::payload::BackgroundTask;
use crate::claude::tools::{self, Moved, Notification};
use crate::engine::{Either, Error, Finished, World, first, sleep, until};

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

    pub(super) fn is(&self, agent: &str) -> bool {
        matches!(self, Owner::Foreground(id) | Owner::InBackground(id) if id == agent)
    }
}

/// A Bash call as it was made.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) command: String,
    pub(super) description: String,
    pub(super) tool_use: String,
    pub(super) owner: Owner,
    /// The session that it belongs to.
    pub(super) session: String,
    /// Whether the main thread reads the output when it is notified.
    pub(super) is_read: bool,
}

/// A command of the Bash tool, in the background or on the way there.
#[derive(Debug, Clone)]
pub(super) struct Background {
    pub(super) id: String,
    pub(super) asked: Asked,
    pub(super) running: Running,
    /// Counts background tasks of every kind, in the order in which they began.
    pub(super) order: u64,
}

impl Session {
    /// Every command in the background that still runs.
    pub(super) fn running(&self) -> Vec<Background> {
        let world = self.world.borrow();
        let mut all = self.inner.borrow().background.clone();
        all.retain(|background| world.finished(background.running.process).is_none());
        all
    }

    /// The background commands of a subagent that still run.
    pub(super) fn running_of(&self, agent: &str) -> Vec<Background> {
        let mut owned = self.running();
        owned.retain(|background| background.asked.owner.is(agent));
        owned
    }

    /// What a session has in the background, as hooks are given it: commands and subagents, oldest first.
    pub(super) fn tasks(&self, session: &str) -> Vec<BackgroundTask> {
        let mut tasks: Vec<(u64, BackgroundTask)> = self
            .running()
            .into_iter()
            .filter(|background| background.asked.session == session)
            .filter(|background| !self.inner.borrow().stopped.contains(&background.id))
            .map(|background| {
                let task = BackgroundTask::Shell {
                    id: background.id,
                    description: background.asked.description,
                    command: background.asked.command,
                };
                (background.order, task)
            })
            .collect();
        tasks.extend(
            self.inner
                .borrow()
                .agents
                .iter()
                .filter(|agent| agent.status.is_none() && agent.session == session)
                .map(|agent| {
                    let task = BackgroundTask::Subagent {
                        id: agent.id.clone(),
                        description: agent.description.clone(),
                        kind: agent.kind.clone(),
                    };
                    (agent.order, task)
                }),
        );
        tasks.sort_by_key(|(order, _)| *order);
        tasks.into_iter().map(|(_, task)| task).collect()
    }

    /// From here on the command is in the background: it has a limit there, and its owner is told of its end.
    pub(super) fn keep_in_background(self: &Rc<Self>, mut background: Background, moved: Moved) {
        background.asked.owner = self.owner_now(&background.asked.owner);
        let limit =
            tools::background_limit(moved, background.asked.owner.as_told(), &self.profile.bash);
        {
            let mut inner = self.inner.borrow_mut();
            background.order = next(&mut inner.counters.tasks);
            inner.last_output = Some(background.running.stdout.clone());
            inner.background.push(background.clone());
        }
        let session = Rc::clone(self);
        let attended = async move { session.attend(background, limit).await };
        self.world.borrow_mut().spawn(attended);
    }

    async fn attend(self: Rc<Self>, background: Background, limit: Option<u64>) {
        let process = background.running.process;
        let over = async {
            match limit {
                Some(limit) => sleep(&self.world, Duration::from_millis(limit)).await,
                None => std::future::pending().await,
            }
        };
        let ended = until(&self.world, |world| world.finished(process));
        if let Either::Right(()) = first(ended, over).await {
            // A command that cannot be signalled has ended, and is waited for all the same.
            let _ = self.stop_command(&background);
        }
        let finished = until(&self.world, |world| world.finished(process)).await;
        self.ended(&background, &finished);
    }

    /// Who a command belongs to by now: its subagent may have been moved to the background meanwhile.
    pub(super) fn owner_now(&self, owner: &Owner) -> Owner {
        match owner {
            Owner::Foreground(agent) if self.inner.borrow().moved.contains(agent) => {
                Owner::InBackground(agent.clone())
            }
            owner => owner.clone(),
        }
    }

    /// Stops a command in the background; its end is then told as `killed`.
    pub(super) fn stop_command(self: &Rc<Self>, background: &Background) -> Result<(), Error> {
        let mut inner = self.inner.borrow_mut();
        inner.stopped.insert(background.id.clone());
        drop(inner);
        self.terminate(&background.running, &self.profile.subagent_end.kill)
            .map(|_| ())
    }

    /// A background command has ended. The main thread is told of its own, as long as its session lasts and unless it
    /// stopped it itself; a subagent's is never told to it.
    fn ended(self: &Rc<Self>, background: &Background, finished: &Finished) {
        let end = background.running.end(Some(finished));
        let Asked { owner, session, .. } = &background.asked;
        let is_heard = self.inner.borrow_mut().talk(session).open;
        let is_stopped_by_main = self.inner.borrow().stopped_by_main.contains(&background.id);
        if *owner == Owner::Main && is_heard && !is_stopped_by_main {
            self.notify(background, &end);
        }
        let id = background.id.clone();
        self.inner.borrow_mut().ends.insert(id, end);
        self.world.borrow_mut().touch();
    }

    fn notify(self: &Rc<Self>, background: &Background, end: &CommandEnd) {
        let Asked {
            description,
            tool_use,
            session,
            is_read,
            ..
        } = &background.asked;
        let notification = Notification {
            task_id: background.id.clone(),
            tool_use_id: tool_use.clone(),
            path: background.running.stdout.display().to_string(),
            description: description.clone(),
            is_resumed: false,
        };
        let how = if self.inner.borrow().stopped.contains(&background.id) {
            tools::CommandEnd::Killed
        } else {
            tools::CommandEnd::Exited(end.exit.unwrap_or(0))
        };
        let text = notification.command(how, &self.profile).join("\n");
        self.tell_to(session, Origin::Notification, &text, &About::default());
        if *is_read {
            self.tell_to(session, Origin::Output, &end.stdout, &About::default());
        }
    }

    /// Ends the commands that a foreground subagent leaves in the background.
    pub(super) fn end_background_of(self: &Rc<Self>, agent: &str) -> Result<(), Error> {
        self.running_of(agent)
            .iter()
            .try_for_each(|background| self.stop_command(background))
    }

    /// Ends a command as Claude Code does: SIGTERM to the whole tree by parent id, later SIGKILL to what still lives
    /// of it, whether the shell does or not. What was re-parented before is spared. Says whether some of the tree has
    /// left the shell's session.
    pub(super) fn terminate(
        self: &Rc<Self>,
        running: &Running,
        how: &Termination,
    ) -> Result<bool, Error> {
        let mut world = self.world.borrow_mut();
        let root = world.pid(running.process);
        let tree = world.tree(root);
        let (detached, near): (Vec<i32>, Vec<i32>) =
            tree.into_iter().partition(|pid| is_detached(root, *pid));
        for pid in &near {
            world.signal("claude", *pid, Signal::SIGTERM)?;
        }
        let has_detached = !detached.is_empty();
        let killed_at = world.now() + Duration::from_millis(how.after_ms);
        let (session, how) = (Rc::clone(self), how.clone());
        world.spawn(async move { session.finish_off(near, detached, how).await });
        drop(world);
        let mut inner = self.inner.borrow_mut();
        inner.killing_until = inner.killing_until.max(killed_at);
        Ok(has_detached)
    }

    async fn finish_off(self: Rc<Self>, near: Vec<i32>, detached: Vec<i32>, how: Termination) {
        let alive =
            |world: &World, pid: i32| world.living().iter().any(|(living, _)| *living == pid);
        let at = |milliseconds: u64| Duration::from_millis(milliseconds);
        sleep(&self.world, at(how.detached_delay_ms)).await;
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
            at(how.after_ms.saturating_sub(how.detached_delay_ms)),
        )
        .await;
        send(&near, Signal::SIGKILL);
        if how.detached_killed {
            send(&detached, Signal::SIGKILL);
        }
    }
}

/// Whether a process has left the session of the tree's root.
fn is_detached(root: i32, pid: i32) -> bool {
    let session = |pid: i32| nix::unistd::getsid(Some(nix::unistd::Pid::from_raw(pid))).ok();
    session(root) != session(pid)
}
