//! Whether the world is at rest: no thread runs, is about to run, or has been woken.
//!
//! Everything of a world and the coordinator itself are kept on one CPU. While the coordinator
//! runs, nothing else of the world does; and as long as it is not switched away, which the kernel
//! counts, whatever it reads about the threads holds at one and the same moment. So one look is
//! enough when each thread is seen off the CPU's queue and asleep in it. If the coordinator was
//! switched away in the middle, two equal looks are needed, with the threads' run times in them:
//! what did not run between the first and the second look was at rest in between.
//!
//! * `/proc/<tid>/syscall` gives a number only for a thread that has left the queue, but also
//!   for one that is being woken; `stat` shows that one as running, but calls a thread asleep
//!   that was preempted on its way to sleep. Together they are right.
//! * A thread is born with an id. While `/proc/loadavg` names the same last id, there is none
//!   that was not seen.
//! * A thread in this library's own condition variables is woken by threads which count it as in
//!   flight until it has said that it runs, or by a signal. With none in flight and no signal
//!   since the world was last at rest, one that was asleep then is still asleep, and is not read
//!   again. Every signal sent within the world is counted before it is sent, and so is the end of
//!   a process; the kernel's own signals to others go along with a death.
//! * When `/proc/loadavg` counts one thread on all queues, that one is the coordinator. Then
//!   nobody is on a queue, which is all that `syscall` tells beyond `stat`. `stat` is still
//!   needed: a thread that was killed may sleep uninterruptibly on its way out.
//! * The shared memory alone proves nothing: it says "blocked" before that is true, and still
//!   after it has ceased to be.

use crate::layout::{Call, Slot, state};
use crate::shared::Memory;
use crate::system;
use crate::tasks::{Doing, InCall, Task};
use crate::tree::{Load, Tree};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::atomic::Ordering::{Acquire, Relaxed, SeqCst};

/// What is taken as proof; all but the first are wrong, and kept to show that the tests notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Proof {
    /// One undisturbed look, or two equal ones.
    #[default]
    Sound,
    /// Two equal looks at every thread's call, state and run time, whatever the shared memory
    /// says. Sound, and slow.
    Thorough,
    /// Two equal looks at state and run time alone.
    StateOnly,
    /// The shared memory alone.
    SharedOnly,
}

/// A look at the world.
#[derive(Debug)]
pub enum Look {
    /// Something runs, or the set of threads changes.
    Moving,
    /// Nothing does.
    Rest(Rest),
}

/// A world at rest.
#[derive(Debug, Default)]
pub struct Rest {
    /// Threads asleep in calls that the library has not marked.
    pub unmarked: Vec<Unmarked>,
}

/// A thread asleep in a call that the library has not marked.
#[derive(Debug, Clone, Copy)]
pub struct Unmarked {
    /// Process id.
    pub pid: i32,
    /// Thread id.
    pub tid: i32,
    /// Where, if it is in a system call.
    pub call: Option<InCall>,
    /// It is accounted for as running in the shared memory.
    pub counted: bool,
}

/// Looks at the world.
#[derive(Debug, Default)]
pub struct Looker {
    /// What is taken as proof.
    pub proof: Proof,
    /// For each slot the wait in which its thread was asleep when the world was last found at rest,
    /// and the epoch then.
    seen: Vec<Option<(Waiting, u64)>>,
    /// The same of the look that is being made. A look that is not at rest proves nothing: whoever
    /// has said that it ends, which begins an epoch, may not yet have sent its signal.
    fresh: Vec<(usize, Waiting)>,
    /// Counts what may wake a thread without the shared memory saying so: signals.
    epoch: u64,
    signals: u32,
    /// Processes that were seen dead.
    dead: BTreeSet<i32>,
    slots: HashMap<i32, usize>,
    /// Threads with a second wait, in a signal handler that has interrupted the first one.
    doubled: HashSet<i32>,
    /// The process and thread that was found running last.
    running: Option<(i32, i32)>,
    /// How many process files were read.
    pub reads: u64,
}

/// How often a look that was disturbed is made anew before two are compared.
const ATTEMPTS: u32 = 3;

