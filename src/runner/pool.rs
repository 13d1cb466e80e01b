//! Several scenarios at once, each in a process of its own.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::sched::{CpuSet, sched_getaffinity};
use nix::unistd::Pid;

use super::keeper::Keeper;
use super::{Interrupt, Request, Workplace};
use crate::run::{Outcome, Verdict};
use crate::sweep::{command_line, marked, sweep};

/// The hidden subcommand that runs one scenario.
pub const COMMAND: &str = "__scenario";

/// How often the harness looks whether the user wants it to stop.
const ATTENTION: Duration = Duration::from_millis(50);

/// What happens while scenarios run.
#[derive(Debug)]
pub enum Progress {
    /// The scenario with this index began.
    Began(usize),
    /// The scenario with this index has ended.
    Ended(usize, Box<Outcome>),
    /// The user wants to stop; what runs is ended.
    Stopping,
}

/// Runs all requests, at most `jobs` at once, and tells `progress` what happens, in the order in which it happens.
///
/// Gives `None` for those that were not run because the user stopped the harness.
///
/// # Errors
/// When the keeper cannot be started.
pub fn run_all(
    workplace: &Workplace,
    requests: &[Request],
    jobs: usize,
    interrupt: &Interrupt,
    progress: &mut dyn FnMut(Progress),
) -> io::Result<Vec<Option<Outcome>>> {
    let keeper = Keeper::start(workplace)?;
    let _ = nix::sys::prctl::set_child_subreaper(true);
    let queue: Mutex<VecDeque<usize>> = Mutex::new((0..requests.len()).collect());
    let stop = AtomicBool::new(false);
    let (sender, receiver) = channel();
    let mut outcomes: Vec<Option<Outcome>> = vec![None; requests.len()];
    std::thread::scope(|scope| {
        let mut cpus = cpus();
        // Several harnesses at once, each with few runs, must not all take the first CPU.
        let first = std::process::id() as usize % cpus.len().max(1);
        cpus.rotate_left(first);
        for worker in 0..jobs.clamp(1, requests.len().max(1)) {
            let cpu = cpus.get(worker % cpus.len().max(1)).copied();
            let (sender, queue, stop) = (sender.clone(), &queue, &stop);
            scope.spawn(move || work(requests, cpu, queue, stop, &sender));
        }
        drop(sender);
        listen(&receiver, interrupt, &stop, &mut |event| {
            if let Progress::Ended(index, outcome) = &event
                && let Some(place) = outcomes.get_mut(*index)
            {
                *place = Some((**outcome).clone());
            }
            progress(event);
        });
    });
    sweep(OsStr::new(&format!("{}/", workplace.id)));
    keeper.dismiss();
    Ok(outcomes)
}

