//! The hooks of a plugin, read from its own hooks.json.

use super::matcher::Matcher;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};
use std::time::Duration;
use thiserror::Error;

/// The events that Claude Code has hooks for and that the simulation fires.
pub const EVENTS: [&str; 8] = [
    "SessionStart",
    "PreToolUse",
    "PostToolUse",
    "PostToolUseFailure",
    "SubagentStart",
    "SubagentStop",
    "Stop",
    "SessionEnd",
];

/// Every hook of a plugin.
#[derive(Clone, Debug, PartialEq)]
pub struct Hooks {
    /// The file that was read.
    pub path: PathBuf,
    /// What the plugin says about its hooks.
    pub description: Option<String>,
    /// The groups, in the order of the file.
    pub groups: Vec<Group>,
    /// What was passed over, each with its place: unknown fields, kinds of hooks that run no command.
    pub notes: Vec<String>,
}

/// Hooks that share an event and a matcher.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The event, such as `PostToolUse`.
    pub event: String,
    /// Which of these events.
    pub matcher: Matcher,
    /// The commands, in the order of the file.
    pub commands: Vec<Command>,
}

/// One hook command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The shell command as the file has it.
    pub command: String,
    /// How long it may take; without it as long as the version says.
    pub timeout: Option<Duration>,
}

/// Why the hooks of a plugin cannot be used.
#[derive(Debug, Error)]
pub enum Error {
    /// There is no hooks.json.
    #[error("the plugin has no {}", .0.display())]
    Missing(PathBuf),
    /// It cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not JSON.
    #[error("{} is not valid JSON: {source}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column.
        source: serde_json::Error,
    },
    /// It is JSON of another shape.
    #[error("{}: {at}: {message}", path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// The place in the file, such as `hooks.PostToolUse[0].matcher`.
        at: String,
        /// What is wrong there.
        message: String,
    },
}

impl Hooks {
    /// Reads `hooks/hooks.json` of a plugin folder.
    pub fn load(plugin: &Path) -> Result<Hooks, Error> {
        let path = plugin.join("hooks/hooks.json");
        match std::fs::read_to_string(&path) {
            Ok(text) => Hooks::parse(&text, &path),
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => {
                Err(Error::Missing(path))
            }
            Err(source) => Err(Error::Unreadable { path, source }),
        }
    }

    /// Reads the text of a hooks.json; `path` names it in errors.
    pub fn parse(text: &str, path: &Path) -> Result<Hooks, Error> {
        let file: Value = serde_json::from_str(text).map_err(|source| Error::Json {
            path: path.to_owned(),
            source,
        })?;
        let mut reader = Reader {
            path,
            notes: Vec::new(),
        };
        let file = reader.object(&file, "the file")?;
        reader.note_unknown(file, "", &["description", "hooks"]);
        let description = reader.optional_text(file, "", "description")?;
        let mut groups = Vec::new();
        if let Some(events) = file.get("hooks") {
            for (event, listed) in reader.object(events, "hooks")? {
                if !EVENTS.contains(&event.as_str()) {
                    reader.notes.push(format!(
                        "hooks.{event}: the simulation never fires this event"
                    ));
                }
                let place = format!("hooks.{event}");
                for (index, group) in reader.array(listed, &place)?.iter().enumerate() {
                    groups.push(reader.group(event, group, &format!("{place}[{index}]"))?);
                }
            }
        }
        Ok(Hooks {
            path: path.to_owned(),
            description,
            groups,
            notes: reader.notes,
        })
    }

    /// The commands for an event, in order. `value` is what the matcher is compared with: the name
    /// of the tool, the type of the subagent, the source or reason of a session; Stop has none.
    /// A command that is listed twice runs once.
    pub fn commands(
        &self,
        event: &str,
        value: Option<&str>,
        hyphen_is_exact: bool,
    ) -> Vec<&Command> {
        let mut commands: Vec<&Command> = Vec::new();
        for group in self.groups.iter().filter(|group| group.event == event) {
            if value.is_none_or(|value| group.matcher.matches(value, hyphen_is_exact)) {
                for command in &group.commands {
                    if !commands
                        .iter()
                        .any(|known| known.command == command.command)
                    {
                        commands.push(command);
                    }
                }
            }
        }
        commands
    }
}

