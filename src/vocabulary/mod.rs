//! Vocabulary files: the exact words of a subject.
//!
//! A scenario names what is said (`context: failure`); the vocabulary of the subject says how
//! exactly. One file describes one subject: its revisions with their fingerprints, and named
//! entries, each one text or several texts with the revision that each holds from. A text is a
//! [`Template`]: placeholders such as `{job}` stand for what differs from run to run.
//!
//! ```yaml
//! subject: my-plugin
//! matches: scripts/codex-companion.mjs     # the file that a plugin folder of this subject has
//! revisions:                               # oldest first; may be left out
//!   - {name: 1ba0e0c, fingerprint: 868dbcb1…}
//!   - {name: 80c31f9, follows: 1ba0e0c}    # on another line; `follows` defaults to the one above
//! entries:
//!   no-prompt: "Provide a prompt."                         # one text for every revision
//!   failure: {told: failed, text: "The run failed."}       # and what it makes its reader believe
//!   watcher:
//!     told: running
//!     variants:
//!       - {since: 1ba0e0c, text: "Job {job} runs."}
//! ```
//!
//! Without `subject:` the name of the file is the subject, without `matches:` its folders are told by
//! `bin/codex-companion`. `told` may be left out where the name is one that several vocabularies
//! share, such as `failure`: it means the same everywhere.
//!
//! Texts are written without their final line break, and compared without it.

mod embedded;
mod entry;
mod error;
mod file;
mod fingerprint;
mod lookup;
mod meaning;
mod template;
mod told;

pub use embedded::embedded;
pub use entry::{Entry, Variant};
pub use error::Error;
pub use file::{Revision, Vocabulary};
pub use fingerprint::fingerprint;
pub use lookup::Recognised;
pub use template::{Captures, Template, TemplateError};
pub use told::Told;