fn listen(
    receiver: &Receiver<Progress>,
    interrupt: &Interrupt,
    stop: &AtomicBool,
    progress: &mut dyn FnMut(Progress),
) {
    loop {
        match receiver.recv_timeout(ATTENTION) {
            Ok(event) => progress(event),
            Err(RecvTimeoutError::Timeout) if interrupt.came() => {
                if !stop.swap(true, Ordering::SeqCst) {
                    progress(Progress::Stopping);
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn work(
    requests: &[Request],
    cpu: Option<usize>,
    queue: &Mutex<VecDeque<usize>>,
    stop: &AtomicBool,
    sender: &Sender<Progress>,
) {
    while !stop.load(Ordering::SeqCst) {
        let Some(index) = queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front()
        else {
            return;
        };
        let Some(request) = requests.get(index) else {
            return;
        };
        let _ = sender.send(Progress::Began(index));
        let request = Request {
            cpu,
            ..request.clone()
        };
        if let Some(outcome) = run_one(&request, stop) {
            let _ = sender.send(Progress::Ended(index, Box::new(outcome)));
        }
    }
}

/// Runs one scenario in its own process; nothing when the user stopped it.
fn run_one(request: &Request, stop: &AtomicBool) -> Option<Outcome> {
    let begin = Instant::now();
    let broken = |what: String| Outcome {
        name: request.name.clone(),
        title: String::new(),
        source: Vec::new(),
        file: request.file.clone(),
        subject: String::new(),
        verdict: Verdict::Broken,
        known_bad: None,
        failures: Vec::new(),
        broken: Some(what),
        virtual_seconds: 0.0,
        wall_seconds: begin.elapsed().as_secs_f64(),
        clock: None,
        kept: None,
        events: Vec::new(),
    };
    let ended = match start(request) {
        Ok(child) => wait(child, stop),
        Err(error) => {
            return Some(broken(format!(
                "cannot start the process that runs a scenario: {error}"
            )));
        }
    };
    let left = sweep(OsStr::new(&request.marker));
    if !request.keep {
        let _ = std::fs::remove_dir_all(&request.root);
    }
    let _ = std::fs::remove_dir_all(&request.clock);
    let (status, stdout, stderr) = match ended {
        Ok(Some(ended)) => ended,
        Ok(None) => return None,
        Err(error) => {
            return Some(broken(format!(
                "lost the process that runs a scenario: {error}"
            )));
        }
    };
    match serde_json::from_slice::<Outcome>(&stdout) {
        Ok(outcome) => Some(with_survivors(outcome, &request.marker)),
        Err(_) => {
            let stderr = String::from_utf8_lossy(&stderr);
            let left = if left.is_empty() {
                String::new()
            } else {
                format!("\nended what it left: {}", left.join("; "))
            };
            Some(broken(format!(
                "the process that ran the scenario ended with {status}\n{}{left}",
                stderr.trim()
            )))
        }
    }
}

/// Says so when processes of a run cannot even be killed: nothing that comes after it can be trusted.
fn with_survivors(mut outcome: Outcome, marker: &str) -> Outcome {
    let survivors = marked(OsStr::new(marker));
    if !survivors.is_empty() {
        let lines: Vec<String> = survivors
            .iter()
            .map(|pid| format!("{pid} {}", command_line(*pid)))
            .collect();
        outcome.verdict = Verdict::Broken;
        outcome.broken = Some(format!(
            "these processes cannot be ended: {}",
            lines.join("; ")
        ));
    }
    outcome
}

fn start(request: &Request) -> io::Result<Child> {
    let mut child = Command::new(std::env::current_exe()?)
        .arg(COMMAND)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(if request.follow {
            Stdio::inherit()
        } else {
            Stdio::piped()
        })
        .process_group(0)
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(&serde_json::to_vec(request)?)?;
    }
    Ok(child)
}

type Ended = (std::process::ExitStatus, Vec<u8>, Vec<u8>);

/// Reads what the process says until it ends; ends it when the user wants to stop.
fn wait(mut child: Child, stop: &AtomicBool) -> io::Result<Option<Ended>> {
    let stdout = drain(child.stdout.take());
    let stderr = drain(child.stderr.take());
    let mut stopped = false;
    let output = loop {
        match stdout.recv_timeout(ATTENTION) {
            Ok(output) => break output,
            Err(RecvTimeoutError::Disconnected) => break Vec::new(),
            Err(RecvTimeoutError::Timeout) if stop.load(Ordering::SeqCst) && !stopped => {
                stopped = true;
                child.kill()?;
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    };
    let status = child.wait()?;
    if stopped {
        return Ok(None);
    }
    Ok(Some((status, output, stderr.recv().unwrap_or_default())))
}

fn drain(pipe: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    if let Some(mut pipe) = pipe {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = pipe.read_to_end(&mut bytes);
            let _ = sender.send(bytes);
        });
    }
    receiver
}

/// The CPUs that this process may use.
fn cpus() -> Vec<usize> {
    match sched_getaffinity(Pid::from_raw(0)) {
        Ok(set) => (0..CpuSet::count())
            .filter(|cpu| set.is_set(*cpu).unwrap_or(false))
            .collect(),
        Err(_) => Vec::new(),
    }
}
