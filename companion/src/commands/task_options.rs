//! What a `task` command line asks for.

use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::{CommandError, not_text, working_directory};
use crate::arguments::{Arguments, Options, Words};
use crate::job::shorten;
use crate::texts::{self, render};
use crate::turn::Limits;

const OPTIONS: Options = Options {
    values: &[
        "model",
        "effort",
        "cwd",
        "prompt-file",
        "resume-thread",
        "request-limit-ms",
        "silence-warning-ms",
        "silence-limit-ms",
        "drain-limit-ms",
        "turn-limit-ms",
    ],
    flags: &[
        "json",
        "write",
        "resume-last",
        "resume",
        "fresh",
        "background",
        "wait",
    ],
    words: Words::Prose,
};
const EFFORTS: [&str; 6] = ["none", "minimal", "low", "medium", "high", "xhigh"];

/// A task as it was asked for.
#[derive(Debug)]
pub struct TaskOptions {
    /// The directory of the command.
    pub cwd: PathBuf,
    /// The model, with short names resolved.
    pub model: Option<String>,
    /// The reasoning effort.
    pub effort: Option<String>,
    /// The prompt; may be empty when a thread is continued.
    pub prompt: String,
    /// Whether Codex may write in the workspace.
    pub write: bool,
    /// Continue the newest task thread.
    pub resume_last: bool,
    /// Continue this thread.
    pub resume_thread: Option<String>,
    /// The limits that the command line sets.
    pub limits: Map<String, Value>,
    /// Return as soon as the worker lives.
    pub background: bool,
    /// Print JSON.
    pub json: bool,
    /// Whether the stop gate asks for it.
    stop_gate: bool,
}

fn text(text: texts::Text, values: &[(&str, &str)]) -> CommandError {
    CommandError::Text(render(text, values))
}

impl TaskOptions {
    /// Reads the command line, the prompt file or stdin.
    pub fn parse(raw: &[String]) -> Result<Self, CommandError> {
        let arguments = Arguments::parse(raw, OPTIONS)?;
        let cwd = working_directory(&arguments)?;
        let effort = effort(arguments.value("effort"))?;
        let resume_thread = arguments.value("resume-thread").map(str::to_owned);
        let resume_last = arguments.flag("resume-last") || arguments.flag("resume");
        if (resume_last || resume_thread.is_some()) && arguments.flag("fresh") {
            return Err(text(texts::CONFLICT_RESUME_FRESH, &[]));
        }
        if resume_last && resume_thread.is_some() {
            return Err(text(texts::CONFLICT_RESUMES, &[]));
        }
        if arguments.flag("background") && arguments.flag("wait") {
            return Err(text(texts::CONFLICT_BACKGROUND_WAIT, &[]));
        }
        let prompt = prompt(&cwd, &arguments)?;
        if prompt.trim().is_empty() && !resume_last && resume_thread.is_none() {
            return Err(text(texts::NO_PROMPT, &[]));
        }
        Ok(Self {
            cwd,
            model: model(arguments.value("model")),
            effort,
            prompt,
            write: arguments.flag("write"),
            resume_last,
            resume_thread,
            limits: Limits::chosen(&arguments)?,
            background: arguments.flag("background"),
            json: arguments.flag("json"),
            stop_gate: false,
        })
    }

    /// The review that the stop gate asks for.
    pub fn stop_review(cwd: PathBuf, prompt: String) -> Self {
        Self {
            cwd,
            model: None,
            effort: None,
            prompt,
            write: false,
            resume_last: false,
            resume_thread: None,
            limits: Map::new(),
            background: false,
            json: true,
            stop_gate: true,
        }
    }

    fn resumes(&self) -> bool {
        self.resume_last || self.resume_thread.is_some()
    }

    /// The title of the job.
    pub fn title(&self) -> &'static str {
        match (self.resumes(), self.stop_gate) {
            (true, _) => "Codex Resume",
            (false, true) => "Codex Stop Gate Review",
            (false, false) => "Codex Task",
        }
    }

    /// One line for lists.
    pub fn summary(&self) -> String {
        if self.stop_gate {
            return render(texts::STOP_REVIEW_SUMMARY, &[]);
        }
        let text = match self.prompt.trim() {
            "" => texts::CONTINUE_PROMPT.template,
            prompt => prompt,
        };
        shorten(text, 96)
    }
}

