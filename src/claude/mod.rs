//! Simulated Claude Code.
