//! The main thread is told something, believes something, and the truth is noted beside it.

use std::rc::Rc;
use std::time::Duration;

use super::Session;
use super::truth::{Finding, Truth};
use crate::claude::belief::Origin;
use crate::engine::sleep;
use crate::event::What;
use crate::vocabulary::Told;

/// How long after a telling that a run goes on it is looked whether somebody still works on it: what Claude Code kills
/// at the end of a subagent is gone by then.
const CONFIRM: Duration = Duration::from_secs(5);

impl Session {
    /// Tells the main thread of the current session a text; `jobs` are those that it can be about when it names none.
    pub(super) fn tell(self: &Rc<Self>, origin: Origin, text: &str, jobs: &[String]) {
        self.tell_to(&self.id(), origin, text, jobs);
    }

    /// Tells the main thread of a session a text.
    pub(super) fn tell_to(
        self: &Rc<Self>,
        session: &str,
        origin: Origin,
        text: &str,
        jobs: &[String],
    ) {
        let change = {
            let mut inner = self.inner.borrow_mut();
            let belief = &mut inner.talk(session).belief;
            belief.hear(origin, text, &self.subject.vocabulary)
        };
        let form = match origin {
            Origin::Agent | Origin::AgentError => "tool-result",
            Origin::HookContext => "hook-context",
            Origin::Output => "output",
            Origin::Notification => "task-notification",
            Origin::Remark => "remark",
        };
        let what = What::Told {
            form: form.into(),
            text: text.into(),
            belief: change.told.to_string(),
        };
        self.world.borrow_mut().note("claude", what);
        // What stands in the tool result is only half of what is told: the hook's word comes right after it. Output
        // and notifications that say nothing about a run change nothing that could be held against the truth.
        let is_judged = match origin {
            Origin::HookContext => true,
            Origin::Notification | Origin::Output => !change.rules.is_empty(),
            Origin::Agent | Origin::AgentError | Origin::Remark => false,
        };
        if is_judged {
            self.note_truth(session, change.told, jobs);
        }
    }

    /// Tells the main thread a text of Claude Code's own that is about no run.
    pub(super) fn show(&self, form: &str, text: &str) {
        let what = What::Told {
            form: form.into(),
            text: text.into(),
            belief: self.told().to_string(),
        };
        self.world.borrow_mut().note("claude", what);
    }

    /// What a session's main thread is told of hooks: each text by itself, and kept for what it asks to do.
    pub(super) fn tell_contexts(
        self: &Rc<Self>,
        session: &str,
        contexts: &[String],
        jobs: &[String],
    ) {
        for text in contexts {
            let mut inner = self.inner.borrow_mut();
            inner.talk(session).contexts.push(text.clone());
            drop(inner);
            self.tell_to(session, Origin::HookContext, text, jobs);
        }
    }

    /// Notes what is true about what the main thread of a session believes now.
    pub(super) fn note_truth(self: &Rc<Self>, session: &str, told: Told, jobs: &[String]) {
        let mut inner = self.inner.borrow_mut();
        let named = inner.talk(session).belief.job().map(str::to_owned);
        drop(inner);
        let jobs: Vec<String> = match named {
            Some(job) if self.world.borrow().jobs().get(&job).is_some() => vec![job],
            _ => jobs.to_vec(),
        };
        if jobs.is_empty() {
            return;
        }
        let truth = Truth::now(&self.world.borrow(), &jobs);
        if told != Told::Running {
            self.inner
                .borrow_mut()
                .findings
                .push(Finding { told, truth });
            return;
        }
        let session = Rc::clone(self);
        self.world.borrow_mut().spawn(async move {
            sleep(&session.world, CONFIRM).await;
            let later = Truth::now(&session.world.borrow(), &jobs);
            let truth = truth.confirmed(&later);
            session
                .inner
                .borrow_mut()
                .findings
                .push(Finding { told, truth });
        });
    }

    /// What the main thread was told so far, with the truth beside it; each finding is given once.
    pub fn take_findings(&self) -> Vec<Finding> {
        std::mem::take(&mut self.inner.borrow_mut().findings)
    }
}
