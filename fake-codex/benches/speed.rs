//! How much the fake costs: the start, a very long line, very many pieces.
//!
//! `cargo bench -p fake-codex` prints the processor time of the fake, which no other load on the
//! machine changes much, and its peak of memory.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a measurement fails by panicking"
)]

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const INITIALIZE: &str =
    r#"{"id":1,"method":"initialize","params":{"clientInfo":{"name":"bench","version":"1"}}}"#;
const THREAD: &str = r#"{"id":2,"method":"thread/start","params":{"ephemeral":true}}"#;

/// What a run of the fake took.
struct Cost {
    processor: Duration,
    /// In KiB.
    peak: u64,
    /// Bytes of output.
    bytes: u64,
}

fn main() {
    // `cargo test --benches` starts this with arguments of its own; it measures all the same.
    let folder = tempfile::tempdir().unwrap();
    let runs: u32 = 20;
    let mut total = Duration::ZERO;
    for _ in 0..runs {
        total += serve(folder.path(), "", &[], None).processor;
    }
    println!(
        "start to first reply: {:.2} ms of processor time",
        (total / runs).as_secs_f64() * 1e3
    );

    for megabytes in [1, 4, 16, 64] {
        let script = format!(
            "faults: [{{before: turn/started, do: {{long-line: {{bytes: {}}}}}}}]",
            megabytes << 20
        );
        tell(
            &format!("a line of {megabytes} MB sent"),
            &turn(folder.path(), &script, ""),
        );
    }
    for megabytes in [1, 4, 16, 64] {
        let prompt = "x".repeat(megabytes << 20);
        tell(
            &format!("a line of {megabytes} MB received"),
            &turn(folder.path(), "", &prompt),
        );
    }
    for pieces in [10_000, 100_000, 1_000_000] {
        let script = format!("turns: [[{{say: {{text: word, times: {pieces}}}}}]]");
        tell(
            &format!("{pieces} pieces of a message"),
            &turn(folder.path(), &script, ""),
        );
    }
}

fn tell(what: &str, cost: &Cost) {
    println!(
        "{what}: {:.0} ms of processor time, {} MB of memory at most, {} MB of output",
        cost.processor.as_secs_f64() * 1e3,
        cost.peak >> 10,
        cost.bytes >> 20
    );
}

/// A whole turn with this prompt.
fn turn(folder: &Path, script: &str, prompt: &str) -> Cost {
    serve(folder, script, &[THREAD], Some(prompt))
}

/// Runs the fake until its turn is over, or until its first reply without a prompt.
fn serve(folder: &Path, script: &str, lines: &[&str], prompt: Option<&str>) -> Cost {
    let _ = std::fs::remove_dir_all(folder.join("home/fake-codex"));
    std::fs::write(folder.join("script.yaml"), script).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_codex"))
        .arg("app-server")
        .env("CODEX_HOME", folder.join("home"))
        .env("FAKE_CODEX_SCRIPT", folder.join("script.yaml"))
        .env_remove("FAKE_CODEX_EVENTS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut output = Output::default();
    for line in [INITIALIZE].iter().chain(lines) {
        writeln!(stdin, "{line}").unwrap();
    }
    if let Some(prompt) = prompt {
        let thread = output.until(&mut stdout, b"\"result\":{\"thread\":{\"id\":\"", 36);
        writeln!(
            stdin,
            r#"{{"id":3,"method":"turn/start","params":{{"threadId":"{thread}","input":[{{"type":"text","text":"{prompt}"}}]}}}}"#
        )
        .unwrap();
        // A prompt of more than 1 MB is refused, as by the real one.
        let end: &[u8] = if prompt.len() > 1 << 20 {
            b"input_too_large"
        } else {
            b"\"method\":\"turn/completed\""
        };
        output.until(&mut stdout, end, 0);
    } else {
        output.until(&mut stdout, b"\"id\":1", 0);
    }
    let cost = Cost {
        processor: processor_time(child.id()),
        peak: peak_memory(child.id()),
        bytes: output.bytes,
    };
    drop(stdin);
    std::io::copy(&mut stdout, &mut std::io::sink()).unwrap();
    child.wait().unwrap();
    cost
}

/// Output that is read and forgotten, but for its end.
#[derive(Default)]
struct Output {
    tail: Vec<u8>,
    bytes: u64,
}

impl Output {
    /// Reads until a text has come, and so many bytes after it, which are returned.
    fn until(&mut self, from: &mut impl Read, text: &[u8], after: usize) -> String {
        let mut buffer = vec![0; 1 << 16];
        loop {
            let found = self
                .tail
                .windows(text.len())
                .position(|window| window == text);
            if let Some(at) = found.map(|at| at + text.len())
                && let Some(bytes) = self.tail.get(at..at + after)
            {
                return String::from_utf8(bytes.to_vec()).unwrap();
            }
            let keep = self.tail.len().saturating_sub(text.len() + after);
            self.tail.drain(..keep);
            let count = from.read(&mut buffer).unwrap();
            assert!(count > 0, "the output ended");
            self.bytes += count as u64;
            self.tail.extend_from_slice(&buffer[..count]);
        }
    }
}

/// The processor time of a process so far, from the scheduler's count in nanoseconds.
fn processor_time(pid: u32) -> Duration {
    let folder = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let nanoseconds = folder
        .flatten()
        .filter_map(|task| std::fs::read_to_string(task.path().join("schedstat")).ok())
        .filter_map(|text| text.split_whitespace().next()?.parse::<u64>().ok())
        .sum();
    Duration::from_nanos(nanoseconds)
}

/// The most memory that a process has had, in KiB.
fn peak_memory(pid: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or(0)
}
