//! Commands, file changes, approvals, elicitations: what they show and do.

use serde_json::{Map, Value, json};

use super::Server;
use super::command::process_number;
use super::decision::{AfterAnswer, Decision, after_answer};
use super::patch::{change_value, kind_and_diff};
use super::runner::{Op, Runner, Wait};
use super::steps::new_id;
use crate::clock::unix_millis;
use crate::message::item::{Body, Command, Item};
use crate::message::notification::{Event, ThreadStatus};
use crate::message::request::{Place, ServerRequest};
use crate::script::{Approve, Elicit, Patch, Reaction, Run, ToolStatus, Write};
use crate::shell::{actions, wrapped};

const fn status_name(status: ToolStatus) -> &'static str {
    match status {
        ToolStatus::Completed => "completed",
        ToolStatus::Failed => "failed",
        ToolStatus::Declined => "declined",
    }
}

impl Server {
    fn cwd(&self, runner: &Runner) -> String {
        self.threads
            .get(&runner.thread)
            .map(|thread| thread.meta.cwd.clone())
            .unwrap_or_default()
    }

    /// The command as it is shown while it runs.
    fn command_of(&self, runner: &Runner, run: &Run) -> Command {
        Command {
            command: wrapped(&run.command),
            cwd: self.cwd(runner),
            process_id: Some(process_number()),
            source: "unifiedExecStartup",
            status: "inProgress",
            actions: actions(&run.command),
            output: None,
            exit: None,
            duration: None,
        }
    }

    pub(super) fn run_ops(&mut self, runner: &Runner, run: Run) -> Vec<Op> {
        let id = run.id.clone().unwrap_or_else(|| new_id("call"));
        let command = self.command_of(runner, &run);
        let item = Item::new(id.clone(), Body::Command(command.clone()), unix_millis());
        let mut ops = vec![Op::Start(item)];
        ops.extend(carry_out(&id, command, run));
        ops
    }

    pub(super) fn write_ops(&mut self, runner: &Runner, write: Write) -> Vec<Op> {
        let id = new_id("call");
        let path = std::path::Path::new(&self.cwd(runner)).join(&write.path);
        let (kind, diff) = kind_and_diff(&path, &write.content);
        let changes = json!([change_value(&path, kind, &diff)]);
        let started = Body::FileChange {
            changes: changes.clone(),
            status: "inProgress",
        };
        let completed = Body::FileChange {
            changes,
            status: "completed",
        };
        vec![
            Op::Start(Item::new(id.clone(), started, unix_millis())),
            Op::WriteFile(path, write.content),
            Op::Finish(Item::new(id, completed, unix_millis())),
            Op::TellDiff,
        ]
    }

    pub(super) fn patch_ops(&mut self, runner: &Runner, patch: Patch) -> Vec<Op> {
        let id = patch.id.unwrap_or_else(|| new_id("call"));
        let cwd = self.cwd(runner);
        let changes: Vec<Value> = patch
            .changes
            .iter()
            .map(|change| {
                let path = std::path::Path::new(&cwd).join(&change.path);
                change_value(&path, change.kind, &change.diff)
            })
            .collect();
        let body = |status| Body::FileChange {
            changes: changes.clone().into(),
            status,
        };
        let mut ops = vec![Op::Start(Item::new(
            id.clone(),
            body("inProgress"),
            unix_millis(),
        ))];
        ops.extend(patch.deltas.into_iter().map(|delta| {
            Op::Tell(Event::PatchDelta {
                item: id.clone(),
                delta,
            })
        }));
        if !patch.unfinished {
            ops.push(Op::Finish(Item::new(
                id,
                body(status_name(patch.status)),
                unix_millis(),
            )));
        }
        ops
    }

    pub(super) fn approve_ops(&mut self, runner: &Runner, approve: Approve) -> Vec<Op> {
        let Approve {
            run,
            write,
            patch,
            then,
        } = approve;
        if let Some(run) = run {
            return self.approve_command(runner, run.0, then);
        }
        let mut ops = match (write, patch) {
            (Some(write), _) => self.write_ops(runner, write),
            (None, Some(patch)) => self.patch_ops(runner, patch),
            (None, None) => return Vec::new(),
        };
        if ops.is_empty() {
            return ops;
        }
        let rest = ops.split_off(1);
        let Some(Op::Start(item)) = ops.first().cloned() else {
            return ops;
        };
        let request = ServerRequest::ApproveFileChange {
            place: place(runner, &item.id),
            at: unix_millis(),
        };
        ops.push(Op::Status(ThreadStatus::WaitingOnApproval));
        ops.push(Op::Ask(
            Box::new(request),
            Box::new(AfterAnswer::FileChange(item, rest, then)),
        ));
        ops
    }

