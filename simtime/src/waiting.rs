//! Who waits until when, and waking them.

use crate::error::Error;
use crate::folder::Folder;
use crate::handover;
use crate::history::History;
use crate::layout::{ALARM, Call, NEVER, Slot, state, wake as by};
use crate::shared::Memory;
use crate::system;
use crate::tree::Tree;
use crate::world::{Deadline, Waiter};
use std::io;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use std::time::Duration;

/// What is due next.
#[derive(Debug, Clone, Copy)]
pub struct Next {
    /// Virtual nanoseconds since zero.
    pub at: u64,
    /// What.
    pub due: Due,
}

/// Something that is due.
#[derive(Debug, Clone, Copy)]
pub enum Due {
    /// The waiter or timer in this slot.
    Slot(usize),
    /// A dead orphan is to be reaped.
    Reaping(i32),
}

/// The earliest deadline; equal ones by birth of the process, then of the thread.
fn next(memory: &Memory) -> Option<Next> {
    let waiting = |slot: &Slot| {
        let deadline = slot.deadline.load(Relaxed);
        let waits = matches!(slot.state.load(Acquire), state::BLOCKED | state::TIMER);
        (waits && deadline != NEVER).then_some(deadline)
    };
    let all = memory.slots().iter().enumerate();
    all.filter_map(|(index, slot)| {
        let (process, thread) = (slot.process.load(Relaxed), slot.thread.load(Relaxed));
        Some((waiting(slot)?, process, thread, index))
    })
    .min()
    .map(|(at, _, _, index)| Next {
        at,
        due: Due::Slot(index),
    })
}

/// [`next`] among those that live. A process that was killed leaves its slots behind until it is
/// waited for.
pub fn next_alive(memory: &Memory, tree: &Tree) -> Option<Next> {
    loop {
        let next = next(memory)?;
        let Due::Slot(index) = next.due else {
            return Some(next);
        };
        let slot = &memory.slots()[index];
        let pid = slot.pid.load(Relaxed) as i32;
        let Some(process) = tree.processes.get(&pid) else {
            slot.state.store(state::FREE, Release);
            continue;
        };
        let asleep = |tid: u32| {
            let task = process.tasks.iter().find(|task| task.tid == tid as i32);
            task.is_some_and(|task| matches!(task.call(), Ok(Some(_))))
        };
        if asleep(slot.tid.load(Relaxed)) || !process.ended() {
            return Some(next);
        }
        for slot in memory.slots() {
            if slot.pid.load(Relaxed) as i32 == pid {
                slot.state.store(state::FREE, Release);
            }
        }
    }
}

fn call(slot: &Slot) -> &'static str {
    let number = slot.call.load(Relaxed) as usize;
    Call::ALL.get(number).copied().unwrap_or(Call::None).name()
}

/// A slot's deadline.
pub fn deadline(slot: &Slot, at: u64) -> Deadline {
    Deadline {
        at: Duration::from_nanos(at),
        process: slot.process.load(Relaxed),
        pid: slot.pid.load(Relaxed) as i32,
        tid: slot.tid.load(Relaxed) as i32,
        call: call(slot),
    }
}

/// Wakes the waiter in a slot, or lets the timer in it act. The world is at rest, so the waiter is
/// asleep.
pub fn wake(memory: &Memory, folder: &mut Folder, index: usize) -> Result<(), Error> {
    let slot = &memory.slots()[index];
    let failed = |source| Error::System {
        action: "wake a thread".into(),
        source,
    };
    if is_timer(slot) {
        return fire(slot).map_err(failed);
    }
    if !handover::wake(&slot.state, state::BLOCKED) {
        return Ok(());
    }
    memory.header().turn.store(slot.key(), Release);
    memory.header().running.fetch_add(1, SeqCst);
    if slot.wake.load(Relaxed) == by::PIPE {
        return folder.wake(index).map_err(failed);
    }
    handover::give(&slot.word);
    system::futex_wake(&slot.word);
    Ok(())
}

/// The slot is a timer's.
pub fn is_timer(slot: &Slot) -> bool {
    slot.state.load(Acquire) == state::TIMER
}

/// A timer is due: it acts, and is set to its next time or stopped.
fn fire(slot: &Slot) -> io::Result<()> {
    let (deadline, interval) = (slot.deadline.load(Relaxed), slot.length.load(Relaxed));
    let next = if interval == 0 {
        NEVER
    } else {
        deadline.saturating_add(interval)
    };
    slot.deadline.store(next, Relaxed);
    let pid = slot.pid.load(Relaxed) as i32;
    let target = slot.target.load(Relaxed) as i32;
    let done = match slot.wake.load(Relaxed) {
        by::SIGNAL => {
            let timer = slot.timer.load(Relaxed);
            let tid = slot.tid.load(Relaxed) as i32;
            if timer == ALARM {
                system::kill(pid, target)
            } else {
                system::send_timer(pid, tid, target, timer, slot.value.load(Relaxed))
            }
        }
        by::COUNTER => system::count(pid, target),
        _ => Ok(()),
    };
    match done {
        // The process or the descriptor is gone, and the timer with it.
        Err(error) if matches!(error.raw_os_error(), Some(libc::ESRCH | libc::EBADF)) => {
            slot.deadline.store(NEVER, Relaxed);
            slot.state.store(state::FREE, Release);
            Ok(())
        }
        done => done,
    }
}

/// Frees the slots of processes and threads that are gone. The world is at rest.
pub fn collect(memory: &Memory, tree: &Tree) {
    for slot in memory.slots() {
        let state = slot.state.load(Acquire);
        if matches!(state, state::FREE | state::CLAIMED) {
            continue;
        }
        let (pid, tid) = (slot.pid.load(Relaxed) as i32, slot.tid.load(Relaxed) as i32);
        let owner = if pid == 0 {
            slot.parent.load(Relaxed) as i32
        } else {
            pid
        };
        let lives = tree
            .processes
            .get(&owner)
            .is_some_and(|process| tid == 0 || process.tasks.iter().any(|task| task.tid == tid));
        if !lives {
            slot.state.store(state::FREE, Release);
        }
    }
}

/// Every thread and what it waits for.
pub fn list(memory: &Memory, tree: &Tree, history: &History) -> Vec<Waiter> {
    let mut waiters = Vec::new();
    for (&pid, tracked) in &tree.processes {
        let process = history.process(pid);
        if tracked.ended() {
            continue;
        }
        for task in &tracked.tasks {
            let slot = memory.slots().iter().find(|slot| {
                slot.tid.load(Relaxed) as i32 == task.tid
                    && matches!(
                        slot.state.load(Acquire),
                        state::BLOCKED | state::HELD | state::QUEUED
                    )
            });
            let (call, until) = match slot {
                Some(slot) if slot.state.load(Acquire) == state::HELD => ("gate".to_string(), None),
                Some(slot) => {
                    let deadline = slot.deadline.load(Relaxed);
                    let until = (deadline != NEVER).then(|| Duration::from_nanos(deadline));
                    (call(slot).to_string(), until)
                }
                None => match task.doing() {
                    (_, Some(call)) => (format!("system call {}", call.number), None),
                    (doing, None) => (format!("{doing:?}").to_lowercase(), None),
                },
            };
            let arguments = process.arguments.clone();
            let (process, tid) = (process.process, task.tid);
            waiters.push(Waiter {
                process,
                pid,
                tid,
                arguments,
                call,
                until,
            });
        }
    }
    waiters.sort_by_key(|waiter| (waiter.process.wrapping_sub(1), waiter.pid, waiter.tid));
    waiters
}
