//! Plays recorded cases to the real Codex, and tells where it does something else by now.
//!
//! Usage: `codex-conformance VERSION=PROGRAM...`. Exit code 0 if nothing drifted, 1 if something
//! did, 2 if it cannot run.

mod cases;
#[path = "../../../fake-codex/tests/parity/compare.rs"]
mod compare;
mod model;
#[path = "../../../fake-codex/tests/parity/orders.rs"]
mod orders;
#[path = "../../../fake-codex/tests/parity/player.rs"]
mod player;
#[path = "../../../fake-codex/tests/parity/recordings.rs"]
mod recordings;
#[path = "../../../fake-codex/tests/parity/streams.rs"]
mod streams;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use fake_codex::script::Version;

/// So many differences of a case are told.
const MOST_TOLD: usize = 20;

/// A message of the real one that does not come within this time has drifted away.
const PATIENCE: Duration = Duration::from_secs(20);

/// The real Codex, with a model of ours.
struct Real {
    program: PathBuf,
    model: String,
    retries: (u32, u32),
}

impl player::Program for Real {
    fn command(&self, _script: &Path, home: &Path) -> Command {
        let config = format!(
            "model = \"mock-model\"\nmodel_provider = \"mock\"\n\n[model_providers.mock]\n\
             name = \"Mock\"\nbase_url = \"{}/v1\"\nwire_api = \"responses\"\n\
             requires_openai_auth = false\nrequest_max_retries = {}\nstream_max_retries = {}\n\n\
             [features]\nplugins = false\n",
            self.model, self.retries.0, self.retries.1
        );
        std::fs::write(home.join("config.toml"), config).expect("the CODEX_HOME is writable");
        let temporary = home.with_file_name("tmp");
        std::fs::create_dir_all(&temporary).expect("the folder of the case is writable");
        let mut command = Command::new(&self.program);
        // The terminal's name would show in the user agent.
        command
            .env("TMPDIR", temporary)
            .env("HOME", home)
            .env_remove("TERM")
            .env_remove("TERM_PROGRAM");
        command
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut programs = Vec::new();
    for argument in &arguments {
        let parsed = argument
            .split_once('=')
            .and_then(|(number, program)| Some((Version::from_number(number)?, program)));
        let Some((version, program)) = parsed else {
            eprintln!("{argument:?} is no VERSION=PROGRAM with a recorded version");
            return ExitCode::from(2);
        };
        programs.push((version, PathBuf::from(program)));
    }
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("cannot serve the model: {error}");
            return ExitCode::from(2);
        }
    };
    let mut drifted = 0;
    for (version, program) in programs {
        drifted += check(&runtime, version, &program);
    }
    if drifted == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Plays the cases of one version; how many drifted.
fn check(runtime: &tokio::runtime::Runtime, version: Version, program: &Path) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fake-codex/tests/recordings");
    let groups = recordings::groups(version, &folder);
    let orders = orders::Orders::learn(&groups);
    let (known, number) = (orders.len(), version.number());
    println!("{number}: {known} orders of messages are to be kept");
    let mut drifted = 0;
    let only = std::env::var("CONFORMANCE_CASE").ok();
    let wanted = |case: &&cases::Case| {
        let here = case.only.is_empty() || case.only.contains(&version.number());
        here && only
            .as_ref()
            .is_none_or(|only| case.name.contains(only.as_str()))
    };
    for case in cases::CASES.iter().filter(wanted) {
        let server = match runtime.block_on(model::serve(case.answers)) {
            Ok(server) => server,
            Err(error) => {
                eprintln!("cannot serve the model: {error}");
                return drifted + 1;
            }
        };
        let real = Real {
            program: program.to_owned(),
            model: server.uri(),
            retries: case.retries,
        };
        for group in groups
            .iter()
            .filter(|group| group.name().ends_with(&format!("/{}", case.name)))
        {
            let rules = player::Rules {
                program: &real,
                patience: PATIENCE,
                orders: &orders,
            };
            for (name, mut differences) in player::play(group, rules) {
                let of_the_machine = |difference: &String| {
                    // Which sandbox helper is missing is told in the machine's own words.
                    difference.starts_with("configWarning: .params.summary")
                        || case.varies.iter().any(|part| difference.contains(part))
                };
                differences.retain(|difference| !of_the_machine(difference));
                if differences.is_empty() {
                    println!("{name}: as recorded");
                    continue;
                }
                drifted += 1;
                println!("{name}: drifted");
                for difference in differences.iter().take(MOST_TOLD) {
                    println!("    {difference}");
                }
                let left = differences.len().saturating_sub(MOST_TOLD);
                if left > 0 {
                    println!("    and {left} more");
                }
            }
        }
    }
    drifted
}
