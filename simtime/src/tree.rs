//! Which threads make up the world: the descendants of this process.

use crate::tasks::{Doing, Task, Text, field};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;

/// A process of the world.
#[derive(Debug)]
pub struct Tracked {
    /// The parent when it was first seen.
    pub parent: i32,
    /// Its threads, the first one first.
    pub tasks: Vec<Task>,
    /// The folder of its threads, and how many links that had before it was listed.
    folder: Option<File>,
    links: u64,
}

/// The processes of the world, as they were at the last look.
#[derive(Debug, Default)]
pub struct Tree {
    /// By process id.
    pub processes: BTreeMap<i32, Tracked>,
    /// Children of this process that do not belong to the world.
    pub ignored: BTreeSet<i32>,
    load: Option<File>,
    last_pid: Option<u64>,
    own: Option<Tracked>,
}

/// What `/proc/loadavg` tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Threads on the queues of all CPUs, the reader included.
    pub running: u64,
    /// The id that was given to a process or thread last.
    pub last_pid: u64,
}

/// Reads the fourth and fifth field: `running/all last`.
fn load(bytes: &[u8]) -> Option<Load> {
    let mut words = bytes.split(|byte| byte.is_ascii_whitespace()).skip(3);
    let running = words.next()?.split(|byte| *byte == b'/').next()?;
    Some(Load {
        running: field(running, 0)?,
        last_pid: field(words.next()?, 0)?,
    })
}

impl Tree {
    /// How many threads want a CPU on this machine, and which id was given last.
    pub fn load(&mut self) -> Option<Load> {
        if self.load.is_none() {
            self.load = File::open("/proc/loadavg").ok();
        }
        load(Text::read(self.load.as_ref()?)?.bytes())
    }

    /// Makes the tree complete: true when a process is no longer in it. As long as no process or
    /// thread id was given since the last time, nothing can have been added, and nothing is read.
    pub fn refresh(&mut self, load: Option<Load>) -> bool {
        let last_pid = load.map(|load| load.last_pid);
        if last_pid.is_some() && last_pid == self.last_pid {
            return false;
        }
        let mut found = Vec::new();
        self.own_children(&mut found);
        let mut parents = HashMap::new();
        let mut index = 0;
        let mut seen = BTreeSet::new();
        while let Some(&pid) = found.get(index) {
            index += 1;
            if self.ignored.contains(&pid) || !seen.insert(pid) {
                continue;
            }
            let parent = parents
                .get(&pid)
                .copied()
                .unwrap_or(std::process::id() as i32);
            let tracked = self
                .processes
                .entry(pid)
                .or_insert_with(|| Tracked::new(parent));
            tracked.list(pid);
            let before = found.len();
            for task in &tracked.tasks {
                task.children(&mut found);
            }
            for child in &found[before..] {
                parents.insert(*child, pid);
            }
        }
        let before = self.processes.len();
        self.processes.retain(|pid, _| seen.contains(pid));
        let fewer = self.processes.len() < before;
        // Read again: an id given during the walk may belong to what the walk had passed.
        let after = self.load().map(|load| load.last_pid);
        self.last_pid = if after == last_pid { last_pid } else { None };
        fewer
    }

    /// The next [`Tree::refresh`] looks at everything.
    pub fn forget(&mut self) {
        self.last_pid = None;
    }

    /// The tree is complete: no id was given during the last walk.
    pub fn complete(&self) -> bool {
        self.last_pid.is_some()
    }

    /// Orphans go to any thread of a subreaper, and a child to the thread that made it.
    fn own_children(&mut self, to: &mut Vec<i32>) {
        let pid = std::process::id() as i32;
        let own = self.own.get_or_insert_with(|| Tracked::new(0));
        own.list(pid);
        for task in &own.tasks {
            task.children(to);
        }
        to.sort_unstable();
    }
}

fn thread_ids(pid: i32) -> Vec<i32> {
    let Ok(entries) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect()
}

impl Tracked {
    fn new(parent: i32) -> Tracked {
        Tracked {
            parent,
            tasks: Vec::new(),
            folder: None,
            links: 0,
        }
    }

    /// Opens the threads that are new and drops those that are gone. The number of links tells
    /// how many threads there are. It is read before the list, so that a thread that is born in
    /// between makes a difference the next time. One thread may take another's place without a
    /// difference; then the other's files say that it is gone.
    fn list(&mut self, pid: i32) {
        if self.folder.is_none() {
            self.folder = File::open(format!("/proc/{pid}/task")).ok();
        }
        let links = self
            .folder
            .as_ref()
            .and_then(|folder| folder.metadata().ok())
            .map(|m| m.nlink());
        if links.is_some_and(|links| links == self.links && links == self.tasks.len() as u64 + 2) {
            return;
        }
        if links.is_none() {
            self.folder = None;
        }
        self.links = links.unwrap_or(0);
        let now = thread_ids(pid);
        self.tasks.retain(|task| now.contains(&task.tid));
        for tid in now {
            if !self.tasks.iter().any(|task| task.tid == tid)
                && let Some(task) = Task::open(pid, tid)
            {
                self.tasks.push(task);
            }
        }
    }

    /// It has ended, all its threads included.
    pub fn ended(&self) -> bool {
        let dead = |task: &Task| match task.state() {
            Doing::Dead { threads } => threads <= 1,
            Doing::Gone => true,
            _ => false,
        };
        self.tasks.iter().all(dead)
    }

    /// This thread is gone; the next look lists them anew.
    pub fn lost(&mut self, tid: i32) {
        self.tasks.retain(|task| task.tid != tid);
        self.links = 0;
        self.folder = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_load_is_read() {
        assert_eq!(
            load(b"0.68 0.20 0.09 3/106 10692\n"),
            Some(Load {
                running: 3,
                last_pid: 10692
            })
        );
        assert_eq!(load(b"0.68 0.20"), None);
    }
}
