//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use fake_codex::duration::SimDuration;

use crate::report::ReportFile;

/// Settles whether an agent's helper can be trusted to say "done".
///
/// Runs a Codex companion and its Claude Code hooks, as unmodified processes, in a simulated world:
/// Codex is fake, Claude Code is simulated, time is simulated, the operating system is real.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true, after_help = EXIT_CODES)]
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
  5  the harness itself broke (says nothing about the subject)";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run scenarios
    Run(RunArguments),
    /// List scenarios
    List(ListArguments),
    /// Check scenario files without running them
    Check(ListArguments),
    /// Print the JSON Schema of scenario files
    Schema,
    /// Run scenarios on many revisions of a plugin and show who is red where
    Matrix(super::matrix::MatrixArguments),
    /// Find the revision of a plugin that changed a scenario's colour
    Bisect(super::bisect::BisectArguments),
    /// Print the page that describes a folder of scenarios
    Readme(Selection),
}

/// Which scenarios.
#[derive(Debug, Clone, Args)]
pub struct Selection {
    /// Scenario files or folders; without any, ./scenarios, or the library inside this program
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Only scenarios whose path or title contains this text
    #[arg(long, short, value_name = "TEXT")]
    pub filter: Vec<String>,
    /// Only scenarios with this source, for example F17 or '#49'
    #[arg(long, value_name = "SOURCE")]
    pub source: Vec<String>,
    /// Only scenarios with this tag
    #[arg(long, value_name = "TAG")]
    pub tag: Vec<String>,
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
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub repeat: u32,
    /// Write a report; may be given several times
    #[arg(long, value_name = "FORMAT=FILE")]
    pub report: Vec<ReportFile>,
    /// Write each run's event log as JSON lines into this folder
    #[arg(long, value_name = "DIR")]
    pub events: Option<PathBuf>,
    /// Let time pass as on the wall instead of simulating it
    #[arg(long, conflicts_with = "coalesce")]
    pub real_time: bool,
    /// Let short polls fire this much late, so that long waits cost less
    #[arg(long, value_name = "DURATION")]
    pub coalesce: Option<SimDuration>,
    /// Leave the sandboxes there and say where they are
    #[arg(long)]
    pub keep: bool,
    /// Say nothing about scenarios that are as they must be
    #[arg(long, short)]
    pub quiet: bool,
}
