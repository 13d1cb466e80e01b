//! One change of the state, under the lock.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::files::{pretty, remove_if_present, sync, write_atomically};
use super::lock::{self, Held, LockError};
use super::store::{Reading, State, Store, StoreError, VERSION};
use super::{JOBS_KEPT, rebuild};
use crate::job::{self, Job};
use crate::texts::say;

/// How long a command waits for the lock while nothing changes. Critical sections take
/// milliseconds, and the longest one starts a process.
const LOCK_LIMIT: Duration = Duration::from_secs(30);
/// So often it waits as long again because others, many of them or on a slow machine,
/// have changed the state in turn.
const LOCK_TURNS: u32 = 20;

/// The state with the lock held. Dropped without [`Transaction::commit`], it changes nothing.
pub struct Transaction<'a> {
    store: &'a Store,
    /// The state, to be changed.
    pub state: State,
    files: BTreeMap<String, Job>,
    dropped: Vec<Job>,
    durable: bool,
    lock: Option<File>,
}

impl Store {
    /// Takes the lock and reads the state. An unreadable state file is moved
    /// aside, rebuilt from the job files, and that is said on stderr.
    pub fn begin(&self) -> Result<Transaction<'_>, StoreError> {
        let path = self.lock_file();
        let file = self.open_lock()?;
        let mut seen = self.stamp();
        let mut turns = 1;
        let others_go_on = || {
            let now = self.stamp();
            turns += 1;
            turns <= LOCK_TURNS && std::mem::replace(&mut seen, now) != now
        };
        let lock = lock::lock_as_long_as(file, Held::Alone, Some(LOCK_LIMIT), others_go_on)
            .map_err(|error| StoreError::lock(&path, LOCK_LIMIT, error))?;
        self.begin_locked(lock)
    }

    /// As [`Store::begin`] for one who cannot wait for longer than this.
    pub fn begin_within(&self, limit: Duration) -> Result<Transaction<'_>, StoreError> {
        let path = self.lock_file();
        let lock = lock::lock_within(self.open_lock()?, Held::Alone, Some(limit))
            .map_err(|error| StoreError::lock(&path, limit, error))?;
        self.begin_locked(lock)
    }

    /// Differs whenever somebody has written the state: each time it is a new file.
    fn stamp(&self) -> Option<(u64, i64, i64)> {
        let file = fs::metadata(self.state_file()).ok()?;
        Some((file.ino(), file.mtime(), file.mtime_nsec()))
    }

    /// As [`Store::begin`], but none when another process holds the lock now.
    pub fn try_begin(&self) -> Result<Option<Transaction<'_>>, StoreError> {
        let file = self.open_lock()?;
        match lock::try_now(&file, Held::Alone) {
            Ok(()) => self.begin_locked(file).map(Some),
            Err(LockError::Held) => Ok(None),
            Err(LockError::Io(error)) => Err(StoreError::io(&self.lock_file())(error)),
        }
    }

    /// A change that is made without the lock and so must never be committed: what the
    /// state would be for one who may not write, or not wait.
    pub fn rehearse(&self) -> Result<Transaction<'_>, StoreError> {
        Ok(self.transaction(self.read()?, None))
    }

    fn open_lock(&self) -> Result<File, StoreError> {
        let jobs = self.jobs_folder();
        fs::create_dir_all(&jobs).map_err(StoreError::io(&jobs))?;
        let path = self.lock_file();
        lock::open(&path).map_err(StoreError::io(&path))
    }

    fn begin_locked(&self, lock: File) -> Result<Transaction<'_>, StoreError> {
        let state = match self.read_state_file()? {
            Reading::Good(state) => state,
            Reading::Absent => State::default(),
            Reading::Unreadable => {
                let kept = rebuild::move_aside(self).map_err(StoreError::io(&self.state_file()))?;
                let state = rebuild::from_job_files(self);
                let warning = say!(
                    RECORDS_REBUILT,
                    path = self.state_file().display(),
                    kept = kept.display(),
                    count = state.jobs.len()
                );
                tell!("{warning}");
                state
            }
        };
        Ok(self.transaction(state, Some(lock)))
    }

    /// Rows that are missing are put together from their record files.
    fn transaction(&self, state: State, lock: Option<File>) -> Transaction<'_> {
        let mut change = Transaction {
            store: self,
            state,
            files: BTreeMap::new(),
            dropped: Vec::new(),
            durable: false,
            lock,
        };
        for orphan in rebuild::orphans(self, &change.state) {
            change.put_row(orphan);
        }
        change
    }
}

