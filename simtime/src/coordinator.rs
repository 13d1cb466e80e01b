//! The owner of a world.

use crate::error::Error;
use crate::folder::Folder;
use crate::history::History;
use crate::layout::{Header, NEVER, VARIABLE};
use crate::patience::Patience;
use crate::polling::Polling;
use crate::reaper::Reaper;
use crate::rest::{Look, Looker, Proof, Rest, counted};
use crate::shared::Memory;
use crate::tree::Tree;
use crate::turns::Turns;
use crate::waiting::{Due, Next};
use crate::{
    Advance, Deadline, Exit, Options, Process, Record, Statistics, Waiter, answers, guard, ring,
    system, trouble, waiting,
};
use std::ffi::OsString;
use std::path::Path;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release as Publish, SeqCst};
use std::time::{Duration, UNIX_EPOCH};

/// `CLOCK_MONOTONIC` at virtual zero: a machine that has been up for a while.
const MONOTONIC: Duration = Duration::from_secs(10_000);
/// The first and the longest sleep between two looks at a world that goes on running.
const SHORT: Duration = Duration::from_millis(1);
const LONG: Duration = Duration::from_millis(4);
/// How much real time a process may keep its turn while others queue.
const LONGEST_TURN: Duration = Duration::from_secs(20);
/// So many times the CPU is offered to the others before the coordinator sleeps.
const OFFERS: u32 = 3;
const LONG_TURN: &str =
    "a thread was busy for very long; others of the same moment go on beside it";

/// Owns a world: its clock, its gates and the reaping of its processes.
///
/// Dropping it removes the world's folder; it kills nothing.
#[derive(Debug)]
pub struct Coordinator {
    options: Options,
    folder: Folder,
    pub(crate) memory: Memory,
    tree: Tree,
    looker: Looker,
    reaper: Reaper,
    pub(crate) history: History,
    polling: Option<Polling>,
    pub(crate) settled: bool,
    /// The waiter or timer that is due first, while the world is settled.
    waiter: Option<Next>,
    turns: Turns,
    statistics: Statistics,
}

impl Coordinator {
    /// Creates the world's folder with shared memory and preload library, pins the calling thread
    /// to the CPU of the options and makes the process a child subreaper.
    ///
    /// # Errors
    /// The folder, the memory or the pinning fail, or [`crate::self_test`] does.
    pub fn new(options: Options) -> Result<Coordinator, Error> {
        crate::self_test()?;
        let folder = Folder::create(&options.directory)?;
        let memory = Memory::create(folder.memory())?;
        let cpu = options.cpu.unwrap_or_else(system::current_cpu);
        let failed = |action: String| move |source| Error::System { action, source };
        system::pin(cpu).map_err(failed(format!("run on CPU {cpu} alone")))?;
        system::become_subreaper().map_err(failed("adopt orphans".into()))?;
        let epoch = options.epoch.duration_since(UNIX_EPOCH).unwrap_or_default();
        let header = memory.header();
        header.owner.store(std::process::id(), Relaxed);
        header.epoch.store(nanoseconds(epoch), Relaxed);
        header.monotonic.store(nanoseconds(MONOTONIC), Publish);
        header.turns.store(options.turns.into(), Publish);
        answers::install(&memory, &options.answers)?;
        Ok(Coordinator {
            reaper: Reaper::new(options.reap_delay),
            polling: options.coalesce.clone().map(Polling::new),
            options,
            folder,
            memory,
            tree: Tree::default(),
            looker: Looker::default(),
            history: History::default(),
            settled: false,
            waiter: None,
            turns: Turns::default(),
            statistics: Statistics::default(),
        })
    }

    /// Whether threads go on without waiting for a turn. Who looks round in a world that stands needs that: nobody
    /// gives turns while the coordinator does nothing. The world must be at rest.
    pub fn let_all_go_on(&mut self, free: bool) {
        let turns = self.options.turns && !free;
        self.memory.header().turns.store(turns.into(), Publish);
    }

    /// For tests: takes something else as proof that the world is at rest.
    #[doc(hidden)]
    pub fn believe(&mut self, proof: Proof) {
        self.looker.proof = proof;
    }

    /// What every process of the world needs in its environment. Replaces an `LD_PRELOAD`.
    pub fn environment(&self) -> Vec<(OsString, OsString)> {
        vec![
            ("LD_PRELOAD".into(), self.folder.library().into()),
            (VARIABLE.into(), self.folder.path().into()),
        ]
    }

    /// The world's private folder.
    pub fn directory(&self) -> &Path {
        self.folder.path()
    }

    /// Virtual time since zero.
    pub fn now(&self) -> Duration {
        Duration::from_nanos(self.header().now.load(Relaxed))
    }

    fn header(&self) -> &Header {
        self.memory.header()
    }

