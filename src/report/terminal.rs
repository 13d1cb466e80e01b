//! What a person reads while and after scenarios run.

mod lines;
mod listed;

use std::io::{self, IsTerminal, Write};
use std::time::Instant;

use anstyle::{AnsiColor, Style};

use super::describe::{clock, cut};
use super::live::Live;
use super::story::{Story, story};
use super::text;
use crate::memory::Memory;
use crate::run::{Outcome, Verdict};
use crate::runner::{Progress, Request};
use crate::verdict::Failure;
use lines::{wall, width, wrap};
use listed::listed;

pub(crate) use lines::length;

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const KNOWN: Style = AnsiColor::Yellow.on_default();
const FAINT: Style = Style::new().dimmed();

/// Where lines are narrower, times are left out.
const ROOM_FOR_TIMES: usize = 60;
/// How deep the story of a failure is indented.
const INDENT: &str = "    ";

/// Tells the terminal what happens.
pub struct Terminal {
    names: Vec<String>,
    quiet: bool,
    width: usize,
    memory: Option<Memory>,
    live: Live,
    waiting: Vec<Option<Outcome>>,
    next: usize,
    began: Instant,
}

impl Terminal {
    /// For the runs of `requests`; `quiet` leaves out what is as it must be. `memory` has the last good runs.
    pub fn new(requests: &[Request], quiet: bool, memory: Option<Memory>) -> Terminal {
        let others = requests
            .iter()
            .any(|request| request.follow || request.pause_at.is_some());
        Terminal {
            names: requests
                .iter()
                .map(|request| request.name.clone())
                .collect(),
            quiet,
            width: width(),
            memory,
            live: Live::new(requests.len(), io::stderr().is_terminal() && !others),
            waiting: vec![None; requests.len()],
            next: 0,
            began: Instant::now(),
        }
    }

    /// Takes notice of what happened. Results are told in the order of the scenarios.
    pub fn progress(&mut self, event: &Progress) {
        match event {
            Progress::Began(index) => {
                let name = self.names.get(*index).map_or("", String::as_str);
                self.live.begins(*index, name);
            }
            Progress::Ended(index, outcome) => {
                self.live.ends(*index);
                if let Some(place) = self.waiting.get_mut(*index) {
                    *place = Some((**outcome).clone());
                }
            }
            Progress::Stopping => self
                .live
                .aside(|| tell!("stopping: what has ended is told; Ctrl-C again ends at once")),
        }
        while let Some(outcome) = self.waiting.get_mut(self.next).and_then(Option::take) {
            self.next += 1;
            self.live.aside(|| self.tell(&outcome));
        }
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
        let times = if self.width < ROOM_FOR_TIMES {
            String::new()
        } else {
            format!(
                " {:>7} in {:>5} ",
                length(outcome.virtual_seconds),
                wall(outcome.wall_seconds)
            )
        };
        let title = if outcome.title.is_empty() {
            &outcome.name
        } else {
            &outcome.title
        };
        let before = 10 + times.chars().count();
        let room = self.width.saturating_sub(before + 1).max(10);
        // What does not fit is cut only where nothing depends on it: a failure is told in full.
        let title = if outcome.verdict == Verdict::Passed {
            vec![cut(title, room)]
        } else {
            wrap(title, room)
        };
        let style = style(outcome.verdict);
        let word = outcome.verdict.word();
        for (index, line) in title.iter().enumerate() {
            if index == 0 {
                writeln!(
                    out,
                    "{style}{word:>9}{style:#} {FAINT}{times}{FAINT:#} {line}"
                )?;
            } else {
                writeln!(out, "{:before$} {line}", "")?;
            }
        }
        if let Some(why) = outcome
            .known_bad
            .as_ref()
            .filter(|_| outcome.verdict == Verdict::KnownBad)
        {
            self.wrapped(out, "recorded as bad  ", why)?;
        }
        if outcome.verdict == Verdict::Mended {
            let what = format!("{} records it as bad here: update `history`", outcome.file);
            self.wrapped(out, "now it is good   ", &what)?;
        }
        if let Some(kept) = &outcome.kept {
            writeln!(out, "{INDENT}kept             {kept}")?;
            writeln!(out, "{INDENT}go on by hand    sh {kept}/enter")?;
        }
        Ok(())
    }

