//! Simulated Claude Code: the parts that need no process.
//!
//! [`profile`] says what a version does; [`payload`] builds what hooks are given, [`hooks`] reads
//! which hooks a plugin has and [`hook_output`] what they answered; [`tools`] and [`transcript`]
//! make the texts that the main thread is sent, [`relay`] what a subagent makes of a result, and
//! [`belief`] what the main thread makes of it all.

pub mod belief;
pub mod facts;
pub mod hooks;
pub mod matcher;
pub mod profile;
pub mod relay;
mod text;
