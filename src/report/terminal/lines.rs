//! How wide lines are and where they break, and how long things took.

use std::time::Duration;

/// How wide lines are when nobody says.
const WIDTH: usize = 80;
/// Nobody can read lines that are narrower.
const NARROWEST: usize = 30;

/// How wide lines may be: as $COLUMNS says, or the terminal.
pub(super) fn width() -> usize {
    let given = std::env::var("COLUMNS").ok();
    let given = given.and_then(|columns| columns.parse::<usize>().ok());
    let terminal = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    given
        .filter(|columns| *columns > 0)
        .or_else(terminal)
        .unwrap_or(WIDTH)
        .max(NARROWEST)
}

/// The lines of a text, broken between words so that each has `room` characters at most where words allow it.
pub(super) fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
                lines.push(std::mem::take(&mut line));
            } else if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

/// Simulated time as people say it.
pub(crate) fn length(seconds: f64) -> String {
    let whole = Duration::from_secs_f64(seconds.max(0.0));
    let total = whole.as_secs();
    match (total / 3600, total / 60 % 60, total % 60) {
        (0, 0, s) => format!("{s}.{}s", whole.subsec_millis() / 100),
        (0, m, s) => format!("{m}m{s:02}s"),
        (h, m, _) => format!("{h}h{m:02}m"),
    }
}

/// Real time as people say it.
pub(super) fn wall(seconds: f64) -> String {
    if seconds < 1.0 {
        format!("{:.0}ms", seconds * 1000.0)
    } else {
        format!("{seconds:.1}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_broken_between_words() {
        assert_eq!(wrap("aa bb cc\ndd", 5), ["aa bb", "cc", "dd"]);
        assert_eq!(wrap("abcdefgh i", 5), ["abcdefgh", "i"]);
    }
}