    /// Lets the world run until every thread is asleep, reaping children and orphans as an init
    /// would, and gives those that ended. No virtual time passes.
    ///
    /// `real_limit` bounds the real time that a burst of activity may take. Time in which its
    /// threads wait for a CPU does not count, up to ten times the limit.
    ///
    /// # Errors
    /// [`Error::Unsettled`] after the limit, [`Error::Bypassed`] when a thread waits for real time.
    pub fn settle(&mut self, real_limit: Duration) -> Result<Vec<Exit>, Error> {
        let mut whole = Patience::new();
        let mut turn = Patience::new();
        self.turns.something_happened();
        let mut looks = 0u32;
        loop {
            self.read_records();
            self.reap();
            let stirring = self.header().running.load(SeqCst) > self.header().parked.load(Relaxed);
            if !stirring || looks > 0 {
                match self.looker.look(&self.memory, &mut self.tree) {
                    Look::Rest(rest) => {
                        if self.accept(&rest)? {
                            break;
                        }
                        looks = 0;
                        turn = Patience::new();
                        continue;
                    }
                    Look::Moving => self.statistics.unsettled += 1,
                }
            }
            looks += 1;
            if looks > OFFERS && whole.is_over(real_limit, &self.tree) {
                return Err(trouble::unsettled(&self.tree, &self.history, real_limit));
            }
            if turn.is_over(LONGEST_TURN, &self.tree) && self.turns.give(&self.memory, &self.tree) {
                // It may wait for those that queue, in a loop that never sleeps.
                self.history.warn(self.now(), LONG_TURN);
                turn = Patience::new();
            }
            self.pause(looks);
        }
        self.settled = true;
        self.statistics.settled += 1;
        self.statistics.reads = self.looker.reads;
        Ok(self.reaper.take_exits())
    }

    /// Lets the others run, until they say that they wait or some time has passed.
    fn pause(&mut self, looks: u32) {
        let header = self.memory.header();
        let kick = header.kick.load(Acquire);
        header.listening.store(1, SeqCst);
        if header.running.load(SeqCst) > header.parked.load(Relaxed) {
            let longer = SHORT.saturating_mul(1 << looks.min(16));
            system::futex_wait(&header.kick, kick, longer.min(LONG));
        } else if looks <= OFFERS {
            system::give_way();
        } else {
            std::thread::sleep((SHORT / 50).saturating_mul(1 << (looks - OFFERS).min(6)));
        }
        header.listening.store(0, SeqCst);
        if looks.is_multiple_of(16) {
            ring::repair(&self.memory);
        }
    }

    /// Ends the look at a world at rest; false when there was something left to do.
    fn accept(&mut self, rest: &Rest) -> Result<bool, Error> {
        if self.read_records() | self.reap() {
            return Ok(false);
        }
        if self.turns.give(&self.memory, &self.tree) {
            self.statistics.turns += 1;
            return Ok(false);
        }
        if let Some(audit) = self.options.audit
            && trouble::runs_within(&self.tree, audit)
        {
            self.statistics.false_quiescence += 1;
        }
        if self.header().full.load(Acquire) != 0 {
            return Err(Error::Full(
                "more threads and timers than it has slots".into(),
            ));
        }
        self.history.observe(&self.tree, &self.memory, self.now());
        for thread in &rest.unmarked {
            let bypass = thread
                .call
                .as_ref()
                .and_then(|call| guard::finite(thread.pid, call));
            if let Some((call, remaining)) = bypass {
                return Err(trouble::bypassed(&self.history, thread, call, remaining));
            }
        }
        waiting::collect(&self.memory, &self.tree);
        self.waiter = waiting::next_alive(&self.memory, &self.tree);
        let header = self.memory.header();
        let slots = self.memory.slots();
        let running = slots.iter().filter(|slot| counted(slot)).count();
        let parked = rest.unmarked.iter().filter(|thread| thread.counted).count();
        header.running.store(running as i32, SeqCst);
        header.parked.store(parked as i32, SeqCst);
        Ok(true)
    }

    /// True when there was one.
    pub(crate) fn read_records(&mut self) -> bool {
        let records = ring::take(&self.memory);
        let any = !records.is_empty();
        for record in records {
            self.history.take(record);
        }
        any
    }

    /// Reaps what has ended and is due; true when there was something.
    fn reap(&mut self) -> bool {
        let exits = self.reaper.reap_all(self.now(), &self.tree, &self.history);
        if !exits.is_empty() {
            // The dead may have had something to say since the last look.
            self.read_records();
        }
        for exit in &exits {
            self.history.ended(*exit);
            self.tree.forget();
            self.looker.disturbed();
        }
        !exits.is_empty()
    }

    fn next(&self) -> Option<Next> {
        let reaping = self.reaper.next().map(|(at, pid)| Next {
            at: nanoseconds(at),
            due: Due::Reaping(pid),
        });
        let waiter = self.waiter;
        match (waiter, reaping) {
            (Some(waiter), Some(reaping)) if reaping.at < waiter.at => Some(reaping),
            (waiter, reaping) => waiter.or(reaping),
        }
    }

