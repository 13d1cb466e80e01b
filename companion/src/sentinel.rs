//! The sentinel lines by which a task's output says how it ended.
//!
//! A line counts only when, without the white space round it, it is exactly a
//! sentinel; when there are several, the last one counts.

/// Stamped under the output of a task that completed.
pub const COMPLETE: &str = "[[codex-task status=complete]]";

/// What the text of a task claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sentinel {
    /// The task completed.
    Complete,
    /// The task was handed to the background job of this id.
    Dispatched(String),
}

/// `[[codex-task status=dispatched id=ID]]`.
#[cfg(test)]
pub fn dispatched(job: &str) -> String {
    format!("[[codex-task status=dispatched id={job}]]")
}

/// The text with the complete sentinel on a line of its own after it.
pub fn stamped_complete(text: &str) -> String {
    let gap = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    format!("{text}{gap}{COMPLETE}\n")
}

/// The last sentinel line of `text`.
pub fn find(text: &str) -> Option<Sentinel> {
    text.lines().rev().find_map(|line| parse(line.trim()))
}

/// Whether a sentinel line of `text` says that this job was dispatched.
pub fn names(text: &str, job: &str) -> bool {
    let said = Sentinel::Dispatched(job.to_owned());
    text.lines()
        .any(|line| parse(line.trim()).as_ref() == Some(&said))
}

fn parse(line: &str) -> Option<Sentinel> {
    if line == COMPLETE {
        return Some(Sentinel::Complete);
    }
    let id = line
        .strip_prefix("[[codex-task status=dispatched id=")?
        .strip_suffix("]]")?;
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
    (!id.is_empty() && id.bytes().all(valid)).then(|| Sentinel::Dispatched(id.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_lines_count() {
        assert_eq!(find("done [[codex-task status=complete]] really"), None);
        assert_eq!(
            find("  [[codex-task status=complete]]\r\nagentId: a1"),
            Some(Sentinel::Complete)
        );
        assert_eq!(find("[[codex-task status=dispatched id=a b]]"), None);
        assert_eq!(find("[[codex-task status=dispatched id=]]"), None);
    }

    #[test]
    fn the_last_line_wins() {
        let both = format!("{}\n{COMPLETE}\n", dispatched("task-1"));
        assert_eq!(find(&both), Some(Sentinel::Complete));
        assert!(names(&both, "task-1") && !names(&both, "task"));
        let reverse = format!("{COMPLETE}\n{}\n", dispatched("task-1"));
        assert_eq!(find(&reverse), Some(Sentinel::Dispatched("task-1".into())));
    }
}
