//! Gates that nobody can come to.

use super::words::{is_method, near_method};
use super::{Problem, told};
use crate::yaml::Node;

/// Steps that start a process which a gate can hold.
const STARTERS: [&str; 5] = ["agent", "companion", "shell", "watch", "session-start"];
/// Operations whose pattern is that of an absolute path.
const FILES: [&str; 5] = ["open", "write", "rename", "unlink", "connect"];

pub(super) fn lint(tree: &Node, found: &mut Vec<Problem>) {
    let Some(gates) = tree.get("gates") else {
        return;
    };
    let mut starts = false;
    told(tree, &mut |_, node| {
        let is_step = |name: &str| STARTERS.contains(&name);
        starts |= node
            .entries()
            .iter()
            .any(|(name, _)| name.text().is_some_and(is_step));
    });
    for node in gates.items() {
        for when in ["before", "after"] {
            for (operation, pattern) in node.get(when).map(Node::entries).unwrap_or_default() {
                self::operation(operation.text().unwrap_or_default(), pattern, found);
            }
        }
        if !starts {
            let remedy =
                "add a step that starts a process, for example `agent:` or `companion:`".to_owned();
            found.push(Problem::new(
                node,
                "nobody comes to this gate: no step starts a process".into(),
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
    } else if FILES.contains(&operation) && !pattern.starts_with(['/', '*', '?', '[', '@']) {
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
