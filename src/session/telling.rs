//! The main thread is told something, believes something, and the truth is noted beside it.

use std::rc::Rc;
use std::time::Duration;

use super::Session;
use super::truth::{Finding, Heard, Truth};
use crate::claude::belief::Origin;
use crate::engine::sleep;
use crate::event::What;
use crate::vocabulary::Told;

/// How long after a telling that a run goes on it is looked whether somebody still works on it: what Claude Code kills
/// at the end of a subagent is gone by then.
const CONFIRM: Duration = Duration::from_secs(5);

/// What a telling can be about when it names no job.
#[derive(Debug, Clone, Default)]
pub(super) struct About {
    /// The jobs that came of the call.
    pub(super) jobs: Vec<String>,
    /// The call ran the companion: it is about a run even when no job came of it.
    pub(super) is_run: bool,
}

impl Session {
    /// Tells the main thread of the current session a text that is about no call.
    pub(super) fn tell(self: &Rc<Self>, origin: Origin, text: &str) {
        self.tell_to(&self.id(), origin, text, &About::default());
    }

    /// Tells the main thread of a session a text.
    pub(super) fn tell_to(
        self: &Rc<Self>,
        session: &str,
        origin: Origin,
        text: &str,
        about: &About,
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
            self.note_truth(session, change.told, about, Heard::Words);
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
        about: &About,
    ) {
        for text in contexts {
            let mut inner = self.inner.borrow_mut();
            inner.talk(session).contexts.push(text.clone());
            drop(inner);
            self.tell_to(session, Origin::HookContext, text, about);
        }
    }

    /// Notes what is true about what the main thread of a session believes now.
    pub(super) fn note_truth(
        self: &Rc<Self>,
        session: &str,
        told: Told,
        about: &About,
        heard: Heard,
    ) {
        let mut inner = self.inner.borrow_mut();
        let named = inner.talk(session).belief.job().map(str::to_owned);
        drop(inner);
        let is_recorded = |job: &String| self.world.borrow().jobs().get(job).is_some();
        let jobs = match named {
            Some(job) if is_recorded(&job) || about.jobs.is_empty() => vec![job],
            _ => about.jobs.clone(),
        };
        if jobs.is_empty() && !about.is_run {
            return;
        }
        let truth = Truth::now(&self.world.borrow(), &jobs);
        let finding = move |truth| Finding { told, heard, truth };
        if told != Told::Running {
            let mut inner = self.inner.borrow_mut();
            inner.findings.push(finding(truth));
            return;
        }
        let session = Rc::clone(self);
        self.world.borrow_mut().spawn(async move {
            sleep(&session.world, CONFIRM).await;
            let later = Truth::now(&session.world.borrow(), &jobs);
            let truth = truth.confirmed(&later);
            let mut inner = session.inner.borrow_mut();
            inner.findings.push(finding(truth));
        });
    }

    /// What the main thread was told so far, with the truth beside it; each finding is given once.
    pub fn take_findings(&self) -> Vec<Finding> {
        std::mem::take(&mut self.inner.borrow_mut().findings)
    }
}
