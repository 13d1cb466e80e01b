//! Gates that nobody can come to.

use super::words::{is_method, near_method};
use super::{Problem, told};
use crate::yaml::Node;

/// Steps that start a process which may talk with Codex.
const TALKERS: [&str; 6] = ["agent", "bash", "companion", "shell", "watch", "stop"];
/// Steps that start another process which a gate can hold: a hook.
const HOOKS: [&str; 4] = ["hook", "session-start", "session-end", "task-stop"];
/// Operations whose pattern is that of an absolute path.
const FILES: [&str; 6] = ["open", "write", "rename", "save", "unlink", "connect"];

pub(super) fn lint(tree: &Node, found: &mut Vec<Problem>) {
    let Some(gates) = tree.get("gates") else {
        return;
    };
    let has = |steps: &[&str]| {
        let mut has = false;
        told(tree, &mut |_, node| {
            let names = node.entries().iter().filter_map(|(name, _)| name.text());
            has |= names.into_iter().any(|name| steps.contains(&name));
        });
        has
    };
    let (talks, calls_hooks) = (has(&TALKERS), has(&HOOKS));
    for node in gates.items() {
        for when in ["before", "after"] {
            for (operation, pattern) in node.get(when).map(Node::entries).unwrap_or_default() {
                self::operation(operation.text().unwrap_or_default(), pattern, found);
            }
        }
        let operation = ["before", "after"]
            .iter()
            .find_map(|when| node.get(when)?.entries().first()?.0.text());
        if !talks && (operation == Some("message") || !calls_hooks) {
            let remedy =
                "add a step that starts a process, for example `agent:` or `companion:`".to_owned();
            found.push(Problem::new(
                node,
                "nobody comes to this gate: no step starts such a process".into(),
                remedy,
            ));
        }
    }
}

fn operation(operation: &str, node: &Node, found: &mut Vec<Problem>) {
    let Some(pattern) = node.text() else { return };
    if FILES.contains(&operation) && pattern.contains("${") {
        let remedy = "use a pattern such as `*/state.json`; captures have no value before the run"
            .to_owned();
        found.push(Problem::new(
            node,
            "nobody comes to this gate: its pattern has a capture".into(),
            remedy,
        ));
    } else if FILES.contains(&operation)
        && !pattern.starts_with(['/', '*', '?', '[', '@'])
        && !(operation == "connect" && pattern.contains(':'))
    {
        let remedy = format!("write `*/{pattern}`: patterns are compared with absolute paths");
        found.push(Problem::new(
            node,
            format!("nobody comes to this gate: `{pattern}` is no absolute path"),
            remedy,
        ));
    }
    if operation == "message" {
        let method = pattern
            .split_once('/')
            .filter(|(way, _)| matches!(*way, "received" | "sent"));
        match method {
            None => {
                let remedy =
                    "write `received/METHOD` or `sent/METHOD`, for example `received/turn/start`"
                        .to_owned();
                found.push(Problem::new(
                    node,
                    format!("`{pattern}` does not say which way the message goes"),
                    remedy,
                ));
            }
            Some((_, method)) if !method.contains(['*', '?']) && !is_method(method) => {
                let message =
                    format!("nobody comes to this gate: the protocol has no message `{method}`");
                found.push(Problem::new(node, message, near_method(method)));
            }
            Some(_) => {}
        }
    }
}
