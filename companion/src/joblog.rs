//! The log of a job: lines `[time] text` and titled blocks.
//!
//! A log serves people and the progress lines of `status`. That it cannot be
//! written is no reason to fail a job, so nothing here returns an error.

use std::fs::{self, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::time;

/// How much of a log's end is read for its last lines.
const TAIL: u64 = 64 * 1024;

/// Titles of blocks; no progress lines.
const BLOCK_TITLES: [&str; 4] = [
    "Final output",
    "Assistant message",
    "Reasoning summary",
    "Review output",
];

/// What a line about a phase begins with; no progress line, since the record has the phase.
const PHASE: &str = "Phase: ";

fn append(path: &Path, text: &str) {
    if let Ok(mut file) = OpenOptions::new().append(true).create(true).open(path) {
        let _ = file.write_all(text.as_bytes());
    }
}

/// Starts an empty log with its first line.
pub fn create(path: &Path, first: &str) {
    let _ = fs::write(path, "");
    line(path, first);
}

/// Adds a line.
pub fn line(path: &Path, text: &str) {
    let text = text.trim();
    if !text.is_empty() {
        append(path, &format!("[{}] {text}\n", time::now_iso()));
    }
}

/// Adds a line that says which phase the job is in now.
pub fn phase(path: &Path, phase: &str) {
    line(path, &format!("{PHASE}{phase}"));
}

/// Adds a titled block.
pub fn block(path: &Path, title: &str, body: &str) {
    if !body.is_empty() {
        append(
            path,
            &format!("\n[{}] {title}\n{}\n", time::now_iso(), body.trim_end()),
        );
    }
}

/// The last progress lines, without their times.
pub fn last_lines(path: &Path, count: usize) -> Vec<String> {
    let tail = read_tail(path).unwrap_or_default();
    let mut lines: Vec<String> = tail
        .lines()
        .rev()
        .filter_map(|line| {
            line.strip_prefix('[')?
                .split_once(']')
                .map(|(_, text)| text.trim())
        })
        .filter(|text| !text.is_empty() && !text.starts_with(PHASE) && !is_block_title(text))
        .take(count)
        .map(str::to_owned)
        .collect();
    lines.reverse();
    lines
}

/// The time of the last line, in milliseconds since the epoch.
pub fn last_event(path: &Path) -> Option<i64> {
    let tail = read_tail(path).ok()?;
    tail.lines().rev().find_map(|line| {
        let (stamp, _) = line.strip_prefix('[')?.split_once(']')?;
        time::parse_iso(stamp)
    })
}

fn is_block_title(text: &str) -> bool {
    BLOCK_TITLES.contains(&text)
        || (text.starts_with("Subagent ")
            && (text.ends_with(" message") || text.ends_with(" reasoning summary")))
}

fn read_tail(path: &Path) -> std::io::Result<String> {
    let mut file = fs::File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_leave_out_blocks() {
        let place = tempfile::tempdir().unwrap();
        let log = place.path().join("a.log");
        create(&log, "Codex Task was asked for");
        line(&log, "  one ");
        block(&log, "Assistant message", "body\n[not a stamp] body");
        line(&log, "");
        phase(&log, "editing");
        line(&log, "two");
        assert_eq!(last_lines(&log, 2), ["body", "two"]);
        assert!(last_event(&log).is_some());
        assert!(last_lines(&place.path().join("none"), 4).is_empty());
    }
}
