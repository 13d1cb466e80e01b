//! Replaying: playing the server's side of a transcript.

use std::collections::HashMap;
use std::io::{self, BufRead, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Transcript, Way};

/// Why a transcript cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The client sends something else than was recorded.
    #[error(
        "the client sent {found} where the transcript has {expected}; replay needs a client that asks the same in the same order, otherwise make a script of the transcript"
    )]
    Unlike {
        /// What was recorded.
        expected: String,
        /// What came.
        found: String,
    },
    /// A stream failed.
    #[error("cannot talk to the client: {0}")]
    Stream(#[from] io::Error),
}

/// Plays the server's side of a transcript on the standard streams, in its recorded time.
///
/// What the client asks is matched by method, and its ids are put into the replies. Paths that were
/// redacted, such as `${HOME}/x`, become those of this process. Returns how the recorded process
/// ended, which this one is to repeat.
///
/// # Errors
/// See [`ReplayError`].
pub fn replay(transcript: &Transcript) -> Result<ExitStatus, ReplayError> {
    let mut player = Player {
        from: io::stdin().lock(),
        to: io::stdout().lock(),
        ids: HashMap::new(),
        clock: 0.0,
        ended: false,
    };
    for entry in &transcript.entries {
        match entry.dir {
            Way::ToServer => player.take(&entry.msg)?,
            Way::ToServerRaw => drop(player.line()?),
            Way::ToClient => player.send(&entry.msg, entry.t)?,
            Way::ToClientRaw => player.write(entry.msg.as_str().unwrap_or_default(), entry.t)?,
            Way::Stderr => eprintln!("{}", entry.msg.as_str().unwrap_or_default()),
            Way::Meta if entry.msg["action"] == "close stdin" => while player.line()?.is_some() {},
            Way::Meta => {}
        }
        // The server's own time begins again with each message that it takes.
        if matches!(entry.dir, Way::ToServer | Way::ToServerRaw) {
            player.clock = entry.t;
        }
    }
    let exit = transcript
        .entries
        .iter()
        .rev()
        .find_map(|entry| entry.msg["exit"].as_i64());
    let exit = exit.and_then(|exit| i32::try_from(exit).ok()).unwrap_or(0);
    // As the system tells it: an exit code in the second byte, a signal in the first.
    let raw = if exit < 0 { -exit } else { (exit & 0xff) << 8 };
    Ok(ExitStatus::from_raw(raw))
}

struct Player<R, W> {
    from: R,
    to: W,
    /// The client's ids by the recorded ones.
    ids: HashMap<String, Value>,
    clock: f64,
    ended: bool,
}

impl<R: BufRead, W: Write> Player<R, W> {
    /// The next line of the client; none at its end.
    fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = String::new();
        if self.ended || self.from.read_line(&mut line)? == 0 {
            self.ended = true;
            return Ok(None);
        }
        Ok(Some(line))
    }

    fn take(&mut self, recorded: &Value) -> Result<(), ReplayError> {
        let expected = name(recorded);
        let line = self.line()?;
        let message: Value = line
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        let found = if line.is_none() {
            "nothing more".to_owned()
        } else {
            name(&message)
        };
        if found != expected {
            return Err(ReplayError::Unlike { expected, found });
        }
        if let (Some(theirs), Some(recorded)) = (message.get("id"), recorded.get("id")) {
            self.ids.insert(recorded.to_string(), theirs.clone());
        }
        Ok(())
    }

    fn send(&mut self, message: &Value, t: f64) -> io::Result<()> {
        let mut message = message.clone();
        place(&mut message);
        if message.get("method").is_none()
            && let Some(id) = self.ids.get(&message["id"].to_string())
        {
            message["id"] = json!(id);
        }
        self.write(&message.to_string(), t)
    }

    fn write(&mut self, line: &str, t: f64) -> io::Result<()> {
        let pause = (t - self.clock).max(0.0);
        self.clock = t;
        thread::sleep(Duration::from_secs_f64(pause));
        writeln!(self.to, "{line}")?;
        self.to.flush()
    }
}

/// Puts the paths of this process where those of the recorded one were.
fn place(value: &mut Value) {
    match value {
        Value::String(text) if text.starts_with("${") => {
            for name in ["CODEX_HOME", "TMPDIR", "HOME", "CWD"] {
                let here = match name {
                    "CWD" => std::env::current_dir()
                        .ok()
                        .map(|path| path.display().to_string()),
                    _ => std::env::var(name).ok(),
                };
                if let (Some(rest), Some(here)) = (text.strip_prefix(&format!("${{{name}}}")), here)
                {
                    *text = here + rest;
                    return;
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(place),
        Value::Object(map) => map.values_mut().for_each(place),
        _ => {}
    }
}

/// What a message is, for comparison.
fn name(message: &Value) -> String {
    match message["method"].as_str() {
        Some(method) => method.to_owned(),
        None => "an answer".to_owned(),
    }
}
