//! What a person reads while and after scenarios run.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style};

use super::describe::{clock, cut};
use super::story::{Story, story};
use super::text;
use crate::memory::Memory;
use crate::run::{Outcome, Verdict};
use crate::runner::{Progress, Request};
use crate::verdict::Failure;

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const KNOWN: Style = AnsiColor::Yellow.on_default();
const FAINT: Style = Style::new().dimmed();

/// How wide lines are when the terminal does not say.
const WIDTH: usize = 80;
/// How deep the story of a failure is indented.
const INDENT: &str = "    ";

/// Tells the terminal what happens.
pub struct Terminal {
    names: Vec<String>,
    quiet: bool,
    live: bool,
    width: usize,
    memory: Option<Memory>,
    running: Vec<usize>,
    waiting: Vec<Option<Outcome>>,
    next: usize,
}

impl Terminal {
    /// For the runs of `requests`; `quiet` leaves out what is as it must be. `memory` has the last good runs.
    pub fn new(requests: &[Request], quiet: bool, memory: Option<Memory>) -> Terminal {
        let columns = std::env::var("COLUMNS")
            .ok()
            .and_then(|columns| columns.parse().ok());
        Terminal {
            names: requests
                .iter()
                .map(|request| request.name.clone())
                .collect(),
            quiet,
            live: io::stderr().is_terminal(),
            width: columns.filter(|columns| *columns >= 40).unwrap_or(WIDTH),
            memory,
            running: Vec::new(),
            waiting: vec![None; requests.len()],
            next: 0,
        }
    }

    /// Takes notice of what happened. Results are told in the order of the scenarios.
    pub fn progress(&mut self, event: &Progress) {
        self.clear();
        match event {
            Progress::Began(index) => self.running.push(*index),
            Progress::Ended(index, outcome) => {
                self.running.retain(|running| running != index);
                if let Some(place) = self.waiting.get_mut(*index) {
                    *place = Some((**outcome).clone());
                }
            }
        }
        while let Some(outcome) = self.waiting.get_mut(self.next).and_then(Option::take) {
            self.next += 1;
            self.tell(&outcome);
        }
        self.draw();
    }

    fn clear(&self) {
        if self.live && !self.running.is_empty() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }

    fn draw(&self) {
        if !self.live || self.running.is_empty() {
            return;
        }
        let names: Vec<&str> = self
            .running
            .iter()
            .filter_map(|index| self.names.get(*index))
            .map(String::as_str)
            .collect();
        let line = cut(
            &format!(
                "{}/{} running {}",
                self.next,
                self.names.len(),
                names.join(", ")
            ),
            self.width - 1,
        );
        let _ = write!(anstream::stderr(), "{FAINT}{line}{FAINT:#}");
        let _ = io::stderr().flush();
    }

    /// Tells one result, and the story of it when it is bad.
    pub fn tell(&self, outcome: &Outcome) {
        if self.quiet && outcome.verdict == Verdict::Passed {
            return;
        }
        let mut out = anstream::stdout().lock();
        let _ = self.result(&mut out, outcome);
        if matches!(outcome.verdict, Verdict::Failed | Verdict::Broken) {
            let good = self.memory.as_ref().and_then(|memory| memory.good(outcome));
            let story = story(outcome, good.as_deref());
            let _ = self.story(&mut out, outcome, &story);
        }
    }

    fn result(&self, out: &mut impl Write, outcome: &Outcome) -> io::Result<()> {
        let style = match outcome.verdict {
            Verdict::Passed => GOOD,
            Verdict::KnownBad => KNOWN,
            Verdict::Failed | Verdict::Mended | Verdict::Broken => BAD,
        };
        let times = format!(
            "{:>7} in {:>5}",
            length(outcome.virtual_seconds),
            wall(outcome.wall_seconds)
        );
        let title = if outcome.title.is_empty() {
            &outcome.name
        } else {
            &outcome.title
        };
        // What does not fit is cut only where nothing depends on it: a failure is told in full.
        let room = self.width.saturating_sub(28);
        let title = if outcome.verdict == Verdict::Passed {
            cut(title, room)
        } else {
            title.clone()
        };
        writeln!(
            out,
            "{style}{:>9}{style:#} {FAINT}{times}{FAINT:#}  {title}",
            outcome.verdict.word()
        )?;
        if let Some(kept) = &outcome.kept {
            writeln!(
                out,
                "{INDENT}kept in {kept}; go on by hand: sh {kept}/enter"
            )?;
        }
        Ok(())
    }

