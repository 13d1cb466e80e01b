//! Subagents: threads that a turn starts, and turns that run beside it.

use std::time::Instant;

use serde_json::json;
use uuid::Uuid;

use super::Server;
use super::runner::{Op, Runner, Wait};
use super::steps::new_id;
use super::thread::Thread;
use crate::clock::unix_millis;
use crate::message::item::{Body, Collab, Item};
use crate::message::notification::ThreadStatus;
use crate::script::{Step, Usage};
use crate::store::Meta;

impl Server {
    /// A new thread with the settings of another; none if there is no such thread.
    pub(super) fn fork(&mut self, parent: &str) -> Option<String> {
        let id = Uuid::now_v7().to_string();
        let now = unix_millis();
        let from = self.threads.get(parent)?;
        let fork = Thread {
            meta: Meta {
                id: id.clone(),
                created: now,
                preview: String::new(),
                ..from.meta.clone()
            },
            ephemeral: true,
            forked_from: None,
            name: None,
            path: None,
            updated: now,
            status: ThreadStatus::Idle,
            approval: from.approval.clone(),
            sandbox: from.sandbox.clone(),
            sandbox_named: from.sandbox_named,
            total: Usage {
                input: 0,
                cached: 0,
                output: 0,
                reasoning: 0,
            },
            last_usage: None,
            stored: false,
            waiting_interrupts: Vec::new(),
            poison: None,
        };
        self.threads.insert(id.clone(), fork);
        Some(id)
    }

    /// Starts a subagent; the call that does it ends.
    pub(super) fn spawn(
        &mut self,
        runner: &mut Runner,
        call: String,
        prompt: String,
        steps: Vec<Step>,
        wait: bool,
    ) {
        let Some(thread) = self.fork(&runner.thread) else {
            return;
        };
        let model = self
            .threads
            .get(&thread)
            .map(|thread| thread.meta.model.clone());
        self.set_status(&thread, ThreadStatus::Idle);
        let states = json!({ thread.clone(): { "status": "pendingInit", "message": null } });
        let collab = Collab {
            tool: "spawnAgent",
            status: "completed",
            sender: runner.thread.clone(),
            receivers: vec![thread.clone()],
            prompt: Some(prompt.clone()),
            model,
            effort: Some("medium".to_owned()),
            states,
        };
        self.finish_item(runner, Item::new(call, Body::Collab(collab), unix_millis()));
        let turn = Uuid::now_v7().to_string();
        let mut child = self.new_runner(&thread, &turn, &prompt, steps);
        let text = json!({ "type": "text", "text": prompt, "text_elements": [] });
        child.ops.push_front(Op::Begin(vec![text]));
        child.wait = Wait::Until(Instant::now());
        child.root.clone_from(&runner.root);
        if wait {
            runner.first(wait_ops(&runner.thread, &thread, child.number));
        }
        self.warn_of_thread(&thread);
        self.warn_of_model(&thread);
        self.runners.push(child);
    }
}

/// The call that waits for a subagent's end.
fn wait_ops(sender: &str, thread: &str, number: u64) -> Vec<Op> {
    let id = new_id("call");
    let item = |status, states| {
        let collab = Collab {
            tool: "wait",
            status,
            sender: sender.to_owned(),
            receivers: vec![thread.to_owned()],
            prompt: None,
            model: None,
            effort: None,
            states,
        };
        Item::new(id.clone(), Body::Collab(collab), unix_millis())
    };
    let done = json!({ thread: { "status": "completed", "message": null } });
    vec![
        Op::Start(item("inProgress", json!({}))),
        Op::Await(number),
        Op::Finish(item("completed", done)),
    ]
}
