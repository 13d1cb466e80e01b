//! The command line as people use it: each test is one of their moments.

#![cfg(test)]

mod choosing;
mod edges;
mod place;
mod reading;
mod reproducing;
mod usage;
mod writing;