    fn deadline(&self, next: &Next) -> Deadline {
        match next.due {
            Due::Slot(index) => waiting::deadline(&self.memory.slots()[index], next.at),
            Due::Reaping(pid) => Deadline {
                at: Duration::from_nanos(next.at),
                process: self.history.process(pid).process,
                pid,
                tid: 0,
                call: "reaping",
            },
        }
    }

    /// The earliest deadline of any waiter, timer or delayed reaping.
    pub fn next_deadline(&self) -> Option<Deadline> {
        self.next().map(|next| self.deadline(&next))
    }

    /// Moves the clock to the earliest deadline that is not after `limit` (virtual time since
    /// zero) and wakes its one waiter; if there is none, to `limit`. Only after
    /// [`Coordinator::settle`]; call that again before the next one. Equal deadlines go by the
    /// birth of the process, then of the thread. A limit in the past leaves the clock alone.
    ///
    /// # Errors
    /// The world was not settled before, or waking fails.
    pub fn advance(&mut self, limit: Option<Duration>) -> Result<Advance, Error> {
        if !self.settled {
            return Err(Error::Invalid(
                "time can only advance in a settled world".into(),
            ));
        }
        let now = self.header().now.load(Relaxed);
        let limit = limit.map(nanoseconds);
        self.put_polls_off(limit);
        let Some(next) = self.next().filter(|next| next.at <= limit.unwrap_or(NEVER)) else {
            let Some(limit) = limit else {
                return Ok(Advance::Idle);
            };
            self.header().now.store(limit.max(now), Publish);
            self.something_happened();
            return Ok(Advance::ReachedLimit);
        };
        let deadline = self.deadline(&next);
        match next.due {
            Due::Slot(index) => {
                if let Some(polling) = &mut self.polling {
                    polling.fires(&self.memory, &self.history, index);
                }
                self.statistics.events += 1;
                self.header().now.store(next.at.max(now), Publish);
                if waiting::is_timer(&self.memory.slots()[index]) {
                    self.looker.disturbed();
                }
                waiting::wake(&self.memory, &mut self.folder, index)?;
            }
            Due::Reaping(_) => {
                self.header().now.store(next.at.max(now), Publish);
                self.something_happened();
                self.reap();
            }
        }
        self.settled = false;
        Ok(Advance::Woke(deadline))
    }

    /// Leaves out polls that would find nothing new, if that is wanted and one is next.
    fn put_polls_off(&mut self, limit: Option<u64>) {
        let Some(Next {
            due: Due::Slot(index),
            at,
        }) = self.next()
        else {
            return;
        };
        let reaping = self.reaper.next().map(|(at, _)| nanoseconds(at));
        let limit = limit.into_iter().chain(reaping).min();
        if at > limit.unwrap_or(NEVER) {
            return;
        }
        let Some(polling) = &mut self.polling else {
            return;
        };
        let put_off = polling.put_off(&self.memory, index, limit);
        if put_off > 0 {
            self.statistics.coalesced += put_off;
            self.waiter = waiting::next_alive(&self.memory, &self.tree);
        }
    }

    /// Polls may find something new.
    pub(crate) fn something_happened(&mut self) {
        if let Some(polling) = &mut self.polling {
            polling.something_happened();
        }
    }

    /// Every thread of the world and what it waits for, by process and thread.
    pub fn waiters(&self) -> Vec<Waiter> {
        waiting::list(&self.memory, &self.tree, &self.history)
    }

    /// What happened since the last call, in order.
    pub fn drain_records(&mut self) -> Vec<Record> {
        self.read_records();
        self.history.drain()
    }

    /// The processes of the world, in order of birth; those without the library come last.
    pub fn processes(&self) -> Vec<Process> {
        self.history.alive(&self.tree)
    }

    /// Sends a signal to a process of the world, or to a process group when negative.
    ///
    /// # Errors
    /// As `kill`.
    pub fn signal(&mut self, pid: i32, signal: i32) -> Result<(), Error> {
        self.settled = false;
        self.something_happened();
        self.looker.disturbed();
        system::kill(pid, signal).map_err(|source| Error::System {
            action: format!("send signal {signal} to process {pid}"),
            source,
        })
    }

    /// A child of this process that does not belong to the world: not waited for and not reaped.
    /// Its descendants do not belong to it either.
    pub fn ignore(&mut self, pid: i32) {
        self.tree.ignored.insert(pid);
        self.tree.forget();
    }

    /// Counts since the world began.
    pub fn statistics(&self) -> Statistics {
        self.statistics
    }
}

/// A duration in nanoseconds; the shared memory has no room for more than some centuries.
pub fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(NEVER - 1)
}
