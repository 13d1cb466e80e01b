//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use fake_codex::duration::SimDuration;

use crate::choose::{Filter, Shard};
use crate::engine::Speed;
use crate::report::ReportFile;

/// Settles whether an agent's helper can be trusted to say "done".
///
/// Runs a Codex companion and its Claude Code hooks, as unmodified processes, in a simulated world:
/// Codex is fake, Claude Code is simulated, time is simulated, the operating system is real.
#[derive(Debug, Parser)]
#[command(name = "rescue-harness", version = crate::VERSION, arg_required_else_help = true, after_help = EXIT_CODES)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "Exit codes:
  0  all held
  1  a scenario failed
  2  wrong usage, or a plugin folder that cannot be used
  3  a scenario file is wrong
  4  nothing to run
  5  the harness itself broke (says nothing about the subject)
  130  stopped by Ctrl-C or a signal";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run scenarios
    Run(RunArguments),
    /// List scenarios
    List(ListArguments),
    /// Check scenario files without running them
    Check(ListArguments),
    /// Run scenarios on many revisions of a plugin and show who is red where
    Matrix(super::matrix::MatrixArguments),
    /// Find the revision of a plugin that changed a scenario's colour
    Bisect(super::bisect::BisectArguments),
    /// Try faults, signals, other commands and pauses at every place that scenarios come to
    Explore(super::explore::ExploreArguments),
    /// Print the page that describes a folder of scenarios
    Readme(Selection),
    /// Show the timeline of a scenario of the last run
    Show(ShowArguments),
    /// Write a new scenario
    New(NewArguments),
    /// List the names of a subject's vocabulary, with what each says
    Words(WordsArguments),
    /// Join the archives that shards wrote
    Merge(MergeArguments),
    /// Look at this machine, and at an installed plugin and its jobs, without changing anything
    Doctor(DoctorArguments),
    /// Stand between a client and `codex app-server`, and write down what they say
    Record(RecordArguments),
    /// Play a recorded conversation back under simulated time and tell what came of it, or answer a client as recorded
    Replay(ReplayArguments),
    /// Print a scenario in which Codex does what a recorded `codex app-server` did
    Transcript(TranscriptArguments),
    /// Print the JSON Schema of scenario files, the configuration or the JSON report, or put it where editors find it
    Schema(SchemaArguments),
    /// Print the completions of a shell
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Write the manual pages into a folder
    Man {
        /// The folder.
        folder: PathBuf,
    },
}

/// Which scenarios.
#[derive(Debug, Clone, Default, Args)]
pub struct Selection {
    /// Scenario files or folders; without any, ./scenarios, or the library inside this program
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Only scenarios that this accepts: a text of the path or title, path(…), title(…), tag(…), source(…), step(…),
    /// joined by `&`, `|`, `!` and parentheses; several filters must all accept
    #[arg(long, short, value_name = "FILTER")]
    pub filter: Vec<Filter>,
    /// Only scenarios with this source, for example F17 or '#49'
    #[arg(long, value_name = "SOURCE")]
    pub source: Vec<String>,
    /// Only scenarios with this tag
    #[arg(long, value_name = "TAG")]
    pub tag: Vec<String>,
    /// Only what did not pass in the last run
    #[arg(long)]
    pub only_failed: bool,
    /// Only one part of the library, for example 2/5
    #[arg(long, value_name = "PART/COUNT")]
    pub shard: Option<Shard>,
}

