//! The table: scenarios down, revisions across.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::engine::TimeMode;
use crate::run::{Outcome, Verdict};
use crate::runner::{Request, SubjectChoice, Workplace};

/// A scenario of the table.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// Its file, as the user knows it.
    pub file: String,
    /// The file's text.
    pub text: String,
    /// Its title.
    pub title: String,
    /// Its sources.
    pub source: Vec<String>,
}

/// A revision of the table.
#[derive(Debug, Clone)]
pub struct Column {
    /// The commit's full id.
    pub commit: String,
    /// How the table calls it.
    pub name: String,
    /// The first line of its message.
    pub subject: String,
    /// Its plugin folder.
    pub plugin: PathBuf,
    /// The revision as the subject's vocabulary names it, when it knows it.
    pub revision: Option<String>,
}

/// What a scenario is on a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Everything is as it must be.
    Green,
    /// Something is not.
    Red,
    /// The harness broke.
    Broken,
    /// It was not run.
    Unknown,
}

/// One scenario on one revision.
#[derive(Debug, Clone)]
pub struct Cell(pub Option<Outcome>);

impl Cell {
    /// What it is.
    pub fn colour(&self) -> Colour {
        match self.0.as_ref().map(|outcome| outcome.verdict) {
            Some(Verdict::Passed | Verdict::Mended) => Colour::Green,
            Some(Verdict::Failed | Verdict::KnownBad) => Colour::Red,
            Some(Verdict::Broken) => Colour::Broken,
            None => Colour::Unknown,
        }
    }

    /// Whether it is other than the scenario's file says of this revision.
    pub fn surprises(&self) -> bool {
        matches!(
            self.0.as_ref().map(|outcome| outcome.verdict),
            Some(Verdict::Failed | Verdict::Mended)
        )
    }

    /// The mark in a table of text.
    pub fn mark(&self, expect: bool) -> &'static str {
        match (self.colour(), expect && self.surprises()) {
            (Colour::Green, false) => ".",
            (Colour::Green, true) => "G!",
            (Colour::Red, false) => "R",
            (Colour::Red, true) => "R!",
            (Colour::Broken, _) => "B",
            (Colour::Unknown, _) => "-",
        }
    }
}

/// Every scenario on every revision.
#[derive(Debug, Clone)]
pub struct Grid {
    /// The scenarios, from top to bottom.
    pub cases: Vec<Case>,
    /// The revisions, from left to right.
    pub columns: Vec<Column>,
    /// The cells, row by row.
    pub cells: Vec<Cell>,
}

/// What is to be run for a grid, row by row.
pub fn requests(cases: &[Case], columns: &[Column], workplace: &Workplace) -> Vec<Request> {
    let pairs = cases
        .iter()
        .flat_map(|case| columns.iter().map(move |column| (case, column)));
    pairs
        .enumerate()
        .map(|(index, (case, column))| Request {
            name: case.name.clone(),
            file: case.file.clone(),
            text: case.text.clone(),
            subject: SubjectChoice::Plugin {
                path: column.plugin.clone(),
                revision: column.revision.clone(),
            },
            mode: TimeMode::Virtual,
            coalesce: None,
            root: workplace.base.join(index.to_string()),
            clock: workplace.clock.join(index.to_string()),
            marker: workplace.marker(index),
            cpu: None,
            keep: false,
            events: false,
            survey: false,
            pause_at: None,
            follow: false,
        })
        .collect()
}

impl Grid {
    /// The cells of a row with their revisions.
    pub fn row(&self, row: usize) -> impl Iterator<Item = (&Column, &Cell)> {
        let width = self.columns.len();
        let cells = self.cells.iter().skip(row * width).take(width);
        self.columns.iter().zip(cells)
    }

    /// How many cells are other than their files say.
    pub fn surprises(&self) -> usize {
        self.cells.iter().filter(|cell| cell.surprises()).count()
    }

    /// How many cells have this colour.
    pub fn count(&self, colour: Colour) -> usize {
        self.cells
            .iter()
            .filter(|cell| cell.colour() == colour)
            .count()
    }