    /// What a failure needs: where it is, what was expected and what came, what was true, and how to see more.
    fn story(&self, out: &mut impl Write, outcome: &Outcome, story: &Story) -> io::Result<()> {
        if let Some(broken) = &outcome.broken {
            for line in broken.lines() {
                self.wrapped(out, "", line)?;
            }
            let what = "the harness, which says nothing about the subject; if this file is right, report it with the file";
            self.wrapped(out, "this broke       ", what)?;
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

    /// Expected and actual: short ones beside their names, long ones as a diff of lines.
    fn difference(&self, out: &mut impl Write, failure: &Failure) -> io::Result<()> {
        let (expected, actual) = (&failure.expected, &failure.actual);
        let room = self.width.saturating_sub(INDENT.len() + 12);
        let is_short = |text: &str| !text.contains('\n') && text.chars().count() <= room;
        if is_short(expected) && is_short(actual) {
            self.wrapped(out, "  expected  ", expected)?;
            self.wrapped(out, "  actual    ", actual)?;
        } else {
            writeln!(
                out,
                "{INDENT}  {GOOD}- expected{GOOD:#}, {BAD}+ actual{BAD:#}"
            )?;
            // A paragraph is one long line: what differs in it is seen when both are broken alike.
            let room = self.width.saturating_sub(INDENT.len() + 4).max(20);
            let lines = |text: &str| wrap(text, room).join("\n") + "\n";
            let (expected, actual) = (lines(expected), lines(actual));
            let diff = similar::TextDiff::from_lines(&expected, &actual);
            for change in diff.iter_all_changes() {
                let style = match change.tag() {
                    similar::ChangeTag::Delete => GOOD,
                    similar::ChangeTag::Insert => BAD,
                    similar::ChangeTag::Equal => Style::new(),
                };
                let line = change.value().trim_end_matches('\n');
                writeln!(out, "{INDENT}  {style}{} {line}{style:#}", change.tag())?;
            }
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

    /// Says what came of all of it; `missing` were not run because the user stopped the harness.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn summary(&mut self, outcomes: &[Outcome], missing: usize) -> io::Result<()> {
        self.live.end();
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
        for (verdict, word) in [
            (Verdict::Failed, "failed"),
            (Verdict::KnownBad, "known bad"),
            (Verdict::Mended, "mended"),
            (Verdict::Broken, "broken (the harness, not the subject)"),
        ] {
            if count(verdict) > 0 {
                let style = style(verdict);
                parts.push(format!("{style}{} {word}{style:#}", count(verdict)));
            }
        }
        let simulated: f64 = outcomes.iter().map(|outcome| outcome.virtual_seconds).sum();
        let subject = match text::subjects(outcomes)[..] {
            [] => String::new(),
            ref all => format!(" on {}", all.join(", ")),
        };
        let spent = if self.names.is_empty() {
            String::new()
        } else {
            format!(" in {}", wall(self.began.elapsed().as_secs_f64()))
        };
        let counts = format!("{}{subject}", parts.join(", "));
        let times = format!("{} simulated{spent}", length(simulated));
        let room = anstream::adapter::strip_str(&counts).to_string();
        let together = room.chars().count() + 2 + times.chars().count() <= self.width;
        let between = if together { "; " } else { ";\n" };
        writeln!(out, "\n{counts}{between}{times}")?;
        if missing > 0 {
            writeln!(out, "{KNOWN}stopped: {missing} were not run{KNOWN:#}")?;
        }
        listed(&mut out, outcomes)
    }
}

fn style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Passed => GOOD,
        Verdict::KnownBad => KNOWN,
        Verdict::Failed | Verdict::Mended | Verdict::Broken => BAD,
    }
}
