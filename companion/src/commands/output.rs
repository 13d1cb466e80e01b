//! What a command prints. A reader that has gone away is no error.

use std::io::Write;

use serde_json::Value;

/// Prints a text as it is.
pub fn text(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let _ = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
}

/// Prints JSON with two spaces of indentation.
pub fn json(value: &Value) {
    text(&format!("{value:#}\n"));
}
