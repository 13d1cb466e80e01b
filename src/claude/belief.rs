//! What the main thread believes about the run it delegated, from what it was told.
//!
//! Each message is read by the rules in [`rules`]; what it says replaces what was believed before.
//! An Agent call opens a new delegation, about which nothing is known yet. Texts about another job
//! than the delegated one settle that job and leave the delegation alone.

mod rules;

pub use crate::vocabulary::Told;
pub use rules::{Said, say};

use crate::vocabulary::Vocabulary;
use std::collections::BTreeMap;

/// How a text came to the main thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// The result of an Agent call.
    Agent,
    /// The error of an Agent call that failed.
    AgentError,
    /// The context that a hook added.
    HookContext,
    /// The result of a Bash call of the main thread itself, or of reading an output file.
    Output,
    /// A task notification.
    Notification,
    /// What somebody said about a run without being asked: the reason of a Stop hook, a user.
    Remark,
}

/// What the main thread believes.
#[derive(Clone, Debug, Default)]
pub struct Belief {
    told: Told,
    job: Option<String>,
    jobs: BTreeMap<String, Told>,
}

/// What one message changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What is believed about the delegated run after it.
    pub told: Told,
    /// The rules that applied, in order.
    pub rules: Vec<String>,
    /// The job that the message named, the last one of several.
    pub job: Option<String>,
}

impl Belief {
    /// What is believed about the run that was delegated last.
    pub fn told(&self) -> Told {
        self.told
    }

    /// The job of that run, once it was named.
    pub fn job(&self) -> Option<&str> {
        self.job.as_deref()
    }

    /// What is believed about a job that was named.
    pub fn about(&self, job: &str) -> Option<Told> {
        self.jobs.get(job).copied()
    }

    /// Takes in a message.
    pub fn hear(&mut self, origin: Origin, text: &str, vocabulary: &Vocabulary) -> Change {
        if matches!(origin, Origin::Agent | Origin::AgentError) {
            self.told = Told::Unknown;
            self.job = None;
        }
        let said = say(origin, text, vocabulary);
        for said in &said {
            self.take(origin, said);
        }
        Change {
            told: self.told,
            job: said.iter().rev().find_map(|said| said.job.clone()),
            rules: said.into_iter().map(|said| said.rule).collect(),
        }
    }

    fn take(&mut self, origin: Origin, said: &Said) {
        match &said.job {
            Some(job) => {
                self.jobs.insert(job.clone(), said.told);
                let names_it = matches!(origin, Origin::Agent | Origin::HookContext);
                if self.job.is_none() || names_it {
                    self.job = Some(job.clone());
                }
                if self.job.as_deref() == Some(job) {
                    self.told = said.told;
                }
            }
            None => {
                self.told = said.told;
                if let Some(job) = &self.job {
                    self.jobs.insert(job.clone(), said.told);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
