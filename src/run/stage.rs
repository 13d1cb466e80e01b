//! Everything that the steps of one scenario share.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use serde_json::Value;

use super::captures::captured;
use super::pause::Pause;
use crate::engine::{Error, Shared};
use crate::scenario::Scenario;
use crate::session::Session;
use crate::subject::Subject;
use crate::verdict::{Captured, Difference, Failure, Judge};

/// What the last call came to.
#[derive(Debug, Clone, Default)]
pub(super) struct Call {
    /// The command's exit code; nothing while it runs or when there was no command.
    pub(super) exit: Option<i32>,
    /// Its standard output.
    pub(super) stdout: String,
    /// Its standard error.
    pub(super) stderr: String,
    /// What the hooks added for the main thread.
    pub(super) contexts: Vec<String>,
}

/// The stage of one scenario.
pub(super) struct Stage {
    pub(super) world: Shared,
    pub(super) subject: Rc<Subject>,
    pub(super) scenario: Rc<Scenario>,
    pub(super) session: Rc<Session>,
    pub(super) pause: OnceCell<Pause>,
    /// Whether every place is told where a gate could hold somebody.
    pub(super) survey: bool,
    /// Tell events as they happen.
    pub(super) follow: Cell<bool>,
    failures: RefCell<Vec<Failure>>,
    last: RefCell<Call>,
}

impl Stage {
    pub(super) fn new(
        world: Shared,
        subject: Rc<Subject>,
        scenario: Rc<Scenario>,
        survey: bool,
    ) -> Result<Stage, Error> {
        let session = Rc::new(Session::new(
            world.clone(),
            Rc::clone(&subject),
            &scenario.claude,
        )?);
        Ok(Stage {
            world,
            subject,
            scenario,
            session,
            pause: OnceCell::new(),
            survey,
            follow: Cell::new(false),
            failures: RefCell::default(),
            last: RefCell::default(),
        })
    }

    pub(super) fn captured(&self) -> Captured {
        captured(self)
    }

    /// Calls `judge` with everything that a comparison needs.
    pub(super) fn judge<T>(&self, judge: impl FnOnce(&Judge<'_>) -> T) -> T {
        let captured = self.captured();
        let living: Vec<i64> = self
            .world
            .borrow()
            .living()
            .into_iter()
            .map(|(pid, _)| i64::from(pid))
            .collect();
        judge(&Judge {
            vocabulary: &self.subject.vocabulary,
            revision: self.subject.revision.as_deref(),
            captured: &captured,
            alive: &|pid| living.contains(&pid),
        })
    }

    /// Notes that something is not as it must be.
    pub(super) fn fail(
        &self,
        line: u64,
        place: &str,
        subject: &str,
        expected: &str,
        actual: &str,
        hint: Option<String>,
    ) {
        let difference = Difference {
            expected: expected.to_owned(),
            actual: actual.to_owned(),
            hint,
        };
        self.differ(line, place, subject, difference, None);
    }

    /// Notes a difference, with what the file would have to say instead.
    pub(super) fn differ(
        &self,
        line: u64,
        place: &str,
        subject: &str,
        difference: Difference,
        suggestion: Option<Value>,
    ) {
        let at_us = u64::try_from(self.world.borrow().now().as_micros()).unwrap_or(u64::MAX);
        self.failures.borrow_mut().push(Failure {
            line,
            place: place.to_owned(),
            subject: subject.to_owned(),
            expected: difference.expected,
            actual: difference.actual,
            hint: difference.hint,
            suggestion,
            at_us,
        });
    }

    /// Notes that something is not as it must be in every run; the same finding counts once.
    pub(super) fn fail_always(&self, subject: &str, expected: &str, actual: &str) {
        let known = self
            .failures
            .borrow()
            .iter()
            .any(|failure| failure.subject == subject && failure.actual == actual);
        if !known {
            self.fail(0, "in every run", subject, expected, actual, None);
        }
    }

    pub(super) fn take_failures(&self) -> Vec<Failure> {
        self.failures.take()
    }

    pub(super) fn set_last(&self, call: Call) {
        *self.last.borrow_mut() = call;
    }

    pub(super) fn last(&self) -> Call {
        self.last.borrow().clone()
    }
}
