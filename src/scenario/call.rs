//! How the simulated Claude Code calls its tools and ends its turns.

use schemars::JsonSchema;
use serde::Deserialize;

use super::expect::Expect;
use super::{Located, step::Step};
use fake_codex::duration::SimDuration;

/// How Bash is called.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct BashCall {
    /// The limit that the caller asks for, or `default` for a call that asks for none, so that the version's default
    /// of two minutes holds. Left out, a subagent asks for the longest that Claude Code allows, as the plugin tells it
    /// to, and the main thread asks for none. One that is longer is cut to the longest.
    pub timeout: Option<Timeout>,
    /// Whether the caller asks for the background at once.
    pub run_in_background: bool,
}

/// A further Bash call of a subagent.
#[derive(Debug, Clone, std::default::Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct TaskCall {
    /// What follows `task` on the companion's command line.
    pub task: String,
    /// A whole shell command in place of the companion's.
    pub command: Option<String>,
    /// How the subagent calls Bash.
    pub bash: BashCall,
}

/// The main thread sends a message to the subagent that it called last and that has ended: it goes on in the
/// background, calls Bash, and the main thread is notified of its end.
#[derive(Debug, Clone, std::default::Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct MessageStep {
    /// The message; without it what the subagent is to do.
    pub message: Option<String>,
    /// What follows `task` on the companion's command line.
    pub task: String,
    /// A whole shell command in place of the companion's.
    pub command: Option<String>,
    /// How the subagent calls Bash.
    pub bash: BashCall,
    /// Further Bash calls of the subagent, one after the other.
    pub then: Vec<TaskCall>,
    /// What the subagent makes of the last result.
    pub relay: crate::claude::relay::Relay,
    /// What must be true when the call has returned, which it does at once.
    pub expect: Option<Expect>,
}

/// The user interrupts what the main thread does.
#[derive(Debug, Clone, std::default::Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Interrupt {}

/// The limit that a Bash call asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected a duration with its unit, such as `700s`, or `default`"
)]
pub enum Timeout {
    /// This long.
    Asked(SimDuration),
    /// The call asks for none.
    Unasked(Default),
}

/// Whether an Agent call asks for the background.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected `true`, `false` or `default`")]
pub enum InBackground {
    /// It asks for the background (`true`) or for the foreground (`false`).
    Asked(bool),
    /// It asks for nothing: the version's default holds, which is the background since 2.1.198.
    Unasked(Default),
}

/// The word `default`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Default {
    /// The version's default holds.
    Default,
}

/// The model's API fails inside a subagent.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ApiError {
    /// The HTTP status, such as 400 or 529.
    pub status: u16,
    /// What the API says.
    pub message: String,
}

/// A Bash call of the main thread.
///
/// Hooks get PreToolUse and PostToolUse, or PostToolUseFailure for a command that fails. The main thread is told the
/// result; when a command in the background ends, a task notification, and then what the command said.
#[derive(Debug, Clone, std::default::Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct BashStep {
    /// The command.
    pub run: String,
    /// The limit that the call asks for, as in `bash:` of an agent; left out, it asks for none.
    pub timeout: Option<Timeout>,
    /// Whether the call asks for the background at once. The step ends when the call has returned; `until:` or
    /// `advance:` let the command go on, and the version's limit on background commands stops it.
    pub run_in_background: bool,
    /// The user moves the command to the background after this long, if it still runs then.
    pub user_moves_after: Option<SimDuration>,
    /// The description that the call gives; it stands in the notification.
    pub description: Option<String>,
    /// When the notification comes, the main thread does not read the output.
    pub unread: bool,
    /// Steps that happen while the call is under way.
    pub during: Vec<Located<Step>>,
    /// What must be true when the call has returned: `exit`, `stdout` and `stderr` are those of the command.
    pub expect: Option<Expect>,
}

/// The main thread stops a background task.
#[derive(Debug, Clone, std::default::Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct TaskStop {
    /// The task's id; left out, that of the last command or subagent in the background of this session, one that still
    /// runs before all others.
    pub task: Option<String>,
    /// What must be true when the call has returned: `stdout` is the text that the tool returned.
    pub expect: Option<Expect>,
}

/// The main thread ends its turn, and the Stop hooks are asked.
///
/// Where one blocks, the main thread is told its reason and the turn goes on; the next end of it has
/// `stop_hook_active`. After as many blocks in a row as the version allows the turn ends whatever the hooks say.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct StopStep {
    /// The last message of the main thread.
    pub message: Option<String>,
    /// How many times the main thread ends its turn again when hooks block it; the step is over when they do not.
    pub times: u32,
    /// How many times hooks must have blocked.
    pub blocked: Option<u32>,
    /// What must be true then: `context` is what the main thread was told, line by line.
    pub expect: Option<Expect>,
}

impl std::default::Default for StopStep {
    fn default() -> Self {
        StopStep {
            message: None,
            times: 1,
            blocked: None,
            expect: None,
        }
    }
}

/// How a hook's standard input goes on after its payload.
#[derive(Debug, Clone, Copy, std::default::Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stdin {
    /// It ends.
    #[default]
    Closed,
    /// It stays open for as long as the hook lives.
    Open,
    /// It ends this much later: `stdin: {closed-after: 3s}`.
    ClosedAfter(SimDuration),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_background_is_asked_for_or_left_to_the_version() {
        let read = |yaml| serde_saphyr::from_str::<InBackground>(yaml);
        assert_eq!(read("true").unwrap(), InBackground::Asked(true));
        assert_eq!(
            read("default").unwrap(),
            InBackground::Unasked(Default::Default)
        );
        let error = read("later").unwrap_err().to_string();
        assert!(error.contains("`true`, `false` or `default`"), "{error}");
    }

    #[test]
    fn a_limit_has_a_unit() {
        let read = |yaml| serde_saphyr::from_str::<Timeout>(yaml);
        assert!(matches!(read("2s").unwrap(), Timeout::Asked(_)));
        assert!(matches!(read("default").unwrap(), Timeout::Unasked(_)));
        let error = read("700").unwrap_err().to_string();
        assert!(error.contains("`700s`"), "{error}");
    }

    #[test]
    fn the_input_of_a_hook_may_stay_open() {
        let read = |yaml| serde_saphyr::from_str::<Stdin>(yaml);
        assert_eq!(read("open").unwrap(), Stdin::Open);
        assert!(matches!(
            read("{closed-after: 3s}").unwrap(),
            Stdin::ClosedAfter(_)
        ));
        assert!(read("shut").is_err());
    }

    #[test]
    fn a_turn_ends_once_when_nothing_else_is_said() {
        let step: StopStep = serde_saphyr::from_str("{message: Done.}").unwrap();
        assert_eq!((step.times, step.blocked), (1, None));
    }
}