/// Arguments of `list` and `check`.
#[derive(Debug, Clone, Args)]
pub struct ListArguments {
    /// Which scenarios.
    #[command(flatten)]
    pub selection: Selection,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `run`.
#[derive(Debug, Clone, Args)]
pub struct RunArguments {
    /// Which scenarios.
    #[command(flatten)]
    pub selection: Selection,
    /// Run this plugin folder instead of the built-in companion
    #[arg(long, value_name = "DIR")]
    pub plugin: Option<PathBuf>,
    /// The plugin's revision, when its files do not tell
    #[arg(long, value_name = "REV", requires = "plugin")]
    pub revision: Option<String>,
    /// How many scenarios run at once; without it, one for each CPU
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// Run each scenario this often
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub repeat: Option<u32>,
    /// Run everything again and again until something fails; with --repeat this often at most
    #[arg(long)]
    pub until_failure: bool,
    /// Write a report: json, junit, html, github or archive; may be given several times
    #[arg(long, value_name = "FORMAT=FILE")]
    pub report: Vec<ReportFile>,
    /// Write each run's event log as JSON lines into this folder
    #[arg(long, value_name = "DIR")]
    pub events: Option<PathBuf>,
    /// What this run was made on, for example 'node 20'; reports name it beside the subject
    #[arg(long, value_name = "TEXT")]
    pub label: Option<String>,
    /// Let time pass as on the wall instead of simulating it; with a speed, for example --real-time=20, simulate it, but
    /// let it pass only that much faster than on the wall
    #[arg(long, value_name = "SPEED", num_args = 0..=1, require_equals = true, conflicts_with = "coalesce")]
    pub real_time: Option<Option<Speed>>,
    /// Tell each event as it happens, on standard error
    #[arg(long, conflicts_with_all = ["pause_at", "until_failure"])]
    pub follow: bool,
    /// Let short polls fire this much late, so that long waits cost less
    #[arg(long, value_name = "DURATION")]
    pub coalesce: Option<SimDuration>,
    /// Leave the sandboxes there and say where they are
    #[arg(long)]
    pub keep: bool,
    /// Write what came out into the `expect` of the files, after showing the difference; refused when CI is set
    #[arg(long, conflicts_with_all = ["watch", "until_failure", "plugin"])]
    pub bless: bool,
    /// Run again whenever a scenario file changes
    #[arg(long, conflicts_with_all = ["until_failure", "pause_at"])]
    pub watch: bool,
    /// Stop the world at a step (`2`, `2.1`) or at the first event that has this text, and give a shell inside it
    #[arg(long, value_name = "STEP|EVENT")]
    pub pause_at: Option<String>,
    /// Say nothing about scenarios that are as they must be
    #[arg(long, short)]
    pub quiet: bool,
}

/// Arguments of `show`.
#[derive(Debug, Clone, Args)]
pub struct ShowArguments {
    /// A scenario of the last run, or an event log; without it the first that failed, else the first
    #[arg(value_name = "SCENARIO|FILE")]
    pub run: Option<String>,
    /// Only events of this actor, for example worker
    #[arg(long, value_name = "ACTOR")]
    pub actor: Vec<String>,
    /// Only events of this kind, for example job or told
    #[arg(long, value_name = "KIND")]
    pub kind: Vec<String>,
    /// Only events that have this text
    #[arg(long, value_name = "TEXT")]
    pub grep: Option<String>,
    /// Only events from this simulated time on
    #[arg(long, value_name = "DURATION")]
    pub from: Option<SimDuration>,
    /// Only events until this simulated time
    #[arg(long, value_name = "DURATION")]
    pub until: Option<SimDuration>,
    /// Also the machinery: clock, notes, deltas, passed gates
    #[arg(long)]
    pub all: bool,
    /// Print the events as JSON lines
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `new`.
#[derive(Debug, Clone, Args)]
pub struct NewArguments {
    /// The scenario's name: its path without the ending, for example review/late-cancel
    pub name: String,
    /// What must be true, as one sentence; asked for on a terminal
    #[arg(long)]
    pub title: Option<String>,
    /// Where the case comes from, for example '#49'; asked for on a terminal
    #[arg(long)]
    pub source: Option<String>,
    /// What it begins with
    #[arg(long, value_enum)]
    pub kind: Option<crate::new::Template>,
    /// The folder of the scenarios
    #[arg(long, value_name = "DIR", default_value = "scenarios")]
    pub folder: PathBuf,
}

/// Arguments of `words`.
#[derive(Debug, Clone, Args)]
pub struct WordsArguments {
    /// Only names that have this text
    pub name: Option<String>,
    /// Only this subject's
    #[arg(long)]
    pub subject: Option<String>,
}

/// Arguments of `merge`.
#[derive(Debug, Clone, Args)]
pub struct MergeArguments {
    /// What `run --report archive=FILE` wrote on each machine
    #[arg(required = true, value_name = "FILE")]
    pub archives: Vec<PathBuf>,
    /// Write a report: json, junit, html, github or archive; may be given several times
    #[arg(long, value_name = "FORMAT=FILE")]
    pub report: Vec<ReportFile>,
}

/// Arguments of `doctor`.
#[derive(Debug, Clone, Args)]
pub struct DoctorArguments {
    /// A plugin folder to look at
    #[arg(long, value_name = "DIR")]
    pub plugin: Option<PathBuf>,
    /// The plugin's data folder, where its jobs are; without it $CLAUDE_PLUGIN_DATA, and what Claude Code usually uses
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Formats that have a JSON Schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Described {
    /// Scenario files
    Scenario,
    /// rescue-harness.toml
    Config,
    /// What `run --report json=FILE` writes
    Report,
}

/// Arguments of `schema`.
#[derive(Debug, Clone, Args)]
pub struct SchemaArguments {
    /// Of what
    #[arg(value_enum, default_value = "scenario")]
    pub of: Described,
    /// Write schema.json into this folder, and the line that makes editors use it into the scenario files below it
    #[arg(long, value_name = "DIR", conflicts_with = "of")]
    pub install: Option<PathBuf>,
}

/// Arguments of `record`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
To record what a plugin does with Codex, let --wrapper make a `codex` that records, and put it first on the PATH:

