//! Brokers, app-servers and workers that nobody owns any more.

use super::Finding;

/// Command lines of programs that must not outlive who started them, with what it means when one does.
const KINDS: [(&str, &[&str], &str); 2] = [
    (
        "broker",
        &["app-server-broker"],
        "a session ended without ending its broker; end it with `kill`, its jobs are over",
    ),
    (
        "app-server",
        &["codex", "app-server"],
        "its companion is gone; end it with `kill`, nobody reads what it says",
    ),
];

pub(super) fn examine() -> Vec<Finding> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    pids.filter_map(orphan).collect()
}

fn orphan(pid: i32) -> Option<Finding> {
    let command = command(pid)?;
    let (name, _, meaning) = KINDS
        .iter()
        .find(|(_, words, _)| words.iter().all(|word| command.contains(word)))?;
    (parent(pid)? == 1).then(|| {
        Finding::ill(
            name,
            format!("process {pid} has lost its parent: {command}"),
            *meaning,
        )
    })
}

/// The command line of a process; nothing when it is gone or a zombie.
pub(super) fn command(pid: i32) -> Option<String> {
    let bytes = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let words: Vec<String> = bytes
        .split(|byte| *byte == 0)
        .filter(|word| !word.is_empty())
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}

fn parent(pid: i32) -> Option<i32> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("PPid:"))?
        .trim()
        .parse()
        .ok()
}
