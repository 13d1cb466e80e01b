//! How Codex shows shell commands.

use serde_json::{Value, json};

/// The command wrapped for the shell, as Codex shows it.
pub(crate) fn wrapped(command: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "_-./=:@%+,".contains(c);
    if !command.is_empty() && command.chars().all(safe) {
        format!("/bin/bash -lc {command}")
    } else if command.contains('\'') && !command.contains(['"', '$', '`', '\\', '!']) {
        format!("/bin/bash -lc \"{command}\"")
    } else {
        format!("/bin/bash -lc '{}'", command.replace('\'', "'\\''"))
    }
}

/// What Codex thinks the command does: it recognises listings, reads and searches.
pub(crate) fn actions(command: &str) -> Value {
    let last = command.rsplit(';').next().unwrap_or(command).trim();
    let mut words = last.split_whitespace();
    match (words.next(), words.next(), words.next()) {
        (Some("ls"), path, None) => {
            json!([{ "type": "listFiles", "command": last, "path": path }])
        }
        (Some("cat"), Some(path), None) => {
            let name = path.rsplit('/').next();
            json!([{ "type": "read", "command": last, "name": name, "path": path }])
        }
        _ => json!([{ "type": "unknown", "command": command }]),
    }
}

/// The command inside `/bin/bash -lc …`.
pub(crate) fn unwrapped(shown: &str) -> String {
    let Some(quoted) = shown.strip_prefix("/bin/bash -lc ") else {
        return shown.to_owned();
    };
    for quote in ['\'', '"'] {
        if let Some(inner) = quoted
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote))
        {
            return inner.replace("'\\''", "'");
        }
    }
    quoted.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_shown_as_codex_shows_them() {
        assert_eq!(wrapped("echo hi; ls"), "/bin/bash -lc 'echo hi; ls'");
        assert_eq!(wrapped("ls"), "/bin/bash -lc ls");
        for command in ["ls", "echo hi; ls", "echo it's", "echo \"it's $x\""] {
            assert_eq!(unwrapped(&wrapped(command)), command);
        }
        assert_eq!(actions("echo hi; ls")[0]["type"], "listFiles");
        assert_eq!(
            actions("sleep 37")[0],
            json!({ "type": "unknown", "command": "sleep 37" })
        );
    }
}
