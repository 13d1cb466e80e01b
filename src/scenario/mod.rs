//! The scenario file: one file, one case, readable as a story.

pub mod call;
pub mod check;
mod excerpt;
pub mod expect;
pub mod history;
mod load;
mod located;
pub mod part;
mod read;
pub(crate) mod remedy;
pub mod seed;
pub mod several;
pub mod step;
pub mod text;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

pub use load::{Error, load, parse};
pub use located::Located;
pub use read::read;

use crate::claude::profile::DEFAULT_VERSION;
use expect::Expect;
use fake_codex::duration::SimDuration;
use fake_codex::script::Script;
use history::History;
use seed::SeedJob;
use several::Several;
use step::{Gate, Step};

/// One case: a world, what happens in it, and what must be true.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scenario {
    /// What must be true, as one sentence.
    pub title: String,
    /// What went wrong and why it matters, in a few sentences.
    #[serde(default)]
    pub description: Option<String>,
    /// Where the case comes from: a row of the review history (`F17`, `P05`), a report (`#49`) or an address.
    #[serde(default)]
    pub source: Several,
    /// Words to choose scenarios by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Which Claude Code is simulated.
    #[serde(default)]
    pub claude: Claude,
    /// What fake-codex does; without it every turn is a good one.
    #[serde(default)]
    pub codex: Script,
    /// The subject is installed in this folder of the sandbox, for example one with a space in its name.
    #[serde(default)]
    pub plugin_folder: Option<String>,
    /// How time passes.
    #[serde(default)]
    pub clock: Clock,
    /// Files of the user's repository before the run, by path.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// Job records that are on disk before the run.
    #[serde(default)]
    pub jobs: Vec<SeedJob>,
    /// Places where a process is held, refused or killed.
    #[serde(default)]
    pub gates: Vec<Located<Gate>>,
    /// What happens, in order.
    pub steps: Vec<Located<Step>>,
    /// What must be true at the end.
    #[serde(default)]
    pub expect: Expect,
    /// On which revisions of which subject this case is known to be red.
    #[serde(default)]
    pub history: BTreeMap<String, History>,
}

/// The simulated Claude Code.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Claude {
    /// The version whose behaviour is simulated, or a list of versions: the scenario is run once on each, as
    /// `NAME@VERSION`.
    #[schemars(extend("examples" = ["2.1.197", ["2.1.140", "2.1.330"]]))]
    pub version: Several,
    /// The session's id.
    pub session: String,
}

impl Scenario {
    /// The scenario's runs, one for each version of Claude Code that it names: their names and what they say.
    pub fn runs(self, name: &str) -> Vec<(String, Scenario)> {
        let versions = self.claude.version.0.clone();
        if versions.len() < 2 {
            return vec![(name.to_owned(), self)];
        }
        let run = |version: String| {
            let name = format!("{name}@{version}");
            let mut scenario = self.clone();
            scenario.title = format!("{} (Claude Code {version})", self.title);
            scenario.claude.version = Several(vec![version]);
            (name, scenario)
        };
        versions.into_iter().map(run).collect()
    }

    /// The run with this name.
    pub fn run_of(self, name: &str) -> Scenario {
        let base = name.rsplit_once('@').map_or(name, |(base, _)| base);
        let named = self.clone().runs(base).into_iter();
        let mut named = named.filter(|(run, _)| run == name);
        named.next().map_or(self, |(_, scenario)| scenario)
    }
}

impl Claude {
    /// The version that is simulated in this run.
    pub fn version(&self) -> &str {
        self.version
            .0
            .first()
            .map_or(DEFAULT_VERSION, String::as_str)
    }
}

impl Default for Claude {
    fn default() -> Self {
        Claude {
            version: Several(vec![DEFAULT_VERSION.into()]),
            session: "session-main".into(),
        }
    }
}

/// How time passes in the run.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Clock {
    /// Short polls may be fired this much late, so that a long wait costs few events; deadlines of the scenario,
    /// of Claude Code and of the gates stay exact. Without it every timer fires exactly.
    pub coalesce: Option<SimDuration>,
    /// How long the init process takes to reap an orphan; without it orphans are reaped at once.
    pub slow_init: Option<SimDuration>,
}