fn model(wanted: Option<&str>) -> Option<String> {
    let name = wanted?.trim();
    match name.to_lowercase().as_str() {
        "" => None,
        "spark" => Some("gpt-5.3-codex-spark".to_owned()),
        _ => Some(name.to_owned()),
    }
}

fn effort(wanted: Option<&str>) -> Result<Option<String>, CommandError> {
    let Some(wanted) = wanted else {
        return Ok(None);
    };
    match wanted.trim().to_lowercase().as_str() {
        "" => Ok(None),
        known if EFFORTS.contains(&known) => Ok(Some(known.to_owned())),
        _ => Err(text(texts::UNKNOWN_EFFORT, &[("effort", wanted)])),
    }
}

/// From the prompt file, the words of the command line, or stdin when it is no terminal.
fn prompt(cwd: &Path, arguments: &Arguments) -> Result<String, CommandError> {
    if let Some(file) = arguments.value("prompt-file") {
        let path = cwd.join(file);
        let shown = path.to_string_lossy();
        let bytes = std::fs::read(&path).map_err(|error| {
            let error = error.to_string();
            let values = [("path", shown.as_ref()), ("error", error.as_str())];
            text(texts::PROMPT_FILE_UNREADABLE, &values)
        })?;
        return as_text(&shown, bytes);
    }
    let continues = ["resume", "resume-last"]
        .iter()
        .any(|flag| arguments.flag(flag))
        || arguments.value("resume-thread").is_some();
    let stdin = std::io::stdin();
    if !arguments.prose.is_empty() || continues || stdin.is_terminal() {
        return Ok(arguments.prose.clone());
    }
    let mut bytes = Vec::new();
    // A stdin that cannot be read holds no prompt.
    let _ = stdin.lock().read_to_end(&mut bytes);
    as_text(texts::PROMPT_ON_STDIN.template, bytes)
}

fn as_text(place: &str, bytes: Vec<u8>) -> Result<String, CommandError> {
    String::from_utf8(bytes)
        .map_err(|error| not_text(place, &String::from_utf8_lossy(error.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(raw: &[&str]) -> Result<TaskOptions, CommandError> {
        let raw: Vec<String> = raw.iter().map(|word| (*word).to_owned()).collect();
        TaskOptions::parse(&raw)
    }

    #[test]
    fn contradictions_are_refused() {
        for (raw, text) in [
            (
                vec!["--background", "--wait", "x"],
                texts::CONFLICT_BACKGROUND_WAIT,
            ),
            (
                vec!["--wait --background fix it"],
                texts::CONFLICT_BACKGROUND_WAIT,
            ),
            (
                vec!["--resume", "--fresh", "x"],
                texts::CONFLICT_RESUME_FRESH,
            ),
            (
                vec!["--resume-thread", "T", "--fresh", "x"],
                texts::CONFLICT_RESUME_FRESH,
            ),
        ] {
            assert_eq!(
                parse(&raw).unwrap_err().to_string(),
                text.template,
                "{raw:?}"
            );
        }
    }

    #[test]
    fn models_and_efforts() {
        let task = parse(&["--model", "Spark", "--effort", "HIGH", "do it"]).unwrap();
        assert_eq!(task.model.as_deref(), Some("gpt-5.3-codex-spark"));
        assert_eq!(task.effort.as_deref(), Some("high"));
        assert!(
            parse(&["--effort", "huge", "x"])
                .unwrap_err()
                .to_string()
                .contains("huge")
        );
    }

    #[test]
    fn titles() {
        assert_eq!(parse(&["do it"]).unwrap().title(), "Codex Task");
        assert_eq!(parse(&["--resume"]).unwrap().title(), "Codex Resume");
        let gate = TaskOptions::stop_review(PathBuf::from("/"), "x".to_owned());
        assert_eq!(gate.title(), "Codex Stop Gate Review");
    }
}