/// A thread's place in a look that is compared with another.
type Print = (i32, Doing, Option<InCall>, Option<(u64, u64)>);

impl Looker {
    /// Looks once, or twice where that is needed.
    pub fn look(&mut self, memory: &Memory, tree: &mut Tree) -> Look {
        if self.still_running(tree) {
            return Look::Moving;
        }
        for _ in 0..ATTEMPTS {
            let before = system::switches();
            let load = tree.load();
            self.reads += 1;
            self.refresh(tree, load);
            if !tree.complete() {
                return Look::Moving;
            }
            match self.proof {
                Proof::Sound => {}
                Proof::SharedOnly => return self.shared_only(memory),
                Proof::Thorough | Proof::StateOnly => break,
            }
            let lonely = load.is_some_and(|load| load.running == 1);
            let Some(rest) = self.once(memory, tree, lonely) else {
                return Look::Moving;
            };
            if system::switches() == before {
                // With some in flight, every thread was seen asleep, so they have been killed.
                memory.header().in_flight.store(0, SeqCst);
                self.keep_fresh();
                return Look::Rest(rest);
            }
        }
        self.twice(memory, tree)
    }

    /// Makes the tree complete. The end of a process that is no longer in it may have been a signal
    /// to its parent.
    fn refresh(&mut self, tree: &mut Tree, load: Option<Load>) {
        if tree.refresh(load) {
            self.epoch += 1;
        }
    }

    /// The look that was made has found the world at rest.
    fn keep_fresh(&mut self) {
        for (index, wait) in self.fresh.drain(..) {
            self.seen[index] = Some((wait, self.epoch));
        }
    }

    /// Signals were sent by the coordinator.
    pub fn disturbed(&mut self) {
        self.epoch += 1;
    }

    /// The thread that was found running last still is. Asked first because it is so likely.
    fn still_running(&mut self, tree: &Tree) -> bool {
        let Some((pid, tid)) = self.running.take() else {
            return false;
        };
        let process = tree.processes.get(&pid);
        let task = process.and_then(|p| p.tasks.iter().find(|task| task.tid == tid));
        self.reads += 1;
        let running = task.is_some_and(|task| task.call() == Err(Doing::Running));
        if running {
            self.running = Some((pid, tid));
        }
        running
    }

