//! What is said of a world that does not come to rest, or does not stay there.

use crate::error::{Bypass, Error, Unsettled};
use crate::history::History;
use crate::rest::Unmarked;
use crate::tasks::Doing;
use crate::tree::Tree;
use std::time::Duration;

/// How long threads are watched to tell the busy ones from the stuck.
const WATCH: Duration = Duration::from_millis(20);

/// Each thread's process, id and run time.
type RunTimes = Vec<(i32, i32, Option<(u64, u64)>)>;

fn run_times(tree: &Tree) -> RunTimes {
    let all = tree.processes.iter();
    all.flat_map(|(pid, p)| p.tasks.iter().map(|task| (*pid, task.tid, task.ran())))
        .collect()
}

/// Looks again later: whether anything has run in between.
pub fn runs_within(tree: &Tree, time: Duration) -> bool {
    let before = run_times(tree);
    std::thread::sleep(time);
    before != run_times(tree)
}

/// The threads that are not at rest.
pub fn unsettled(tree: &Tree, history: &History, limit: Duration) -> Error {
    let before = run_times(tree);
    std::thread::sleep(WATCH);
    let mut unsettled = Vec::new();
    let mut ran = before.iter();
    for (pid, process) in &tree.processes {
        for task in &process.tasks {
            let (doing, call) = task.doing();
            let ran = ran
                .next()
                .is_none_or(|(_, _, before)| *before != task.ran());
            let busy = ran || doing == Doing::Running;
            if !busy && doing == Doing::Asleep {
                continue;
            }
            let call = call.map(|call| format!(" in system call {}", call.number));
            unsettled.push(Unsettled {
                pid: *pid,
                tid: task.tid,
                arguments: history.process(*pid).arguments,
                busy,
                state: format!("{doing:?}{}", call.unwrap_or_default()).to_lowercase(),
            });
        }
    }
    Error::Unsettled { limit, unsettled }
}

/// A thread waits for real time.
pub fn bypassed(
    history: &History,
    thread: &Unmarked,
    call: &'static str,
    remaining: Option<Duration>,
) -> Error {
    let process = history.process(thread.pid);
    Error::Bypassed(Bypass {
        pid: thread.pid,
        tid: thread.tid,
        program: process.program,
        arguments: process.arguments,
        call,
        remaining,
        virtualised: process.process != 0,
    })
}
