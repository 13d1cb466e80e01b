//! A way into a sandbox for a person: a script with the environment and the folder of the run.

use std::io;
use std::path::Path;

use crate::sandbox::{Environment, Sandbox};

/// The script's name in the sandbox.
const SCRIPT: &str = "enter";
/// The file beside it that tells the way into the run's time, as long as the run stands still.
pub(super) const CLOCK: &str = "clock";

/// Writes the script. With arguments it runs them as a command, without it gives a shell.
pub(super) fn write(
    sandbox: &Sandbox,
    environment: &Environment,
    companion: &Path,
) -> io::Result<()> {
    let companion = quoted(&companion.display().to_string());
    let mut script = format!(
        "#!/bin/sh\n# Gives a shell in this sandbox, with the environment that the run's processes had.\n\
         here=$(dirname \"$0\")\n\
         if [ $# -eq 0 ]; then\n  \
         echo 'try:  '{companion}' status' >&2\n  \
         echo '      cat \"$CLAUDE_PLUGIN_DATA\"/state/*/state.json' >&2\n  \
         [ -r \"$here/{CLOCK}\" ] || echo 'time is that of the wall in here' >&2\n  \
         set -- bash --norc -i\nfi\n\
         clock=$(cat \"$here/{CLOCK}\" 2>/dev/null)\n\
         cd {} || exit 1\nexec env -i TERM=\"${{TERM:-dumb}}\" $clock",
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
pub fn quoted(text: &str) -> String {
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
