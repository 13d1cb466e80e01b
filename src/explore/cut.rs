//! One thing that happens at one place of a run, and its short name.

use std::fmt;

use super::attempt::Attempt;

/// One thing that happens at one place of a run.
///
/// Written `sigkill@worker.12` for the twelfth place that the worker comes to, `sigkill@worker.12+` for the moment after
/// it, `drop@turn/start.1` and `drop@turn/start:reply.1` for a message and its reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// What happens.
    pub attempt: &'static Attempt,
    /// The process in the story, or the message.
    pub whom: String,
    /// Which of its places or passages, from 1.
    pub ordinal: u64,
    /// After it has done what it came to do; else before.
    pub after: bool,
}

impl fmt::Display for Cut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Cut {
            attempt,
            whom,
            ordinal,
            after,
        } = self;
        let mark = if *after { "+" } else { "" };
        write!(formatter, "{}@{whom}.{ordinal}{mark}", attempt.word)
    }
}

impl Cut {
    /// Who is cut, whatever number it has in the story.
    pub fn part(&self) -> &str {
        self.whom.split('#').next().unwrap_or_default()
    }

    /// The words that a title has for it.
    pub fn told(&self) -> String {
        let whom = match self.whom.strip_suffix(":reply") {
            Some(method) => format!("the reply to {method}"),
            None => self.whom.clone(),
        };
        self.attempt.told.replace("{}", &whom)
    }

    pub(super) fn read(text: &str) -> Option<Cut> {
        let (word, place) = text.trim().split_once('@')?;
        let (place, after) = match place.strip_suffix('+') {
            Some(place) => (place, true),
            None => (place, false),
        };
        let (whom, ordinal) = place.rsplit_once('.')?;
        let ordinal = ordinal.parse().ok().filter(|ordinal| *ordinal > 0)?;
        (!whom.is_empty()).then_some(Cut {
            attempt: Attempt::named(word)?,
            whom: whom.to_owned(),
            ordinal,
            after,
        })
    }
}
