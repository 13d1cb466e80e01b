//! Loaded threads.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Server;
use crate::git::git_info;
use crate::message::RequestId;
use crate::message::notification::ThreadStatus;
use crate::message::thread::{ThreadSettings, ThreadView};
use crate::script::Usage;
use crate::store::{self, Meta, Record, Stored};

/// A thread that is loaded in this process.
#[derive(Debug)]
pub(super) struct Thread {
    pub meta: Meta,
    pub ephemeral: bool,
    /// The thread whose detached review this is.
    pub forked_from: Option<String>,
    pub name: Option<String>,
    pub path: Option<PathBuf>,
    pub updated: u64,
    pub status: ThreadStatus,
    pub approval: Value,
    pub sandbox: String,
    pub sandbox_named: bool,
    pub total: Usage,
    pub last_usage: Option<(String, Usage)>,
    /// The file exists: it does from the first turn on.
    pub stored: bool,
    /// Interrupts that 0.117 keeps until a turn is interrupted.
    pub waiting_interrupts: Vec<RequestId>,
    /// The error that the next turn of 0.117 ends with, after a rename of an ephemeral thread.
    pub poison: Option<Value>,
}

impl Thread {
    /// A stored thread, loaded.
    pub(super) fn loaded(stored: Stored) -> Self {
        let (total, last_usage) = match stored.usage {
            Some((turn, total, last)) => (total, Some((turn, last))),
            None => (
                Usage {
                    input: 0,
                    cached: 0,
                    output: 0,
                    reasoning: 0,
                },
                None,
            ),
        };
        Self {
            meta: stored.meta,
            ephemeral: false,
            forked_from: None,
            name: stored.name,
            path: Some(stored.path),
            updated: stored.updated,
            status: ThreadStatus::Idle,
            approval: Value::Null,
            sandbox: String::new(),
            sandbox_named: false,
            total,
            last_usage,
            stored: true,
            waiting_interrupts: Vec::new(),
            poison: None,
        }
    }

    /// The thread as a message shows it.
    pub(super) fn view(&self, direct: bool) -> ThreadView {
        ThreadView {
            id: self.meta.id.clone(),
            forked_from: self.forked_from.clone(),
            preview: self.meta.preview.clone(),
            ephemeral: self.ephemeral,
            provider: self.meta.provider.clone(),
            model: self.meta.model.clone(),
            created: self.meta.created,
            updated: self.updated,
            status: self.status.to_value(),
            path: self.path.as_ref().map(|path| path.display().to_string()),
            cwd: self.meta.cwd.clone(),
            originator: self.meta.originator.clone(),
            git: self.meta.git.clone(),
            name: self.name.clone(),
            turns: Vec::new(),
            loaded: true,
            direct,
        }
    }

    /// What the thread may do, for replies.
    pub(super) fn settings(&self, codex_home: String) -> ThreadSettings {
        ThreadSettings {
            model: self.meta.model.clone(),
            provider: self.meta.provider.clone(),
            cwd: self.meta.cwd.clone(),
            approval: self.approval.clone(),
            sandbox: self.sandbox.clone(),
            sandbox_named: self.sandbox_named,
            codex_home,
        }
    }
}

/// A stored thread that is not loaded, as a message shows it.
pub(super) fn view_of_stored(stored: &Stored, with_turns: bool) -> ThreadView {
    ThreadView {
        id: stored.meta.id.clone(),
        forked_from: None,
        preview: stored.meta.preview.clone(),
        ephemeral: false,
        provider: stored.meta.provider.clone(),
        model: stored.meta.model.clone(),
        created: stored.meta.created,
        updated: stored.updated,
        status: ThreadStatus::NotLoaded.to_value(),
        path: Some(stored.path.display().to_string()),
        cwd: stored.meta.cwd.clone(),
        originator: stored.meta.originator.clone(),
        git: stored.meta.git.clone(),
        name: stored.name.clone(),
        turns: if with_turns {
            stored.turns.clone()
        } else {
            Vec::new()
        },
        loaded: false,
        direct: true,
    }
}

impl Server {
    /// Writes records of a thread down, the thread itself first if it is new.
    pub(super) fn store(&mut self, thread: &str, records: &[Record]) {
        let Some(thread) = self.threads.get_mut(thread) else {
            return;
        };
        let (Some(path), true) = (thread.path.clone(), thread.stored) else {
            return;
        };
        if let Err(error) = store::append(&path, records) {
            let path = path.display();
            self.complain(&format!("cannot store the thread in {path}: {error}"));
        }
    }

    /// Makes the thread's file, which the first turn does.
    pub(super) fn materialise(&mut self, id: &str, prompt: &str) {
        let Some(thread) = self.threads.get_mut(id) else {
            return;
        };
        if thread.stored || thread.ephemeral {
            return;
        }
        thread.stored = true;
        thread.meta.preview = prompt.to_owned();
        thread.meta.git = git_info(Path::new(&thread.meta.cwd));
        let mut records = vec![Record::SessionMeta(thread.meta.clone())];
        records.extend(thread.name.clone().map(Record::Name));
        self.store(id, &records);
    }
}
