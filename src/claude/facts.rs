//! The parts of a profile. Every duration is in milliseconds.

use serde::Deserialize;

/// How the Agent tool behaves.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// Whether a call without `run_in_background` runs in the background.
    pub background_by_default: bool,
    /// What a model API error inside the subagent makes of the call.
    pub api_error: ApiError,
    /// What that call then says: `{error}`, `{status}`, `{model}`.
    pub api_error_text: String,
    /// The model that payloads name.
    pub model: String,
    /// What the main thread sees in place of an empty return.
    pub no_output: String,
    /// What follows the report in the main thread: `{agent}`, `{tokens}`, `{tools}`, `{duration}`.
    pub trailer: String,
    /// What a call that runs in the background returns at once: `{agent}`, `{path}`.
    pub launched: String,
    /// What SendMessage returns that resumes a subagent which was in the background: `{agent}`, `{short}`, `{path}`,
    /// `{ref}`.
    pub resumed: String,
    /// The same for one that was in the foreground.
    pub resumed_from_foreground: String,
    /// The error of a call with a subagent type that is not there: `{type}`, `{agents}`.
    pub unknown_type: String,
    /// The text block before the report when the subagent used tools: `{tools}`.
    #[serde(default)]
    pub tools_note: Option<String>,
    /// The line above the report in the main thread. With it, report and note are indented and
    /// everything is one text block; without it, report and trailer are two blocks.
    #[serde(default)]
    pub report_frame: Option<String>,
}

/// What a model API error inside a subagent makes of the Agent call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ApiError {
    /// The call completes, with the error as its text.
    Completed,
    /// The call fails.
    Failure,
}

/// How the Bash tool behaves.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bash {
    /// The timeout of a call that asks for none.
    pub default_timeout_ms: u64,
    /// The longest timeout that a call can ask for.
    pub max_timeout_ms: u64,
    /// What happens at the timeout.
    pub auto_background: AutoBackground,
    /// How long a command that was started in the background may run; no limit when absent.
    pub explicit_limit_ms: Option<u64>,
    /// How a command is ended at its timeout, when it is not moved to the background.
    pub kill: Termination,
    /// What it says.
    pub text: BashText,
}

/// Which commands are moved to the background at their timeout, and how that is told.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AutoBackground {
    /// A command that starts with one of these words is killed.
    pub refused_first_words: Vec<String>,
    /// A command that runs one of these programs anywhere in its chain is killed.
    pub refused_commands: Vec<String>,
    /// Whether a command whose shape is too rich for the analyser is killed.
    pub refused_shapes: bool,
    /// Whether the output so far stands before the text.
    pub shows_output: bool,
    /// How a timeout is told in whole seconds.
    pub seconds: Seconds,
    /// How long it may run in the background then, where no foreground subagent owns it.
    pub limit_ms: Option<u64>,
}

/// How milliseconds become whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Seconds {
    /// Rounded down.
    Floor,
    /// To the nearest.
    Round,
}

/// What the Bash tool says.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BashText {
    /// The first line of a failure: `{code}`.
    pub exit_code: String,
    /// After a kill at the timeout: `{duration}`.
    pub timed_out: String,
    /// In place of an empty output.
    pub no_output: String,
    /// After an interruption by the user.
    pub aborted: String,
    /// A command that was started in the background: `{id}`, `{path}`, `{fate}`.
    pub explicit: String,
    /// A command that was moved at its timeout: also `{seconds}`, `{limit}`, `{silence}`.
    pub timeout: String,
    /// A command that the user moved: `{id}`, `{path}`.
    pub by_user: String,
    /// What will become of it.
    pub fate: String,
    /// The same where a foreground subagent owns it.
    pub fate_in_foreground_subagent: String,
    /// The sentence about the limit, with a space before it: `{minutes}`.
    pub limit: String,
    /// The sentence about a command that had printed nothing, with a space before it.
    pub silence: String,
}

/// What becomes of the background commands of a foreground subagent that gives its final response.
/// Only descendants by parent pid are found: what was re-parented to init is spared.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubagentEnd {
    /// How long after the SubagentStop hooks SIGTERM is sent; the PostToolUse hooks of the call begin right then. They
    /// do not wait for what SIGTERM does.
    pub terminate_offset_ms: u64,
    /// How they are ended. The same is done to what is stopped for another reason.
    pub kill: Termination,
}

/// How the process tree of a command is ended: SIGTERM, and SIGKILL to what still lives later.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Termination {
    /// How long after SIGTERM what still lives gets SIGKILL.
    pub after_ms: u64,
    /// How much later than the others a descendant in its own session gets SIGTERM.
    pub detached_delay_ms: u64,
    /// Whether a descendant in its own session gets SIGKILL too.
    pub detached_killed: bool,
}

