//! Runs scenarios that are made up on the way, many at once.

use std::io;
use std::time::Duration;

use serde_json::{Map, Value};

use super::document::{Case, text};
use crate::engine::TimeMode;
use crate::run::Outcome;
use crate::runner::{Interrupt, Progress, Request, SubjectChoice, Workplace, run_all};

/// Why the exploration cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// The user stopped it.
    #[error("stopped")]
    Interrupted,
    /// The runs cannot be started.
    #[error("cannot run the scenarios: {0}")]
    Io(#[from] io::Error),
}

/// Runs scenarios on one subject and counts them.
pub struct Runs<'a> {
    /// The folders that they run in.
    pub workplace: &'a Workplace,
    /// The subject.
    pub subject: SubjectChoice,
    /// How many run at once.
    pub jobs: usize,
    /// Tells when the user wants to stop.
    pub interrupt: &'a Interrupt,
    /// How much late short polls may fire.
    pub coalesce: Option<Duration>,
    /// Is told what goes on: what is being done, how many are done and how many there are.
    pub told: &'a mut dyn FnMut(&str, usize, usize),
    /// How many runs there were.
    pub count: usize,
}

/// One run to make.
pub(super) struct Wanted {
    pub(super) value: Map<String, Value>,
    pub(super) survey: bool,
}

impl Runs<'_> {
    /// How many runs one batch should have, so that all who run are busy and an interruption costs little.
    pub(super) fn width(&self) -> usize {
        self.jobs * 4
    }

    /// Runs everything that is wanted; outcomes come in the same order.
    ///
    /// # Errors
    /// When the user stopped it, or the runs cannot be started.
    pub(super) fn batch(
        &mut self,
        case: &Case,
        wanted: &[Wanted],
    ) -> Result<Vec<Outcome>, Stopped> {
        if self.interrupt.came() {
            return Err(Stopped::Interrupted);
        }
        let requests: Vec<Request> = wanted
            .iter()
            .enumerate()
            .map(|(index, wanted)| self.request(case, self.count + index, wanted))
            .collect();
        self.count += requests.len();
        let outcomes = run_all(
            self.workplace,
            &requests,
            self.jobs,
            self.interrupt,
            &mut |_: Progress| {},
        )?;
        let whole: Option<Vec<Outcome>> = outcomes.into_iter().collect();
        whole.ok_or(Stopped::Interrupted)
    }

    fn request(&self, case: &Case, number: usize, wanted: &Wanted) -> Request {
        Request {
            name: case.name.clone(),
            file: case.file.clone(),
            text: text(&wanted.value),
            subject: self.subject.clone(),
            mode: TimeMode::Virtual,
            coalesce: self.coalesce,
            root: self.workplace.base.join(number.to_string()),
            clock: self.workplace.clock.join(number.to_string()),
            marker: self.workplace.marker(number),
            cpu: None,
            keep: false,
            events: wanted.survey,
            survey: wanted.survey,
            pause_at: None,
            follow: false,
        }
    }
}
