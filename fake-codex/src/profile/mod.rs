//! Where the versions of Codex differ, observed on 0.117.0, 0.134.0 and 0.169.0.

use crate::script::Version;

impl Version {
    /// The client's methods that the unknown-method error lists, one a line.
    pub const fn method_list(self) -> &'static str {
        match self {
            Self::V0_117 => include_str!("methods-0.117.0.txt"),
            Self::V0_134 => include_str!("methods-0.134.0.txt"),
            Self::V0_169 => include_str!("methods-0.169.0.txt"),
        }
    }

    /// The `config` of a `config/read` reply without any configuration, as JSON.
    pub const fn config(self) -> &'static str {
        match self {
            Self::V0_117 => include_str!("config-0.117.0.json"),
            Self::V0_134 => include_str!("config-0.134.0.json"),
            Self::V0_169 => include_str!("config-0.169.0.json"),
        }
    }

    /// Approval policies that `thread/start` accepts.
    pub const fn approval_policies(self) -> &'static [&'static str] {
        match self {
            Self::V0_117 | Self::V0_134 => {
                &["untrusted", "on-failure", "on-request", "granular", "never"]
            }
            Self::V0_169 => &["untrusted", "on-request", "granular", "never"],
        }
    }

    /// Types of input that `turn/start` accepts.
    pub const fn input_types(self) -> &'static [&'static str] {
        match self {
            Self::V0_117 | Self::V0_134 => &["text", "image", "localImage", "skill", "mention"],
            Self::V0_169 => &[
                "text",
                "image",
                "localImage",
                "audio",
                "localAudio",
                "skill",
                "mention",
            ],
        }
    }

    /// Reasoning efforts that `turn/start` accepts; with `None` any is.
    pub const fn efforts(self) -> Option<&'static [&'static str]> {
        match self {
            Self::V0_117 | Self::V0_134 => {
                Some(&["none", "minimal", "low", "medium", "high", "xhigh"])
            }
            Self::V0_169 => None,
        }
    }

    /// Fields of `thread/start` that need the `experimentalApi` capability, by the name on the
    /// wire and the name in the error.
    pub const fn experimental_fields(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::V0_117 => &[
                ("persistExtendedHistory", "persistFullHistory"),
                ("experimentalRawEvents", "experimentalRawEvents"),
            ],
            Self::V0_134 => &[
                ("persistExtendedHistory", "persistFullHistory"),
                ("experimentalRawEvents", "experimentalRawEvents"),
                ("dynamicTools", "dynamicTools"),
            ],
            Self::V0_169 => &[
                ("experimentalRawEvents", "experimentalRawEvents"),
                ("dynamicTools", "dynamicTools"),
            ],
        }
    }

    /// How many fields the parameters of `thread/start` have, as the error for a list tells.
    pub const fn thread_start_fields(self) -> u32 {
        match self {
            Self::V0_117 => 17,
            Self::V0_134 => 22,
            Self::V0_169 => 27,
        }
    }

    /// Whether SIGTERM ends the process with exit code 0 in place of the signal.
    pub const fn exits_on_sigterm(self) -> bool {
        matches!(self, Self::V0_169)
    }

    /// Whether a last line of the input takes effect whose end never came.
    ///
    /// Measured: a `thread/name/set` and a `turn/start` without a newline, after which stdin was closed, were stored
    /// by 0.117.0 in 10 of 10 runs and by 0.134.0 in 3 of 10, about as often as with a newline, and mostly not answered;
    /// by 0.169.0 in none of 40, and with a newline in one of 40.
    pub const fn takes_unfinished_line(self) -> bool {
        !self.is_0_169()
    }

    /// Whether notifications carry `emittedAtMs`, items their times, and turns `rootTurnId`.
    pub const fn is_0_169(self) -> bool {
        matches!(self, Self::V0_169)
    }

    /// Whether turns and items carry times, and threads `sessionId`.
    pub const fn has_times(self) -> bool {
        !matches!(self, Self::V0_117)
    }

    /// The model of threads that name none.
    ///
    /// Source: `model/list` of each version without an account.
    pub const fn default_model(self) -> &'static str {
        match self {
            Self::V0_117 => "gpt-5.3-codex",
            Self::V0_134 => "gpt-5.5",
            Self::V0_169 => "gpt-6.1-sol",
        }
    }

    /// Whether the version has metadata of a model: one whose name, without a namespace before it,
    /// begins like a name of its `model/list`. Of any other it warns, but for 0.117.
    pub fn knows_model(self, model: &str) -> bool {
        let known: &[&str] = match self {
            Self::V0_117 => return true,
            Self::V0_134 => &[
                "gpt-5.5",
                "gpt-5.4",
                "gpt-5.3-codex",
                "gpt-5.2",
                "codex-auto-review",
            ],
            Self::V0_169 => &[
                "gpt-6.1-sol",
                "gpt-6.1-terra",
                "gpt-6-astra",
                "gpt-6-sol",
                "gpt-6-luna",
                "gpt-5.6-sol",
                "gpt-5.6-terra",
                "gpt-5.6-luna",
                "gpt-daybreak-blue-latest",
                "gpt-daybreak-red-latest",
                "gpt-5.5",
                "codex-auto-review",
            ],
        };
        let name = model.rsplit_once('/').map_or(model, |(_, name)| name);
        known.iter().any(|known| name.starts_with(known))
    }

    /// Whether token usage so far and rate limits are also sent before the first output of a turn.
    pub const fn reports_usage_before_output(self) -> bool {
        matches!(self, Self::V0_117)
    }

    /// Whether an interrupt checks the turn's id, and fails when no turn is active; 0.117
    /// interrupts whatever runs, and keeps the request until something does.
    pub const fn checks_interrupts(self) -> bool {
        !matches!(self, Self::V0_117)
    }

    /// Whether `turn/start` during a turn returns that turn's id and takes effect at once; older
    /// versions return a new id, and take the input up when the turn would end.
    pub const fn steers_at_once(self) -> bool {
        matches!(self, Self::V0_169)
    }

    /// Whether items of a stored turn keep their ids; older versions number them anew.
    pub const fn keeps_item_ids(self) -> bool {
        matches!(self, Self::V0_169)
    }

    /// Whether a thread is closed as soon as its last client unsubscribes.
    pub const fn closes_unsubscribed(self) -> bool {
        matches!(self, Self::V0_117)
    }

    /// Whether a turn with no input fails before it begins; newer versions begin it.
    pub const fn refuses_empty_input(self) -> bool {
        matches!(self, Self::V0_117)
    }

    /// Whether an approval is asked before the item is told to begin.
    pub const fn asks_before_command(self) -> bool {
        matches!(self, Self::V0_117)
    }

    /// The name of an id in the error for a malformed one, by method.
    pub fn id_name(self, method: &str) -> &'static str {
        match (self, method) {
            (Self::V0_169, "thread/resume") => "session",
            _ => "thread",
        }
    }
}