/// How hooks are run and heard.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hooks {
    /// The timeout of a hook command that sets none.
    pub default_timeout_ms: u64,
    /// How long the hooks of SessionEnd have together, whatever timeout a plugin sets.
    pub session_end_budget_ms: u64,
    /// How many times in a row a Stop hook can block; no limit when absent.
    pub stop_block_cap: Option<u32>,
    /// Whether a matcher with a dash is a list of names (else it is a regular expression).
    pub hyphen_is_exact: bool,
    /// How many characters of context are passed on whole.
    pub context_limit: usize,
    /// Whether Claude Code waits until a hook that got SIGTERM at its timeout has ended.
    pub timeout_awaited: bool,
    /// What is said of hooks.
    pub text: HookText,
    /// How context reaches the main thread.
    pub context: ContextForm,
    /// The same when a task notification opened a new turn after it.
    pub context_before_notification: ContextForm,
}

/// What is said of hooks.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HookText {
    /// What exit code 2 says: `{command}`, `{stderr}`, `{plugin}`.
    pub exit_2: String,
    /// Whether that names the command with the plugin's folder in it; else as hooks.json has it.
    pub exit_2_expanded: bool,
    /// The result of a tool call that PreToolUse denied with an answer: `{tool}`, `{reason}`.
    pub denied: String,
    /// The same where it exited with code 2.
    pub refused: String,
    /// What the model is told when a hook blocks what was done already: `{hook}`, `{command}`, `{reason}`.
    pub blocking: String,
    /// Whether a stop that was blocked by an answer is told in that form too.
    pub stop_told_twice: bool,
    /// In place of context that is too long: `{size}`, `{path}`, `{preview}`.
    pub too_long: String,
    /// The name of the file with the whole of it: `{call}`, `{event}`, `{digest}`.
    pub too_long_file: String,
}

/// How the context of a hook reaches the main thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContextForm {
    /// A `<system-reminder>` beside the tool result, in the same user message.
    Reminder,
    /// A message of role `system` after it.
    System,
}

/// The end of a session.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// How long after the result background commands still run in print mode; none are stopped
    /// before the exit when absent.
    pub print_background_grace_ms: Option<u64>,
    /// How long print mode waits for background subagents.
    pub print_agent_wait_ms: u64,
    /// Whether the hooks of SessionEnd run in print mode while a command is being ended.
    pub print_end_hooks_beside_kill: bool,
    /// What SIGTERM to Claude Code does.
    pub on_sigterm: Signalled,
    /// What SIGINT to it does in print mode.
    pub on_sigint: Signalled,
    /// What a call is told to have returned that the user stopped.
    pub interrupted: String,
    /// The error of a call that a signal to Claude Code stopped.
    pub interrupted_by_signal: String,
}

/// What a signal to Claude Code does beside ending what runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signalled {
    /// The tool call of the main thread fails, with its hooks.
    pub call_fails: bool,
    /// The hooks of SessionEnd run this much later; they do not run when absent.
    pub session_end_after_ms: Option<u64>,
}

/// Which fields hook inputs have.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payload {
    /// The effort level that inputs name when nobody chose one.
    pub effort: String,
    /// Stop and SubagentStop have `background_tasks` and `session_crons`.
    pub background_tasks: bool,
    /// The response of Agent says which tools were used and how the report was framed.
    pub agent_accounting: bool,
    /// The response of Bash says `timedOutAfterMs` and `backgroundEndsWithFinalResponse`.
    pub bash_timeout_fields: bool,
}

/// How the end of a background task is told.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notification {
    /// The user message round a `<task-notification>`: `{notification}`.
    pub frame: String,
    /// The same round one that comes in the middle of a turn.
    pub frame_in_turn: String,
    /// `{description}`, `{code}`.
    pub bash_completed: String,
    /// `{description}`, `{code}`.
    pub bash_failed: String,
    /// `{description}`.
    pub bash_killed: String,
    /// `{description}`.
    pub agent_completed: String,
    /// `{description}`; the subagent left commands of its own running.
    pub agent_waiting: String,
    /// `{description}`, `{error}`.
    pub agent_failed: String,
    /// `{description}`; the main thread stopped it.
    pub agent_killed: String,
    /// `{description}`; it was stopped together with what the main thread did. Nothing is said when absent.
    pub agent_interrupted: Option<String>,
    /// The note of an agent that ended.
    pub agent_note: String,
    /// The note of an agent that left commands of its own running.
    pub agent_waiting_note: String,
}