    /// One look at every thread; `None` when one is not asleep.
    fn once(&mut self, memory: &Memory, tree: &mut Tree, lonely: bool) -> Option<Rest> {
        self.fresh.clear();
        if !self.index(memory) {
            return None;
        }
        let slots = memory.slots();
        let header = memory.header();
        let signals = header.signals.load(SeqCst);
        if signals != self.signals {
            self.signals = signals;
            self.epoch += 1;
        }
        let still = header.in_flight.load(SeqCst) == 0;
        let mut rest = Rest::default();
        self.dead.retain(|pid| tree.processes.contains_key(pid));
        let mut gone = None;
        let mut new_death = false;
        // The youngest first: it is the likeliest to run.
        'all: for (&pid, process) in tree.processes.iter().rev() {
            for task in &process.tasks {
                let index = self.slots.get(&task.tid).copied();
                let slot = index.map(|index| &slots[index]);
                let wait = slot.and_then(wait);
                let alone = !self.doubled.contains(&task.tid);
                let condition = still && alone && slot.is_some_and(in_condition) && wait.is_some();
                if condition
                    && let Some(index) = index
                    && self.seen[index] == wait.map(|wait| (wait, self.epoch))
                {
                    continue;
                }
                self.reads += 1;
                let (doing, call) = if lonely && wait.is_some() {
                    (task.state(), None)
                } else {
                    self.reads += 1;
                    task.doing()
                };
                match (doing, index, wait) {
                    (Doing::Asleep, Some(index), Some(wait)) => {
                        if alone {
                            self.fresh.push((index, wait));
                        }
                    }
                    (Doing::Asleep, ..) => {
                        let counted = slot.is_some_and(counted);
                        let tid = task.tid;
                        rest.unmarked.push(Unmarked {
                            pid,
                            tid,
                            call,
                            counted,
                        });
                    }
                    (Doing::Dead { threads }, ..) if task.tid == pid => {
                        new_death |= self.dead.insert(pid);
                        if threads <= 1 {
                            continue 'all;
                        }
                    }
                    (Doing::Gone | Doing::Dead { .. }, ..) => {
                        gone = Some((pid, task.tid));
                        break 'all;
                    }
                    (Doing::Running | Doing::Uninterruptible, ..) => {
                        self.running = Some((pid, task.tid));
                        return None;
                    }
                }
            }
        }
        if let Some((pid, tid)) = gone {
            if let Some(process) = tree.processes.get_mut(&pid) {
                process.lost(tid);
            }
            self.dead.remove(&pid);
            tree.forget();
        }
        if gone.is_some() || new_death {
            self.epoch += 1;
            return None;
        }
        Some(rest)
    }

    /// Two equal looks.
    fn twice(&mut self, memory: &Memory, tree: &mut Tree) -> Look {
        let Some(rest) = self.once_for(memory, tree) else {
            return Look::Moving;
        };
        let first = self.prints(tree);
        system::peek_child();
        tree.forget();
        let load = tree.load();
        self.refresh(tree, load);
        if !tree.complete() || self.once_for(memory, tree).is_none() {
            return Look::Moving;
        }
        if first == self.prints(tree) {
            self.keep_fresh();
            Look::Rest(rest)
        } else {
            Look::Moving
        }
    }

    fn once_for(&mut self, memory: &Memory, tree: &mut Tree) -> Option<Rest> {
        if self.proof != Proof::StateOnly {
            return self.once(memory, tree, false);
        }
        let asleep = |task: &Task| !matches!(task.state(), Doing::Running | Doing::Uninterruptible);
        tree.processes
            .values()
            .all(|p| p.tasks.iter().all(asleep))
            .then(Rest::default)
    }

    fn prints(&mut self, tree: &Tree) -> Vec<Print> {
        let tasks = tree.processes.values().flat_map(|process| &process.tasks);
        tasks
            .map(|task| {
                self.reads += 3;
                let (doing, call) = match self.proof {
                    Proof::StateOnly => (task.state(), None),
                    _ => task.doing(),
                };
                (task.tid, doing, call, task.ran())
            })
            .collect()
    }

    fn shared_only(&mut self, memory: &Memory) -> Look {
        let quiet = memory.slots().iter().all(|slot| {
            matches!(
                slot.state.load(Acquire),
                state::FREE | state::BLOCKED | state::HELD | state::TIMER | state::QUEUED
            )
        });
        if quiet {
            Look::Rest(Rest::default())
        } else {
            Look::Moving
        }
    }

    /// Finds each thread's slot; false while one is being filled in.
    fn index(&mut self, memory: &Memory) -> bool {
        let slots = memory.slots();
        self.seen.resize(slots.len(), None);
        self.slots.clear();
        self.doubled.clear();
        for (index, slot) in slots.iter().enumerate() {
            match slot.state.load(Acquire) {
                state::FREE | state::TIMER => {}
                state::CLAIMED => return false,
                // A second slot of the same thread is for a wait in a signal handler: the later
                // one counts, whichever it is, since both say that the thread waits.
                _ => {
                    let tid = slot.tid.load(Relaxed) as i32;
                    if self.slots.insert(tid, index).is_some() {
                        self.doubled.insert(tid);
                    }
                }
            }
        }
        true
    }
}

/// The slot's thread is in a wait that only ends by a thread which says so, or by a signal.
fn in_condition(slot: &Slot) -> bool {
    slot.call.load(Relaxed) == Call::Condition as u32
}

/// A slot's user and the number of its wait.
type Waiting = (u32, u64);

/// Which wait the slot's thread is in, when it says so.
fn wait(slot: &Slot) -> Option<Waiting> {
    matches!(
        slot.state.load(Acquire),
        state::BLOCKED | state::HELD | state::QUEUED
    )
    .then(|| (slot.generation.load(Relaxed), slot.waits.load(Relaxed)))
}

/// The slot counts as running.
pub fn counted(slot: &Slot) -> bool {
    matches!(
        slot.state.load(Acquire),
        state::RUNNING | state::WOKEN | state::STARTING
    )
}
