//! A way into a sandbox for a person: a script with the environment and the folder of the run.

use std::io;
use std::path::Path;

use crate::sandbox::{Environment, Sandbox};

/// The script's name in the sandbox.
const SCRIPT: &str = "enter";

/// Writes the script. With arguments it runs them as a command, without it gives a shell.
pub(super) fn write(
    sandbox: &Sandbox,
    environment: &Environment,
    companion: &Path,
) -> io::Result<()> {
    let mut script = format!(
        "#!/bin/sh\n# Gives a shell in this sandbox, with the environment that the run's processes had.\n\
         # Time is not simulated in it. The next commands to try:\n#   {} status\n#   cat \"$CLAUDE_PLUGIN_DATA\"/state/*/state.json\n\
         [ $# -gt 0 ] || set -- bash --norc -i\ncd {} || exit 1\nexec env -i TERM=\"${{TERM:-dumb}}\"",
        companion.display(),
        quoted(&sandbox.workspace().display().to_string()),
    );
    for (name, value) in environment
        .iter()
        .filter(|(name, _)| *name != "TERM" && *name != crate::sandbox::MARKER)
    {
        script += &format!(
            " \\\n  {}={}",
            name.to_string_lossy(),
            quoted(&value.to_string_lossy())
        );
    }
    script += " \\\n  PS1='in the sandbox \\w \\$ ' \"$@\"\n";
    std::fs::write(sandbox.root().join(SCRIPT), script)
}

/// A text as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quotation_mark_does_not_end_a_word() {
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