  rescue-harness record --wrapper ~/recorded
  PATH=~/recorded:$PATH claude

Each start of codex writes a file of its own there. Keys, passwords, mail addresses, user and host names and the
folders of this machine are replaced by marks such as <secret:1> and ${HOME}, also in texts that come in pieces;
read a transcript before you publish it all the same.")]
pub struct RecordArguments {
    /// Where to write what they say, as JSON lines; a file that is there is kept, and FILE-2 written
    #[arg(long, value_name = "FILE", default_value = "transcript.jsonl")]
    pub out: PathBuf,
    /// Do not take out secrets, names and folders of yours
    #[arg(long)]
    pub keep_secrets: bool,
    /// Make a folder with a `codex` that records the real one of the PATH each time it is started
    #[arg(long, value_name = "DIR", conflicts_with_all = ["out", "command"])]
    pub wrapper: Option<PathBuf>,
    /// The server's command, for example: -- codex app-server
    #[arg(
        last = true,
        required_unless_present = "wrapper",
        value_name = "COMMAND"
    )]
    pub command: Vec<std::ffi::OsString>,
}

/// Arguments of `replay`.
#[derive(Debug, Clone, Args)]
pub struct ReplayArguments {
    /// What `record` wrote
    pub file: PathBuf,
    /// Answer a client on standard input exactly as recorded, with the recorded pauses; the client must ask the same
    #[arg(long)]
    pub serve: bool,
    /// Run this plugin folder instead of the built-in companion
    #[arg(long, value_name = "DIR", conflicts_with = "serve")]
    pub plugin: Option<PathBuf>,
    /// Leave out the pauses
    #[arg(long, conflicts_with = "serve")]
    pub at_once: bool,
    /// Leave the sandbox there and say where it is
    #[arg(long, conflicts_with = "serve")]
    pub keep: bool,
}

/// Arguments of `transcript`.
#[derive(Debug, Clone, Args)]
pub struct TranscriptArguments {
    /// What `record` wrote
    pub file: PathBuf,
    /// Leave out the pauses
    #[arg(long)]
    pub at_once: bool,
}
