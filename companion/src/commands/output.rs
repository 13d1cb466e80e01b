//! What a command prints. A reader that has gone away is no error; a full disk is one.

use std::io::{ErrorKind, Write};
use std::sync::OnceLock;

use serde_json::Value;

static FAILURE: OnceLock<String> = OnceLock::new();

/// Prints a text as it is.
pub fn text(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let done = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    if let Err(error) = done
        && error.kind() != ErrorKind::BrokenPipe
    {
        FAILURE.get_or_init(|| error.to_string());
    }
}

/// Prints JSON with two spaces of indentation.
pub fn json(value: &Value) {
    text(&format!("{value:#}\n"));
}

/// Why something could not be printed.
pub fn failure() -> Option<&'static str> {
    FAILURE.get().map(String::as_str)
}
