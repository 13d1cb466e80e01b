//! The main thread is told something, believes something, and the truth is noted beside it.

use std::rc::Rc;
use std::time::Duration;

use super::Session;
use super::truth::{Finding, Heard, Truth, output_in};
use crate::claude::belief::Origin;
use crate::engine::{World, sleep};
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
    /// Any of the jobs may be meant: the call is one that the scenario makes up.
    pub(super) is_any: bool,
}

impl About {
    /// Of several jobs the one whose output stands in the text that was returned is meant, and not as a part of another
    /// job's output.
    pub(super) fn of_text(mut self, world: &World, text: &str) -> About {
        let outputs = self
            .jobs
            .iter()
            .filter_map(|job| Some((job.clone(), output_in(world, job, text)?)));
        let outputs: Vec<(String, &str)> = outputs.collect();
        let is_part = |output: &str| {
            let mut others = outputs.iter().map(|(_, other)| *other);
            others.any(|other| other.len() > output.len() && other.contains(output))
        };
        let whole = outputs.iter().filter(|(_, output)| !is_part(output));
        let meant: Vec<String> = whole.map(|(job, _)| job.clone()).collect();
        if !meant.is_empty() {
            self.jobs = meant;
        }
        self
    }
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
            let named = change.job.as_deref();
            self.note_truth(session, change.told, named, about, Heard::Words);
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

    /// Notes what is true about what the main thread of a session believes now; `named` is the job that the text named by
    /// which it came to that.
    ///
    /// Words that name no job are about the job that was named before them, unless the call has jobs of its own and that
    /// is none of them: then it was only quoted.
    pub(super) fn note_truth(
        self: &Rc<Self>,
        session: &str,
        told: Told,
        named: Option<&str>,
        about: &About,
        heard: Heard,
    ) {
        let mut inner = self.inner.borrow_mut();
        let believed = inner.talk(session).belief.job().map(str::to_owned);
        drop(inner);
        let is_own = |job: &String| about.jobs.is_empty() || about.jobs.contains(job);
        let named = named.map(str::to_owned).or(believed.filter(is_own));
        let (jobs, heard) = match named {
            Some(job) => (vec![job], heard),
            None if about.is_any && heard == Heard::Words => {
                (about.jobs.clone(), Heard::WordsAboutOne)
            }
            None => (about.jobs.clone(), heard),
        };
        if jobs.is_empty() && !about.is_run {
            return;
        }
        let truths = self.truths(&jobs);
        let finding = move |jobs| Finding { told, heard, jobs };
        if told != Told::Running {
            let mut inner = self.inner.borrow_mut();
            inner.findings.push(finding(truths));
            return;
        }
        let session = Rc::clone(self);
        self.world.borrow_mut().spawn(async move {
            sleep(&session.world, CONFIRM).await;
            let later = session.truths(&jobs);
            let confirmed = truths.into_iter().zip(&later);
            let truths = confirmed
                .map(|(truth, later)| truth.confirmed(later))
                .collect();
            let mut inner = session.inner.borrow_mut();
            inner.findings.push(finding(truths));
        });
    }

    /// Notes which of the jobs of a call go on although nothing that was told is about them.
    pub(super) fn note_unmentioned(&self, session: &str, jobs: &[String], about: &About) {
        let mut inner = self.inner.borrow_mut();
        let belief = &inner.talk(session).belief;
        let is_meant = |job: &String| belief.job().is_none() && about.jobs.contains(job);
        let unmentioned = jobs
            .iter()
            .filter(|job| belief.about(job).is_none() && !is_meant(job));
        let unmentioned: Vec<String> = unmentioned.cloned().collect();
        drop(inner);
        let mut jobs = self.truths(&unmentioned);
        jobs.retain(|job| !job.ended_before);
        if !jobs.is_empty() {
            self.inner.borrow_mut().findings.push(Finding {
                told: Told::Unknown,
                heard: Heard::Nothing,
                jobs,
            });
        }
    }

    fn truths(&self, jobs: &[String]) -> Vec<Truth> {
        let world = self.world.borrow();
        let inner = self.inner.borrow();
        let truth = |id: &String| Truth::now(&world, id, inner.laid_down.contains(id));
        jobs.iter().map(truth).collect()
    }

    /// What the main thread was told so far, with the truth beside it; each finding is given once.
    pub fn take_findings(&self) -> Vec<Finding> {
        std::mem::take(&mut self.inner.borrow_mut().findings)
    }
}