    /// What a failure needs: where it is, what was expected and what came, what was true, and how to see more.
    fn story(&self, out: &mut impl Write, outcome: &Outcome, story: &Story) -> io::Result<()> {
        if let Some(broken) = &outcome.broken {
            for line in broken.lines() {
                self.wrapped(out, "", line)?;
            }
        }
        for failure in &outcome.failures {
            let at = clock(failure.at_us);
            writeln!(
                out,
                "{INDENT}{BAD}{}{BAD:#} at {at}, {}",
                failure.subject, failure.place
            )?;
            writeln!(
                out,
                "{INDENT}  {FAINT}{}{FAINT:#}",
                text::place(outcome, failure)
            )?;
            self.difference(out, failure)?;
        }
        if let Some(told) = &story.told {
            self.wrapped(out, "Claude believes  ", told)?;
        }
        for truth in &story.truth {
            self.wrapped(out, "what is true     ", truth)?;
        }
        if let Some((then, now)) = &story.differs {
            self.wrapped(out, "last good run    ", then)?;
            self.wrapped(out, "this run         ", now)?;
        }
        writeln!(
            out,
            "{INDENT}see more         rescue-harness show {}\n",
            outcome.name
        )
    }

    fn difference(&self, out: &mut impl Write, failure: &Failure) -> io::Result<()> {
        if failure.expected.contains('\n') || failure.actual.contains('\n') {
            writeln!(
                out,
                "{INDENT}  {GOOD}- expected{GOOD:#}, {BAD}+ actual{BAD:#}"
            )?;
            let diff = similar::TextDiff::from_lines(&failure.expected, &failure.actual);
            for change in diff.iter_all_changes() {
                let style = match change.tag() {
                    similar::ChangeTag::Delete => GOOD,
                    similar::ChangeTag::Insert => BAD,
                    similar::ChangeTag::Equal => Style::new(),
                };
                writeln!(
                    out,
                    "{INDENT}  {style}{} {}{style:#}",
                    change.tag(),
                    change.value().trim_end_matches('\n')
                )?;
            }
        } else {
            self.wrapped(out, "  expected  ", &failure.expected)?;
            self.wrapped(out, "  actual    ", &failure.actual)?;
        }
        match &failure.hint {
            Some(hint) => self.wrapped(out, "  ", hint),
            None => Ok(()),
        }
    }

    /// Writes a text after a label, broken between words so that it fits.
    fn wrapped(&self, out: &mut impl Write, label: &str, text: &str) -> io::Result<()> {
        let room = self
            .width
            .saturating_sub(INDENT.len() + label.len())
            .max(20);
        for (index, line) in wrap(text, room).iter().enumerate() {
            let label = if index == 0 {
                label.to_owned()
            } else {
                " ".repeat(label.len())
            };
            writeln!(out, "{INDENT}{FAINT}{label}{FAINT:#}{line}")?;
        }
        Ok(())
    }

    /// Says what came of all of it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn summary(&mut self, outcomes: &[Outcome], stopped: bool) -> io::Result<()> {
        self.clear();
        let rest: Vec<Outcome> = self.waiting.iter_mut().filter_map(Option::take).collect();
        rest.iter().for_each(|outcome| self.tell(outcome));
        let count = |verdict: Verdict| {
            outcomes
                .iter()
                .filter(|outcome| outcome.verdict == verdict)
                .count()
        };
        let mut out = anstream::stdout().lock();
        let mut parts = vec![format!("{GOOD}{} passed{GOOD:#}", count(Verdict::Passed))];
        for (verdict, style, word) in [
            (Verdict::Failed, BAD, "failed"),
            (Verdict::KnownBad, KNOWN, "known bad"),
            (
                Verdict::Mended,
                BAD,
                "mended (recorded as bad, now good: update the file)",
            ),
            (
                Verdict::Broken,
                BAD,
                "broken (the harness, not the subject)",
            ),
        ] {
            if count(verdict) > 0 {
                parts.push(format!("{style}{} {word}{style:#}", count(verdict)));
            }
        }
        let simulated: f64 = outcomes.iter().map(|outcome| outcome.virtual_seconds).sum();
        let subject = outcomes
            .iter()
            .map(|outcome| outcome.subject.as_str())
            .find(|name| !name.is_empty())
            .unwrap_or("nothing");
        writeln!(
            out,
            "\n{} on {subject}; {} simulated",
            parts.join(", "),
            length(simulated)
        )?;
        if stopped {
            writeln!(out, "{KNOWN}stopped before the rest was run{KNOWN:#}")?;
        }
        Ok(())
    }
}

/// The lines of a text, broken between words so that each has `room` characters at most where words allow it.
fn wrap(text: &str, room: usize) -> Vec<String> {
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
fn length(seconds: f64) -> String {
    let whole = Duration::from_secs_f64(seconds.max(0.0));
    let total = whole.as_secs();
    match (total / 3600, total / 60 % 60, total % 60) {
        (0, 0, s) => format!("{s}.{}s", whole.subsec_millis() / 100),
        (0, m, s) => format!("{m}m{s:02}s"),
        (h, m, _) => format!("{h}h{m:02}m"),
    }
}

fn wall(seconds: f64) -> String {
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
