//! Which event brought another about, as far as the log itself tells.

use std::collections::HashMap;

use serde_json::Value;

use super::What;

/// The events that later ones can go back to.
#[derive(Debug, Default)]
pub(super) struct Causes {
    processes: HashMap<i32, u64>,
    signals: HashMap<i32, u64>,
    hook_inputs: HashMap<String, u64>,
    hook_output: Option<u64>,
    /// What the harness did last that makes a process start: a step, or a call of a hook.
    occasion: Option<u64>,
    codex: HashMap<i32, Codex>,
}

/// What one app-server has said and heard.
#[derive(Debug, Default)]
struct Codex {
    /// Requests without an answer yet: who asked (`received` or `sent`), the id as text, the event.
    open: HashMap<(&'static str, String), u64>,
    /// The request that began the turn which is under way.
    turn: Option<u64>,
    /// The end of its input.
    eof: Option<u64>,
}

impl Causes {
    /// The event that caused this one: a process its parent's start or the call that started it, an end the signal
    /// before it, an answer its question, what Codex says in a turn the request for that turn, what a hook says its
    /// input. Takes notice of the event.
    pub(super) fn of(&mut self, seq: u64, what: &What) -> Option<u64> {
        match what {
            What::Step { .. } => {
                self.occasion = Some(seq);
                None
            }
            What::Process { pid, parent, .. } => {
                // The process that the harness starts is told twice: when it is started, and when its program begins.
                let own = self.processes.get(pid).copied();
                let cause = match parent {
                    None => self.occasion,
                    Some(parent) => self.processes.get(parent).copied().or(own),
                };
                self.processes.insert(*pid, seq);
                cause
            }
            What::Signal { pid, .. } => {
                self.signals.insert(*pid, seq);
                None
            }
            What::Exit { pid, .. } => {
                self.processes.remove(pid);
                let eof = self.codex.remove(pid).and_then(|codex| codex.eof);
                self.signals.remove(pid).or(eof)
            }
            What::Codex(report) => self.codex(seq, report),
            What::HookInput { event, .. } => {
                self.hook_inputs.insert(event.clone(), seq);
                self.occasion = Some(seq);
                None
            }
            What::HookOutput { event, .. } => {
                self.hook_output = Some(seq);
                self.occasion = None;
                self.hook_inputs.remove(event)
            }
            What::Told { form, .. } if form == "hook-context" => self.hook_output,
            _ => None,
        }
    }

    fn codex(&mut self, seq: u64, report: &Value) -> Option<u64> {
        let text = |name: &str| report.get(name).and_then(Value::as_str);
        let pid = report.get("pid").and_then(Value::as_i64)?;
        let pid = i32::try_from(pid).ok()?;
        let start = self.processes.get(&pid).copied();
        let codex = self.codex.entry(pid).or_default();
        let (here, there) = match text("kind")? {
            "received" => ("received", "sent"),
            "sent" => ("sent", "received"),
            "start" => return start,
            "eof" => {
                codex.eof = Some(seq);
                return None;
            }
            _ => return None,
        };
        let message = report.get("message")?;
        let id = message.get("id").map(Value::to_string);
        match (id, message.get("method").and_then(Value::as_str)) {
            (Some(id), Some(method)) => {
                codex.open.insert((here, id), seq);
                if matches!(method, "turn/start" | "review/start") {
                    codex.turn = Some(seq);
                    return None;
                }
                codex.turn.filter(|_| here == "sent")
            }
            (Some(id), None) => codex.open.remove(&(there, id)),
            (None, Some("turn/completed")) => codex.turn.take(),
            (None, Some(_)) if message.pointer("/params/turnId").is_some() => codex.turn,
            (None, Some("turn/started" | "thread/status/changed")) => codex.turn,
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn process(pid: i32, parent: Option<i32>) -> What {
        let command = "x".into();
        What::Process {
            pid,
            parent,
            command,
        }
    }

    fn end(pid: i32) -> What {
        let status = "exit 0".into();
        What::Exit { pid, status }
    }

    fn hook(event: &str) -> (What, What) {
        let (event, value) = (event.to_owned(), Value::Null);
        let input = What::HookInput {
            event: event.clone(),
            input: value.clone(),
        };
        let output = What::HookOutput {
            event,
            output: value,
        };
        (input, output)
    }

    fn codex(kind: &str, message: Value) -> What {
        What::Codex(json!({"pid": 7, "kind": kind, "message": message}))
    }

    #[test]
    fn a_process_goes_back_to_its_parent_and_an_end_to_the_signal() {
        let mut causes = Causes::default();
        assert_eq!(causes.of(0, &process(10, Some(1))), None);
        assert_eq!(causes.of(1, &process(11, Some(10))), Some(0));
        let signal = What::Signal {
            pid: 11,
            signal: "SIGTERM".into(),
        };
        assert_eq!(causes.of(2, &signal), None);
        assert_eq!(causes.of(3, &end(11)), Some(2));
        assert_eq!(causes.of(4, &end(10)), None);
    }

    #[test]
    fn what_the_harness_starts_goes_back_to_the_step_or_the_hook_call() {
        let mut causes = Causes::default();
        let step = What::Step {
            ordinal: "1".into(),
            kind: "agent".into(),
        };
        assert_eq!(causes.of(0, &step), None);
        assert_eq!(causes.of(1, &process(10, None)), Some(0));
        assert_eq!(causes.of(2, &process(10, Some(1))), Some(1));
        let (input, _) = hook("PostToolUse");
        causes.of(3, &input);
        assert_eq!(causes.of(4, &process(11, None)), Some(3));
    }

    #[test]
    fn what_the_main_thread_hears_of_a_hook_goes_back_to_the_hooks_input() {
        let mut causes = Causes::default();
        let (input, output) = hook("PostToolUse");
        causes.of(7, &input);
        assert_eq!(causes.of(8, &output), Some(7));
        let told = What::Told {
            form: "hook-context".into(),
            text: "x".into(),
            belief: "done".into(),
        };
        assert_eq!(causes.of(9, &told), Some(8));
    }

    #[test]
    fn an_answer_goes_back_to_its_question_and_a_turn_to_its_request() {
        let mut causes = Causes::default();
        let of =
            |causes: &mut Causes, seq, kind: &str, message| causes.of(seq, &codex(kind, message));
        let start = json!({"id": 4, "method": "turn/start", "params": {}});
        assert_eq!(of(&mut causes, 0, "received", start), None);
        let answer = json!({"id": 4, "result": {}});
        assert_eq!(of(&mut causes, 1, "sent", answer), Some(0));
        let ask = json!({"id": 0, "method": "item/fileChange/requestApproval", "params": {}});
        assert_eq!(of(&mut causes, 2, "sent", ask), Some(0));
        let decision = json!({"id": 0, "result": {}});
        assert_eq!(of(&mut causes, 3, "received", decision), Some(2));
        let item = json!({"method": "item/started", "params": {"turnId": "x"}});
        assert_eq!(of(&mut causes, 4, "sent", item.clone()), Some(0));
        let completed = json!({"method": "turn/completed", "params": {}});
        assert_eq!(of(&mut causes, 5, "sent", completed), Some(0));
        assert_eq!(of(&mut causes, 6, "sent", item), None);
    }

    #[test]
    fn codex_ends_because_its_input_has_ended() {
        let mut causes = Causes::default();
        causes.of(0, &process(7, None));
        causes.of(1, &What::Codex(json!({"pid": 7, "kind": "eof"})));
        assert_eq!(causes.of(2, &end(7)), Some(1));
    }
}
