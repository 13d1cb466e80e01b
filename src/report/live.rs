//! What a person sees while scenarios run: how far it is, and a line for each that runs now.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// How often the lines are drawn again, so that one sees that something moves.
const REDRAWN: Duration = Duration::from_millis(120);

/// The lines at the foot of the terminal; nothing where standard error is none.
pub(super) struct Live {
    lines: MultiProgress,
    total: ProgressBar,
    running: BTreeMap<usize, ProgressBar>,
}

impl Live {
    /// For this many scenarios. `shown` is false where something else uses the terminal.
    pub(super) fn new(scenarios: usize, shown: bool) -> Live {
        let lines = MultiProgress::new();
        if !shown {
            lines.set_draw_target(indicatif::ProgressDrawTarget::hidden());
        }
        let total = lines.add(ProgressBar::new(scenarios as u64));
        total.set_style(style("{pos:>5}/{len} {wide_bar} {elapsed:>4}").progress_chars("=> "));
        Live {
            lines,
            total,
            running: BTreeMap::new(),
        }
    }

    pub(super) fn begins(&mut self, index: usize, name: &str) {
        if self.running.is_empty() && !self.lines.is_hidden() {
            self.total.enable_steady_tick(REDRAWN);
        }
        let line = self
            .lines
            .insert_before(&self.total, ProgressBar::new_spinner());
        line.set_style(style("  running {wide_msg} {elapsed:>4}"));
        line.set_message(name.to_owned());
        if !self.lines.is_hidden() {
            line.enable_steady_tick(REDRAWN);
        }
        self.running.insert(index, line);
    }

    pub(super) fn ends(&mut self, index: usize) {
        if let Some(line) = self.running.remove(&index) {
            line.finish_and_clear();
            self.lines.remove(&line);
        }
        self.total.inc(1);
    }

    /// Writes to the terminal between the lines.
    pub(super) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.lines.suspend(write)
    }

    /// Takes the lines away.
    pub(super) fn end(&mut self) {
        for line in std::mem::take(&mut self.running).into_values() {
            line.finish_and_clear();
        }
        self.total.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_lines_have_a_template_that_is_understood() {
        for template in [
            "{pos:>5}/{len} {wide_bar} {elapsed:>4}",
            "  running {wide_msg} {elapsed:>4}",
        ] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }

    #[test]
    fn a_line_that_never_began_may_end() {
        let mut live = Live::new(1, false);
        live.ends(7);
        live.begins(0, "a");
        live.end();
    }
}
