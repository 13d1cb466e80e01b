//! Tries what nobody wrote: faults, signals, failures, other commands and pauses at every place that a run comes to.
//!
//! A scenario is run once with a survey, whose events name each place where a gate can hold a process and each message
//! of the protocol. A [`Cut`] is one thing that happens at one of these places; cuts become gates and faults of the
//! scenario, so that what is found is again a scenario. Only what must hold in every run is judged. What breaks is made
//! as small as it gets and written as a file that `run` shows to be red.

mod attempt;
mod cut;
mod document;
mod finding;
mod pattern;
mod runs;
mod schedule;
mod search;
mod shrink;
mod story;
mod survey;
mod tries;
mod yaml;

pub use attempt::{Attempt, Family};
pub use cut::Cut;
pub use document::{Case, NotExplorable};
pub use finding::{Breach, Finding};
pub use runs::{Runs, Stopped};
pub use schedule::{Schedule, Unfit, Unreadable};
pub use search::{Explored, Failed, Options, explore, places, replay};
pub use story::scenario;