impl Command {
    /// The command with the plugin's folder in place of `${CLAUDE_PLUGIN_ROOT}`.
    pub fn expanded(&self, plugin: &Path) -> String {
        self.command
            .replace("${CLAUDE_PLUGIN_ROOT}", &plugin.to_string_lossy())
    }
}

struct Reader<'a> {
    path: &'a Path,
    notes: Vec<String>,
}

impl Reader<'_> {
    fn group(&mut self, event: &str, value: &Value, place: &str) -> Result<Group, Error> {
        let fields = self.object(value, place)?;
        self.note_unknown(fields, place, &["matcher", "hooks"]);
        let matcher = self.optional_text(fields, place, "matcher")?;
        let matcher = Matcher::parse(matcher.as_deref())
            .map_err(|message| self.shape(&format!("{place}.matcher"), message))?;
        let listed = fields
            .get("hooks")
            .ok_or_else(|| self.shape(place, "`hooks` is missing"))?;
        let mut commands = Vec::new();
        for (index, hook) in self
            .array(listed, &format!("{place}.hooks"))?
            .iter()
            .enumerate()
        {
            commands.extend(self.command(hook, &format!("{place}.hooks[{index}]"))?);
        }
        Ok(Group {
            event: event.to_owned(),
            matcher,
            commands,
        })
    }

    fn command(&mut self, value: &Value, place: &str) -> Result<Option<Command>, Error> {
        let fields = self.object(value, place)?;
        let kind = self.optional_text(fields, place, "type")?;
        match kind.as_deref() {
            None => return Err(self.shape(place, "`type` is missing")),
            Some("command") => {}
            Some(kind) => {
                self.notes
                    .push(format!("{place}: a hook of type `{kind}` is passed over"));
                return Ok(None);
            }
        }
        self.note_unknown(fields, place, &["type", "command", "timeout"]);
        let command = self
            .optional_text(fields, place, "command")?
            .ok_or_else(|| self.shape(place, "`command` is missing"))?;
        let timeout = match fields.get("timeout") {
            None | Some(Value::Null) => None,
            Some(value) => {
                let seconds = value.as_f64().filter(|seconds| *seconds > 0.0);
                let duration =
                    seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
                Some(duration.ok_or_else(|| {
                    self.shape(
                        &format!("{place}.timeout"),
                        "a positive number of seconds is needed",
                    )
                })?)
            }
        };
        Ok(Some(Command { command, timeout }))
    }

    fn object<'v>(&self, value: &'v Value, place: &str) -> Result<&'v Map<String, Value>, Error> {
        value
            .as_object()
            .ok_or_else(|| self.shape(place, format!("an object is needed, not {}", kind(value))))
    }

    fn array<'v>(&self, value: &'v Value, place: &str) -> Result<&'v Vec<Value>, Error> {
        value
            .as_array()
            .ok_or_else(|| self.shape(place, format!("a list is needed, not {}", kind(value))))
    }

    fn optional_text(
        &self,
        fields: &Map<String, Value>,
        place: &str,
        name: &str,
    ) -> Result<Option<String>, Error> {
        match fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(other) => {
                let at = if place.is_empty() {
                    name.to_owned()
                } else {
                    format!("{place}.{name}")
                };
                Err(self.shape(&at, format!("a text is needed, not {}", kind(other))))
            }
        }
    }

    fn note_unknown(&mut self, fields: &Map<String, Value>, place: &str, known: &[&str]) {
        for name in fields.keys().filter(|name| !known.contains(&name.as_str())) {
            let dot = if place.is_empty() { "" } else { "." };
            self.notes.push(format!(
                "{place}{dot}{name}: an unknown field is passed over"
            ));
        }
    }

    fn shape(&self, at: &str, message: impl Into<String>) -> Error {
        Error::Shape {
            path: self.path.to_owned(),
            at: at.to_owned(),
            message: message.into(),
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests;
