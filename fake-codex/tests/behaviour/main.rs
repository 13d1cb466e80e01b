//! What the fake does as a process: its faults, its commands, its events.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod client;
mod commands;
mod events;
mod faults;
mod processes;
mod schema;
mod transcripts;
mod turns;
