//! What an exploration has come to, for people and for machines.

use std::io::Write;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::super::exit::Exit;
use crate::explore::{Case, Explored, Schedule};

/// What came of one scenario, with the files of its findings.
pub(super) type One<'a> = (&'a Case, Explored, Vec<PathBuf>);

/// What came of all.
pub(super) struct Summary<'a> {
    pub(super) label: &'a str,
    pub(super) runs: usize,
    pub(super) seconds: f64,
    pub(super) all: &'a [One<'a>],
}

impl Summary<'_> {
    fn findings(&self) -> usize {
        self.all.iter().map(|(_, it, _)| it.findings.len()).sum()
    }

    pub(super) fn exit(&self) -> Exit {
        if self.all.iter().any(|(_, it, _)| it.stopped) {
            Exit::Interrupted
        } else if self.all.iter().any(|(_, it, _)| !it.broken.is_empty()) {
            Exit::Broken
        } else if self.findings() > 0 {
            Exit::Failed
        } else {
            Exit::Held
        }
    }

    pub(super) fn tell(&self) -> std::io::Result<()> {
        let Summary {
            label,
            runs,
            seconds,
            ..
        } = self;
        let found = match self.findings() {
            0 => "nothing found".to_owned(),
            1 => "1 finding".to_owned(),
            many => format!("{many} findings"),
        };
        let stopped = if self.exit() == Exit::Interrupted {
            ", stopped before the end"
        } else {
            ""
        };
        let speed = *runs as f64 / seconds.max(0.001);
        writeln!(
            anstream::stdout().lock(),
            "\n{found} on {label}{stopped}; {runs} runs in {seconds:.1} s, {speed:.1} a second"
        )
    }

    pub(super) fn json(&self) -> Value {
        let scenarios: Vec<Value> = self.all.iter().map(one_json).collect();
        json!({
            "version": 1,
            "subject": self.label,
            "findings": self.findings(),
            "runs": self.runs,
            "seconds": self.seconds,
            "runsPerSecond": self.runs as f64 / self.seconds.max(0.001),
            "stopped": self.exit() == Exit::Interrupted,
            "scenarios": scenarios,
        })
    }
}

fn one_json((case, explored, files): &One<'_>) -> Value {
    let findings: Vec<Value> = explored
        .findings
        .iter()
        .zip(files)
        .map(|(finding, file)| {
            json!({
                "rule": finding.breach.rule,
                "detail": finding.breach.detail,
                "schedule": finding.schedule.to_string(),
                "also": finding.also.iter().map(Schedule::to_string).collect::<Vec<_>>(),
                "confirmed": finding.confirmed,
                "file": file,
                "scenario": finding.text,
            })
        })
        .collect();
    let broken: Vec<Value> = explored
        .broken
        .iter()
        .map(|(schedule, how)| json!({"schedule": schedule.to_string(), "how": how}))
        .collect();
    json!({
        "name": case.name,
        "file": case.file,
        "possible": explored.total,
        "tried": explored.tried,
        "missed": explored.missed,
        "findings": findings,
        "broken": broken,
    })
}

/// Tells what came of one scenario.
pub(super) fn tell(
    case: &Case,
    explored: &Explored,
    files: &[PathBuf],
    live: bool,
) -> std::io::Result<()> {
    let mut out = anstream::stdout().lock();
    let bold = anstyle::Style::new().bold();
    let red = anstyle::AnsiColor::Red.on_default().bold();
    if live {
        write!(anstream::stderr(), "\r\x1b[K")?;
    }
    let left = explored.total.saturating_sub(explored.tried);
    let rest = match left {
        0 => String::new(),
        left => format!(", {left} left to a larger --budget"),
    };
    let missed = match explored.missed {
        0 => String::new(),
        missed => format!(", {missed} not come to"),
    };
    writeln!(
        out,
        "{bold}{}{bold:#}  {} tried{missed}{rest}",
        case.name, explored.tried
    )?;
    for (finding, file) in explored.findings.iter().zip(files) {
        let more = match finding.also.len() {
            0 => String::new(),
            1 => "  (and 1 other way)".to_owned(),
            many => format!("  (and {many} other ways)"),
        };
        let how = match (finding.confirmed, explored.stopped) {
            (true, _) => "",
            (false, true) => "  (not made small)",
            (false, false) => "  (not seen again when it was run by itself)",
        };
        writeln!(out, "  {red}FOUND{red:#}  {}", finding.breach.rule)?;
        writeln!(out, "         {}", finding.breach.detail)?;
        writeln!(out, "         {}{more}", finding.schedule)?;
        writeln!(out, "         {}{how}", file.display())?;
    }
    for (schedule, how) in &explored.broken {
        let how = how.lines().next().unwrap_or_default();
        writeln!(out, "  {red}BROKEN{red:#} {schedule}: {how}")?;
    }
    Ok(())
}
