//! Which event brought another about, as far as the log itself tells.

use std::collections::HashMap;

use super::What;

/// The events that later ones can go back to.
#[derive(Debug, Default)]
pub(super) struct Causes {
    processes: HashMap<i32, u64>,
    signals: HashMap<i32, u64>,
    hook_inputs: HashMap<String, u64>,
}

impl Causes {
    /// The event that caused this one: a process its parent's start, an end the signal before it, what Codex
    /// said its own start, an answer of a hook its input. Takes notice of the event.
    pub(super) fn of(&mut self, seq: u64, what: &What) -> Option<u64> {
        match what {
            What::Process { pid, parent, .. } => {
                // The process that the harness starts is told twice: when it is started, and when its program begins.
                let own = self.processes.get(pid).copied();
                let cause = parent
                    .and_then(|parent| self.processes.get(&parent).copied())
                    .or(own);
                self.processes.insert(*pid, seq);
                cause
            }
            What::Signal { pid, .. } => {
                self.signals.insert(*pid, seq);
                None
            }
            What::Exit { pid, .. } => {
                let signal = self.signals.remove(pid);
                signal.or_else(|| self.processes.remove(pid))
            }
            What::Codex(report) => {
                let pid = report.get("pid").and_then(serde_json::Value::as_i64)?;
                self.processes.get(&i32::try_from(pid).ok()?).copied()
            }
            What::HookInput { event, .. } => {
                self.hook_inputs.insert(event.clone(), seq);
                None
            }
            What::HookOutput { event, .. } => self.hook_inputs.remove(event),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(pid: i32, parent: i32) -> What {
        What::Process {
            pid,
            parent: Some(parent),
            command: "x".into(),
        }
    }

    #[test]
    fn a_process_goes_back_to_its_parent_and_an_end_to_the_signal() {
        let mut causes = Causes::default();
        assert_eq!(causes.of(0, &process(10, 1)), None);
        assert_eq!(causes.of(1, &process(11, 10)), Some(0));
        let signal = What::Signal {
            pid: 11,
            signal: "SIGTERM".into(),
        };
        assert_eq!(causes.of(2, &signal), None);
        let end = |pid| What::Exit {
            pid,
            status: "exit 0".into(),
        };
        assert_eq!(causes.of(3, &end(11)), Some(2));
        assert_eq!(causes.of(4, &end(10)), Some(0));
    }

    #[test]
    fn an_answer_of_a_hook_goes_back_to_its_input() {
        let mut causes = Causes::default();
        let (event, value) = ("PostToolUse".to_owned(), serde_json::Value::Null);
        let input = What::HookInput {
            event: event.clone(),
            input: value.clone(),
        };
        let output = What::HookOutput {
            event,
            output: value,
        };
        causes.of(7, &input);
        assert_eq!(causes.of(8, &output), Some(7));
    }
}
