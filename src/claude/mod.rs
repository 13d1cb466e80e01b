//! Simulated Claude Code: the parts that need no process.
//!
//! [`profile`] says what a version does; [`payload`] builds what hooks are given, [`hooks`] reads
//! which hooks a plugin has and [`hook_output`] what they answered; [`tools`] and [`transcript`]
//! make the texts that the main thread is sent, [`relay`] what a subagent makes of a result, and
//! [`belief`] what the main thread makes of it all. [`recording`] brings what the real one did into
//! a form that can be compared.

pub mod belief;
pub mod facts;
pub mod hook_output;
pub mod hooks;
pub mod matcher;
pub mod paths;
pub mod payload;
pub mod profile;
pub mod recording;
pub mod relay;
pub mod stop;
pub(crate) mod text;
pub mod tools;
pub mod transcript;
pub mod watcher;
