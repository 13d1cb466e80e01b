//! The fake against recordings of the real Codex: the client's side of every recorded case is
//! played to the fake, and what the fake sends is compared with what the real one sent.
//!
//! What the model said in a case becomes a script by machine. Ids are compared by identity, times
//! only for being there. The order is compared where the real one keeps an order: among the items
//! and turns of a thread, among the states of a thread, among notifications of one kind; and
//! wherever all recordings of a version agree that one kind of message comes before another.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod compare;
mod orders;
mod player;
mod recordings;
mod streams;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fake_codex::script::Version;
use orders::Orders;
use recordings::Group;

/// A message of the fake that does not come within this time will not come: a safety net, for a
/// machine that is busy with other things.
const LONG: Duration = Duration::from_secs(60);

/// How long is waited for what a case is known not to send.
const SHORT: Duration = Duration::from_millis(400);

/// Why each case that the fake cannot follow is one.
fn exceptions() -> BTreeMap<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity-exceptions.txt");
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (case, reason) = line
                .split_once(": ")
                .expect("a line is `VERSION/CASE: reason`");
            (case.to_owned(), reason.to_owned())
        })
        .collect()
}

/// The fake of this build.
struct Fake;

impl player::Program for Fake {
    fn command(&self, script: &Path, _home: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_codex"));
        command
            .env("FAKE_CODEX_SCRIPT", script)
            .env_remove("FAKE_CODEX_EVENTS");
        command
    }
}

/// Plays every group, several at a time; the differences of each case.
fn play(
    groups: &[Group],
    orders: &BTreeMap<Version, Orders>,
    exceptions: &BTreeMap<String, String>,
) -> BTreeMap<String, Vec<String>> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(group) = groups.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let listed = |case| exceptions.contains_key(&group.case_name(case));
                    let hopeless = group.cases.iter().any(listed);
                    let patience = if hopeless { SHORT } else { LONG };
                    let rules = player::Rules {
                        program: &Fake,
                        patience,
                        orders: &orders[&group.version],
                    };
                    let differences = player::play(group, rules);
                    results.lock().unwrap().extend(differences);
                }
            });
        }
    });
    results.into_inner().unwrap()
}

#[test]
fn the_fake_does_what_the_real_codex_did() {
    let only = std::env::var("PARITY_CASE").ok();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings");
    let mut groups: Vec<Group> = Version::ALL
        .into_iter()
        .flat_map(|version| recordings::groups(version, &folder))
        .collect();
    let orders: BTreeMap<Version, Orders> = Version::ALL
        .into_iter()
        .map(|version| {
            let groups = groups.iter().filter(|group| group.version == version);
            (version, Orders::learn(groups))
        })
        .collect();
    for (version, orders) in &orders {
        let known = orders.len();
        println!(
            "{known} orders of messages are kept by {}",
            version.number()
        );
        assert!(known > 100, "too few to mean anything");
    }
    groups.retain(|group| {
        only.as_ref()
            .is_none_or(|only| group.name().contains(only.as_str()))
    });
    let exceptions = exceptions();
    let results = play(&groups, &orders, &exceptions);
    let mut report = String::new();
    let mut followed = 0;
    for (case, differences) in &results {
        match (differences.is_empty(), exceptions.get(case)) {
            (true, None) => followed += 1,
            (false, Some(_)) => {}
            (true, Some(_)) => {
                let _ = writeln!(
                    report,
                    "{case}: followed now; remove it from parity-exceptions.txt"
                );
            }
            (false, None) => {
                let _ = writeln!(report, "{case}:");
                for difference in differences.iter().take(6) {
                    let _ = writeln!(report, "    {difference}");
                }
            }
        }
    }
    for case in exceptions
        .keys()
        .filter(|case| only.is_none() && !results.contains_key(*case))
    {
        let _ = writeln!(
            report,
            "{case}: no such case; remove it from parity-exceptions.txt"
        );
    }
    println!(
        "{followed} of {} recorded cases are followed",
        results.len()
    );
    assert!(report.is_empty(), "\n{report}");
}