impl Transaction<'_> {
    /// The store that is being changed.
    pub fn store(&self) -> &Store {
        self.store
    }

    /// The record file of a job, as this transaction would leave it.
    pub fn file(&self, id: &str) -> Option<Job> {
        self.files
            .get(id)
            .cloned()
            .or_else(|| self.store.read_job(id))
    }

    /// Has the commit bring the record files to the disk before it returns. The state
    /// file is not: it can be put together from them.
    pub fn make_durable(&mut self) {
        self.durable = true;
    }

    /// Puts a job's row in place of the old one, or first when it is new.
    pub fn put_row(&mut self, row: Job) {
        match self.state.jobs.iter_mut().find(|job| job.id() == row.id()) {
            Some(place) => *place = row,
            None => self.state.jobs.insert(0, row),
        }
    }

    /// Sets what the job's record file will hold.
    pub fn put_file(&mut self, file: Job) {
        self.files.insert(file.id().to_owned(), file);
    }

    /// Takes a job off the record, with its files.
    pub fn remove(&mut self, id: &str) {
        let (gone, kept) = std::mem::take(&mut self.state.jobs)
            .into_iter()
            .partition(|job| job.id() == id);
        self.state.jobs = kept;
        self.dropped.extend::<Vec<Job>>(gone);
    }

    /// Writes everything: record files, then the state, then what is no longer needed
    /// goes. So an end is on record with its result before the state says so, and a crash
    /// in between leaves a file that the next look finds (`settle`). The disk, which may
    /// be slow, is waited for without the lock.
    pub fn commit(mut self) -> Result<(), StoreError> {
        self.prune();
        self.files
            .values()
            .try_for_each(|file| self.write_file(file))?;
        let rows: Vec<Value> = self.state.jobs.iter().map(Job::to_value).collect();
        let value = json!({"version": VERSION, "config": self.state.config, "jobs": rows});
        let path = self.store.state_file();
        write_atomically(&path, &pretty(&value)).map_err(StoreError::io(&path))?;
        self.dropped
            .iter()
            .try_for_each(|job| self.remove_files(job))?;
        drop(self.lock.take());
        if self.durable { self.sync() } else { Ok(()) }
    }

    fn sync(&self) -> Result<(), StoreError> {
        let files = self.files.keys().map(|id| self.store.job_file(id));
        for path in files.chain([self.store.jobs_folder()]) {
            sync(&path).map_err(StoreError::io(&path))?;
        }
        Ok(())
    }

    fn write_file(&self, file: &Job) -> Result<(), StoreError> {
        let path = self.store.job_file(file.id());
        write_atomically(&path, &pretty(&file.to_value())).map_err(StoreError::io(&path))
    }

    /// Keeps every active job and the newest of the finished ones.
    fn prune(&mut self) {
        if self.state.jobs.len() <= JOBS_KEPT {
            return;
        }
        let mut sorted = std::mem::take(&mut self.state.jobs);
        job::sort_newest_first(&mut sorted);
        for (place, job) in sorted.into_iter().enumerate() {
            if place < JOBS_KEPT || job.is_active() {
                self.state.jobs.push(job);
            } else {
                self.files.remove(job.id());
                self.dropped.push(job);
            }
        }
    }

    fn remove_files(&self, job: &Job) -> Result<(), StoreError> {
        let id = job.id();
        let recorded_log = job.text("logFile").map(PathBuf::from);
        let own = [
            self.store.job_file(id),
            self.store.log_file(id),
            self.store.worker_file(id).path().to_path_buf(),
        ];
        for path in own.into_iter().chain(recorded_log) {
            remove_if_present(&path).map_err(StoreError::io(&path))?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "transaction_tests.rs"]
mod tests;
