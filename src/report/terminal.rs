//! What a person reads while and after scenarios run.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style};

use crate::run::{Outcome, Verdict};
use crate::runner::{Progress, Request};
use crate::verdict::Failure;

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const KNOWN: Style = AnsiColor::Yellow.on_default();
const FAINT: Style = Style::new().dimmed();

/// Tells the terminal what happens.
pub struct Terminal {
    names: Vec<String>,
    quiet: bool,
    live: bool,
    running: Vec<usize>,
    waiting: Vec<Option<Outcome>>,
    next: usize,
}

impl Terminal {
    /// For the runs of `requests`; `quiet` leaves out what is as it must be.
    pub fn new(requests: &[Request], quiet: bool) -> Terminal {
        Terminal {
            names: requests.iter().map(|request| request.name.clone()).collect(),
            quiet,
            live: io::stderr().is_terminal(),
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
        let names: Vec<&str> = self.running.iter().filter_map(|index| self.names.get(*index)).map(String::as_str).collect();
        let line: String = format!("{}/{} running {}", self.next, self.names.len(), names.join(", ")).chars().take(79).collect();
        let _ = write!(anstream::stderr(), "{FAINT}{line}{FAINT:#}");
        let _ = io::stderr().flush();
    }

    fn tell(&self, outcome: &Outcome) {
        if self.quiet && outcome.verdict == Verdict::Passed {
            return;
        }
        let mut out = anstream::stdout().lock();
        let _ = result_line(&mut out, outcome);
        if matches!(outcome.verdict, Verdict::Failed | Verdict::Broken) {
            let _ = story(&mut out, outcome);
        }
    }

    /// Says what came of all of it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn summary(&mut self, outcomes: &[Outcome], stopped: bool) -> io::Result<()> {
        self.clear();
        let rest: Vec<Outcome> = self.waiting.iter_mut().filter_map(Option::take).collect();
        rest.iter().for_each(|outcome| self.tell(outcome));
        let count = |verdict: Verdict| outcomes.iter().filter(|outcome| outcome.verdict == verdict).count();
        let mut out = anstream::stdout().lock();
        let mut parts = vec![format!("{GOOD}{} passed{GOOD:#}", count(Verdict::Passed))];
        for (verdict, style, word) in [
            (Verdict::Failed, BAD, "failed"),
            (Verdict::KnownBad, KNOWN, "known bad"),
            (Verdict::Mended, BAD, "mended (recorded as bad, now good: update the file)"),
            (Verdict::Broken, BAD, "broken (the harness, not the subject)"),
        ] {
            if count(verdict) > 0 {
                parts.push(format!("{style}{} {word}{style:#}", count(verdict)));
            }
        }
        let simulated: f64 = outcomes.iter().map(|outcome| outcome.virtual_seconds).sum();
        let subject = outcomes.iter().map(|outcome| outcome.subject.as_str()).find(|name| !name.is_empty()).unwrap_or("nothing");
        writeln!(out, "\n{} on {subject}; {} simulated", parts.join(", "), length(simulated))?;
        if stopped {
            writeln!(out, "{KNOWN}stopped before the rest was run{KNOWN:#}")?;
        }
        Ok(())
    }
}

fn result_line(out: &mut impl Write, outcome: &Outcome) -> io::Result<()> {
    let style = match outcome.verdict {
        Verdict::Passed => GOOD,
        Verdict::KnownBad => KNOWN,
        Verdict::Failed | Verdict::Mended | Verdict::Broken => BAD,
    };
    let times = format!("{:>9} in {:>6}", length(outcome.virtual_seconds), wall(outcome.wall_seconds));
    let title = if outcome.title.is_empty() { &outcome.name } else { &outcome.title };
    writeln!(out, "{style}{:>9}{style:#} {FAINT}{times}{FAINT:#}  {title}", outcome.verdict.word())?;
    if let Some(kept) = &outcome.kept {
        writeln!(out, "          kept in {kept}")?;
    }
    Ok(())
}

/// What a failure needs: where it is, what was expected and what came, and how to see more.
fn story(out: &mut impl Write, outcome: &Outcome) -> io::Result<()> {
    if let Some(broken) = &outcome.broken {
        for line in broken.lines() {
            writeln!(out, "          {line}")?;
        }
    }
    for failure in &outcome.failures {
        let at = length(Duration::from_micros(failure.at_us).as_secs_f64());
        let line = if failure.line > 0 { format!("{}:{}", outcome.file, failure.line) } else { outcome.file.clone() };
        writeln!(out, "          {BAD}{}{BAD:#} at {at}, {} ({line})", failure.subject, failure.place)?;
        difference(out, failure)?;
    }
    writeln!(out, "          see the whole story: rescue-harness run {} --events DIR\n", outcome.file)
}

fn difference(out: &mut impl Write, failure: &Failure) -> io::Result<()> {
    let several_lines = failure.expected.contains('\n') || failure.actual.contains('\n');
    if several_lines {
        let diff = similar::TextDiff::from_lines(&failure.expected, &failure.actual);
        for change in diff.iter_all_changes() {
            let (sign, style) = match change.tag() {
                similar::ChangeTag::Delete => ('-', GOOD),
                similar::ChangeTag::Insert => ('+', BAD),
                similar::ChangeTag::Equal => (' ', Style::new()),
            };
            writeln!(out, "            {style}{sign} {}{style:#}", change.value().trim_end_matches('\n'))?;
        }
    } else {
        writeln!(out, "            expected  {GOOD}{}{GOOD:#}", failure.expected)?;
        writeln!(out, "            actual    {BAD}{}{BAD:#}", failure.actual)?;
    }
    if let Some(hint) = &failure.hint {
        writeln!(out, "            {FAINT}{hint}{FAINT:#}")?;
    }
    Ok(())
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
    if seconds < 1.0 { format!("{:.0}ms", seconds * 1000.0) } else { format!("{seconds:.1}s") }
}
