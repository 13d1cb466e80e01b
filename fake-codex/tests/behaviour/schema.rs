//! Messages against what the real Codex's JSON Schemas say.
