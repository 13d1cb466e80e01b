//! Task notifications: the user messages that tell the main thread that a background task ended.

use crate::claude::profile::Profile;
use crate::claude::text::{fill, unique};

/// How a command in the background ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandEnd {
    /// With this exit code.
    Exited(i32),
    /// It was stopped.
    Killed,
}

/// How a subagent in the background ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgentEnd {
    /// It gave its final response.
    Completed {
        /// The response.
        text: String,
        /// Whether commands of its own are still running.
        waiting: bool,
        /// The tools it called, in order.
        tools: Vec<String>,
        /// How long it took in milliseconds.
        duration_ms: u64,
    },
    /// It failed with this error.
    Failed(String),
    /// The main thread stopped it.
    Killed,
    /// It was stopped together with what the main thread did.
    Interrupted,
}

/// What a notification is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The id of the task.
    pub task_id: String,
    /// The id of the call that started it.
    pub tool_use_id: String,
    /// The file with its output.
    pub path: String,
    /// The description of the call.
    pub description: String,
    /// It is about a subagent that a message resumed: its note of used tools is left out.
    pub is_resumed: bool,
}

impl Notification {
    /// The text blocks of the user message about a command.
    pub fn command(&self, end: CommandEnd, profile: &Profile) -> Vec<String> {
        let words = &profile.notification;
        let (status, summary, code) = match end {
            CommandEnd::Exited(0) => ("completed", &words.bash_completed, 0),
            CommandEnd::Exited(code) => ("failed", &words.bash_failed, code),
            CommandEnd::Killed => ("killed", &words.bash_killed, 0),
        };
        let values = [
            ("description", self.description.as_str()),
            ("code", &code.to_string()),
        ];
        let summary = fill(summary, &values);
        vec![self.framed(status, Some(&self.path), &summary, "", &words.frame)]
    }

    /// The text blocks of the user message about a subagent; none where the version says nothing of such an end.
    pub fn agent(&self, end: &AgentEnd, profile: &Profile) -> Option<Vec<String>> {
        let words = &profile.notification;
        let description = ("description", self.description.as_str());
        let (status, summary, rest) = match end {
            AgentEnd::Completed {
                text,
                waiting,
                tools,
                duration_ms,
            } => {
                let (summary, note) = match waiting {
                    true => (&words.agent_waiting, &words.agent_waiting_note),
                    false => (&words.agent_completed, &words.agent_note),
                };
                let rest = format!(
                    "<note>{note}</note>\n<result>{text}</result>\n<usage><subagent_tokens>30</subagent_tokens><tool_uses>{}</tool_uses><duration_ms>{duration_ms}</duration_ms></usage>\n",
                    tools.len()
                );
                ("completed", fill(summary, &[description]), rest)
            }
            AgentEnd::Failed(error) => (
                "failed",
                fill(&words.agent_failed, &[description, ("error", error)]),
                String::new(),
            ),
            AgentEnd::Killed => {
                let note = format!("<note>{}</note>\n", words.agent_note);
                ("killed", fill(&words.agent_killed, &[description]), note)
            }
            AgentEnd::Interrupted => {
                let text = words.agent_interrupted.as_ref()?;
                ("killed", fill(text, &[description]), String::new())
            }
        };
        let mut blocks = Vec::new();
        if let (AgentEnd::Completed { tools, .. }, Some(note)) = (end, &profile.agent.tools_note)
            && !tools.is_empty()
            && !self.is_resumed
        {
            let tools = unique(tools);
            blocks.push(format!(
                "<system-reminder>\n{}\n</system-reminder>\n",
                fill(note, &[("tools", &tools)])
            ));
        }
        let path = match end {
            AgentEnd::Interrupted => None,
            _ => Some(self.path.as_str()),
        };
        // The main thread that stops a subagent is in the middle of its turn.
        let frame = match end {
            AgentEnd::Killed => &words.frame_in_turn,
            _ => &words.frame,
        };
        blocks.push(self.framed(status, path, &summary, &rest, frame));
        Some(blocks)
    }

    fn framed(
        &self,
        status: &str,
        path: Option<&str>,
        summary: &str,
        rest: &str,
        frame: &str,
    ) -> String {
        let Notification {
            task_id,
            tool_use_id,
            ..
        } = self;
        let file = path.map_or_else(String::new, |path| {
            format!("<output-file>{path}</output-file>\n")
        });
        let notification = format!(
            "<task-notification>\n<task-id>{task_id}</task-id>\n<tool-use-id>{tool_use_id}</tool-use-id>\n{file}<status>{status}</status>\n<summary>{summary}</summary>\n{rest}</task-notification>"
        );
        fill(frame, &[("notification", &notification)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch() -> Notification {
        Notification {
            task_id: "b1".into(),
            tool_use_id: "toolu_1".into(),
            path: "/o".into(),
            description: "watch".into(),
            is_resumed: false,
        }
    }

    #[test]
    fn a_command_that_failed_or_was_stopped_is_not_completed() {
        let profile = Profile::of("2.1.197").unwrap();
        let failed = watch().command(CommandEnd::Exited(1), &profile).join("");
        assert!(
            failed.contains("<status>failed</status>") && failed.contains("exit code 1"),
            "{failed}"
        );
        let killed = watch().command(CommandEnd::Killed, &profile).join("");
        assert!(killed.contains("<status>killed</status>"), "{killed}");
    }

    #[test]
    fn of_an_interrupted_agent_only_newer_versions_say_something() {
        let told =
            |version: &str| watch().agent(&AgentEnd::Interrupted, &Profile::of(version).unwrap());
        assert_eq!(told("2.1.197"), None);
        let newer = told("2.1.330").unwrap().join("");
        assert!(
            newer.contains(
                "<status>killed</status>\n<summary>Task \"watch\" was stopped by the user"
            )
        );
        assert!(!newer.contains("<output-file>"));
    }

    #[test]
    fn an_agent_that_failed_has_no_result() {
        let profile = Profile::of("2.1.330").unwrap();
        let failed = watch()
            .agent(&AgentEnd::Failed("boom".into()), &profile)
            .unwrap();
        assert_eq!(failed.len(), 1);
        assert!(
            failed[0]
                .contains("<summary>Agent \"watch\" failed: boom</summary>\n</task-notification>")
        );
    }
}