    /// The table for machines.
    pub fn json(&self, expect: bool) -> Value {
        let revisions: Vec<Value> = self
            .columns
            .iter()
            .map(|column| json!({"name": column.name, "commit": column.commit, "subject": column.subject}))
            .collect();
        let scenarios: Vec<Value> = self
            .cases
            .iter()
            .enumerate()
            .map(|(index, case)| {
                let cells: Vec<Value> = self.row(index).map(|(column, cell)| cell_json(column, cell)).collect();
                json!({"name": case.name, "file": case.file, "title": case.title, "source": case.source, "cells": cells})
            })
            .collect();
        json!({"version": 1, "compared": expect, "surprises": self.surprises(), "revisions": revisions, "scenarios": scenarios})
    }
}

fn cell_json(column: &Column, cell: &Cell) -> Value {
    let colour = match cell.colour() {
        Colour::Green => "green",
        Colour::Red => "red",
        Colour::Broken => "broken",
        Colour::Unknown => "not-run",
    };
    let outcome = cell.0.as_ref();
    json!({
        "revision": column.name,
        "colour": colour,
        "surprise": cell.surprises(),
        "failures": outcome.map(|outcome| outcome.failures.clone()).unwrap_or_default(),
        "broken": outcome.and_then(|outcome| outcome.broken.clone()),
        "wallSeconds": outcome.map(|outcome| outcome.wall_seconds),
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::verdict::Failure;

    pub fn outcome(verdict: Verdict) -> Outcome {
        let failure = Failure {
            line: 7,
            place: "at the end".into(),
            subject: "told".into(),
            expected: "failed".into(),
            actual: "<done>".into(),
            hint: None,
            suggestion: None,
            at_us: 0,
        };
        let is_red = matches!(verdict, Verdict::Failed | Verdict::KnownBad);
        Outcome {
            name: "review/f01".into(),
            title: String::new(),
            source: Vec::new(),
            file: "f01.yaml".into(),
            subject: String::new(),
            verdict,
            known_bad: None,
            failures: is_red.then_some(failure).into_iter().collect(),
            broken: None,
            virtual_seconds: 0.0,
            wall_seconds: 0.0,
            clock: None,
            kept: None,
            events: Vec::new(),
        }
    }

    pub fn grid(verdicts: [Verdict; 4]) -> Grid {
        let case = |name: &str| Case {
            name: name.into(),
            file: format!("{name}.yaml"),
            text: String::new(),
            title: "It is so & so".into(),
            source: vec!["F01".into()],
        };
        let column = |name: &str| Column {
            commit: name.repeat(40),
            name: name.into(),
            subject: "first line".into(),
            plugin: PathBuf::new(),
            revision: None,
        };
        Grid {
            cases: vec![case("review/f01"), case("review/f02")],
            columns: vec![column("a"), column("b")],
            cells: verdicts.map(|verdict| Cell(Some(outcome(verdict)))).into(),
        }
    }

    /// One case, red on the first of these revisions and green on the others.
    pub fn wide(names: &[&str]) -> Grid {
        let small = grid([Verdict::Passed; 4]);
        let verdicts = names.iter().enumerate().map(|(index, _)| match index {
            0 => Verdict::KnownBad,
            _ => Verdict::Passed,
        });
        let column = |name: &&str| Column {
            name: (*name).into(),
            ..small.columns[0].clone()
        };
        Grid {
            cases: vec![small.cases[0].clone()],
            columns: names.iter().map(column).collect(),
            cells: verdicts
                .map(|verdict| Cell(Some(outcome(verdict))))
                .collect(),
        }
    }

    #[test]
    fn what_nobody_expected_is_counted() {
        let grid = grid([
            Verdict::KnownBad,
            Verdict::Passed,
            Verdict::Failed,
            Verdict::Mended,
        ]);
        assert_eq!(grid.surprises(), 2);
        assert_eq!(grid.count(Colour::Red), 2);
    }

    #[test]
    fn the_json_has_a_cell_for_each_revision() {
        let json = grid([
            Verdict::KnownBad,
            Verdict::Passed,
            Verdict::Failed,
            Verdict::Broken,
        ])
        .json(true);
        let colours: Vec<_> = json["scenarios"][1]["cells"]
            .as_array()
            .unwrap()
            .iter()
            .map(|cell| cell["colour"].clone())
            .collect();
        assert_eq!(colours, ["red", "broken"]);
        assert_eq!(json["surprises"], 1);
    }
}