    fn approve_command(&mut self, runner: &Runner, run: Run, then: Reaction) -> Vec<Op> {
        let id = run.id.clone().unwrap_or_else(|| new_id("call"));
        let mut command = self.command_of(runner, &run);
        command.process_id = None;
        command.source = "agent";
        let request = ServerRequest::ApproveCommand {
            place: place(runner, &id),
            command: Box::new(command.clone()),
            at: unix_millis(),
        };
        let item = Item::new(id.clone(), Body::Command(command.clone()), unix_millis());
        let after = AfterAnswer::Command(Box::new(command), id, run, then);
        let ask = Op::Ask(Box::new(request), Box::new(after));
        let waiting = Op::Status(ThreadStatus::WaitingOnApproval);
        if self.version.asks_before_command() {
            vec![waiting, ask]
        } else {
            vec![waiting, Op::Start(item), ask]
        }
    }

    pub(super) fn elicit_ops(&mut self, runner: &Runner, elicit: Elicit) -> Vec<Op> {
        let schema = elicit
            .schema
            .unwrap_or_else(|| json!({ "type": "object", "properties": {} }));
        let item = self.mcp_call(&elicit.server, "inProgress", &Value::Null);
        let request = ServerRequest::Elicit {
            place: place(runner, &item.id),
            server: elicit.server,
            message: elicit.message,
            schema,
        };
        vec![
            Op::Start(item.clone()),
            Op::Ask(
                Box::new(request),
                Box::new(AfterAnswer::Elicited(item, elicit.then)),
            ),
        ]
    }

    /// The call of an MCP tool, in the course of which a server asks the user.
    fn mcp_call(&self, server: &str, status: &str, error: &Value) -> Item {
        let mut fields = json!({
            "server": server, "tool": "ask", "status": status, "arguments": {},
            "result": null, "error": error, "durationMs": null,
        });
        if self.version.has_times() {
            fields["mcpAppResourceUri"] = Value::Null;
            fields["pluginId"] = Value::Null;
        }
        let fields = match fields {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        let body = Body::Other {
            kind: "mcpToolCall".to_owned(),
            fields,
        };
        Item::new(new_id("call"), body, unix_millis())
    }

    /// The client answered a request of this runner.
    pub(super) fn answered(&mut self, number: u64, id: u64, answer: &Map<String, Value>) {
        let Some(index) = self
            .runners
            .iter()
            .position(|runner| runner.number == number)
        else {
            return;
        };
        let mut runner = self.runners.remove(index);
        match std::mem::replace(&mut runner.wait, Wait::Nothing) {
            Wait::Answer(expected, after) if expected == id => {
                let decision = Decision::of(answer);
                self.notify_about(&runner.thread, None, Event::RequestResolved(id));
                let ops = after_answer(*after, decision, self.version);
                runner.first(ops);
            }
            other => runner.wait = other,
        }
        self.runners.insert(index, runner);
    }
}

fn place(runner: &Runner, item: &str) -> Place {
    Place {
        thread: runner.thread.clone(),
        turn: runner.turn.clone(),
        item: item.to_owned(),
    }
}

/// The operations that carry out a command whose item has begun.
pub(super) fn carry_out(id: &str, mut command: Command, run: Run) -> Vec<Op> {
    if run.really && !run.unfinished {
        let item = Item::new(id, Body::Command(command), unix_millis());
        return vec![Op::Launch(item, run.command)];
    }
    let mut ops: Vec<Op> = run
        .deltas
        .into_iter()
        .map(|delta| {
            Op::Tell(Event::OutputDelta {
                item: id.to_owned(),
                delta,
            })
        })
        .collect();
    if run.unfinished {
        return ops;
    }
    if !run.takes.get().is_zero() {
        ops.push(Op::Sleep(run.takes.get()));
    }
    command.status = if run.exit == 0 { "completed" } else { "failed" };
    command.output = (!run.output.is_empty()).then_some(run.output);
    command.exit = Some(run.exit);
    command.duration = u64::try_from(run.takes.get().as_millis()).ok();
    let item = Item::new(id, Body::Command(command), unix_millis());
    ops.push(match run.outlives {
        Some(after) => Op::FinishLate(item, after.get()),
        None => Op::Finish(item),
    });
    ops
}
