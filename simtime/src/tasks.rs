//! What the kernel says about one thread.

use crate::system;
use std::fs::File;
use std::os::fd::AsFd;

/// What a thread is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// On its CPU's queue, or on its way there.
    Running,
    /// Asleep or stopped, off the queue.
    Asleep,
    /// In a sleep that nothing interrupts: waiting for a disk, or for a child of `vfork`.
    Uninterruptible,
    /// Ended, with so many threads of its process left, itself included.
    Dead {
        /// As the kernel counts them.
        threads: u32,
    },
    /// There is no such thread any more.
    Gone,
}

/// The system call that a sleeping thread is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InCall {
    /// Its number.
    pub number: i64,
    /// Its arguments.
    pub arguments: [u64; 6],
}

/// A thread, with its process files open: they never come to mean another one.
#[derive(Debug)]
pub struct Task {
    /// Thread id.
    pub tid: i32,
    stat: File,
    schedstat: File,
    syscall: File,
    children: File,
}

/// What was read.
pub struct Text {
    bytes: [u8; 512],
    length: usize,
}

impl Text {
    /// Reads a process file; `None` when the thread is gone.
    pub fn read(file: &File) -> Option<Text> {
        let mut bytes = [0; 512];
        match system::read_start(file.as_fd(), &mut bytes) {
            Ok(length) => Some(Text { bytes, length }),
            Err(_) => None,
        }
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl Task {
    /// Opens the files; `None` when the thread is gone.
    pub fn open(pid: i32, tid: i32) -> Option<Task> {
        let open = |name: &str| File::open(format!("/proc/{pid}/task/{tid}/{name}")).ok();
        Some(Task {
            tid,
            stat: open("stat")?,
            schedstat: open("schedstat")?,
            syscall: open("syscall")?,
            children: open("children")?,
        })
    }

    /// The state of `stat` alone. Says "asleep" too early: a thread that was preempted between
    /// deciding to sleep and leaving the queue.
    pub fn state(&self) -> Doing {
        let Some(text) = Text::read(&self.stat) else {
            return Doing::Gone;
        };
        let bytes = text.bytes();
        // The name, in parentheses, may hold anything; the last one ends it.
        let Some(end) = bytes.iter().rposition(|byte| *byte == b')') else {
            return Doing::Gone;
        };
        match bytes.get(end + 2) {
            Some(b'S' | b'T' | b't' | b'I') => Doing::Asleep,
            Some(b'D') => Doing::Uninterruptible,
            Some(b'Z' | b'X' | b'x') => Doing::Dead {
                threads: field(&bytes[end + 2..], 17).unwrap_or(1) as u32,
            },
            Some(_) => Doing::Running,
            None => Doing::Gone,
        }
    }

    /// The system call that it is in, as far as the kernel tells: `Err` with what it is doing
    /// instead. The kernel answers with a number only for a thread that has left the queue, but
    /// also for one that is just being woken.
    pub fn call(&self) -> Result<Option<InCall>, Doing> {
        let Some(text) = Text::read(&self.syscall) else {
            return Err(Doing::Gone);
        };
        match text.bytes().first() {
            None => Err(Doing::Gone),
            Some(b'r') => Err(Doing::Running),
            Some(b'-') => Ok(None),
            Some(_) => Ok(parse_call(text.bytes())),
        }
    }

    /// `state` and `call` together close each other's holes.
    pub fn doing(&self) -> (Doing, Option<InCall>) {
        let call = match self.call() {
            Ok(call) => call,
            Err(Doing::Running) => match self.state() {
                dead @ (Doing::Dead { .. } | Doing::Gone) => return (dead, None),
                _ => return (Doing::Running, None),
            },
            Err(other) => return (other, None),
        };
        (self.state(), call)
    }

    /// Nanoseconds on the CPU and times it was put there.
    pub fn ran(&self) -> Option<(u64, u64)> {
        let text = Text::read(&self.schedstat)?;
        Some((field(text.bytes(), 0)?, field(text.bytes(), 2)?))
    }

    /// Nanoseconds that it was ready and had no CPU.
    pub fn waited_for_cpu(&self) -> Option<u64> {
        field(Text::read(&self.schedstat)?.bytes(), 1)
    }

    /// Adds the process ids of the children that this thread made.
    pub fn children(&self, to: &mut Vec<i32>) {
        let mut bytes = vec![0; 4096];
        loop {
            let Ok(length) = system::read_start(self.children.as_fd(), &mut bytes) else {
                return;
            };
            if length < bytes.len() {
                to.extend(numbers(&bytes[..length]));
                return;
            }
            bytes.resize(bytes.len() * 4, 0);
        }
    }
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = i32> + '_ {
    bytes
        .split(|byte| byte.is_ascii_whitespace())
        .filter_map(|word| std::str::from_utf8(word).ok()?.parse().ok())
}

/// The n-th word, counted from 0, as a number.
pub fn field(bytes: &[u8], index: usize) -> Option<u64> {
    let word = bytes
        .split(|byte| byte.is_ascii_whitespace())
        .filter(|word| !word.is_empty())
        .nth(index)?;
    std::str::from_utf8(word).ok()?.parse().ok()
}

fn parse_call(bytes: &[u8]) -> Option<InCall> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut words = text.split_ascii_whitespace();
    let number = words.next()?.parse().ok()?;
    let mut arguments = [0; 6];
    for argument in &mut arguments {
        let word = words.next()?.strip_prefix("0x")?;
        *argument = u64::from_str_radix(word, 16).ok()?;
    }
    Some(InCall { number, arguments })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_read_with_its_arguments() {
        let call = parse_call(b"7 0x7ffd 0x2 0xffffffff 0x0 0x0 0x1 0x7ffe 0x7f00\n").unwrap();
        assert_eq!(call.number, 7);
        assert_eq!(call.arguments, [0x7ffd, 2, 0xffff_ffff, 0, 0, 1]);
        assert_eq!(parse_call(b"7 nonsense"), None);
    }

    #[test]
    fn fields_are_counted_in_words() {
        assert_eq!(field(b"12 34  56\n", 2), Some(56));
        assert_eq!(field(b"12 34", 2), None);
        assert_eq!(field(b"12 x", 1), None);
    }

    #[test]
    fn this_thread_runs_and_one_that_never_was_is_gone() {
        let pid = std::process::id() as i32;
        // SAFETY: no arguments.
        let tid = unsafe { libc::gettid() };
        let task = Task::open(pid, tid).unwrap();
        assert_eq!(task.doing().0, Doing::Running);
        assert!(Task::open(pid, 0).is_none());
    }
}
