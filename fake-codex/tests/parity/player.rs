//! Playing the client's side of a case.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use fake_codex::script::Script;
use fake_codex::transcript::{Entry, Pace, Transcript, Way, to_script};
use serde_json::Value;

use crate::compare::Identities;
use crate::orders::Orders;
use crate::recordings::Group;
use crate::streams::compare;

/// The program that is played to.
pub trait Program {
    /// The command that starts it, with what it needs to act as the script says.
    fn command(&self, script: &Path, home: &Path) -> Command;
}

/// What is played to, and how long is waited for it.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// The program.
    pub program: &'a dyn Program,
    /// A message that does not come within this time will not come.
    pub patience: Duration,
    /// The orders that it must keep.
    pub orders: &'a Orders,
}

/// Plays the cases of a group one after the other; the differences of each.
pub fn play(group: &Group, rules: Rules<'_>) -> BTreeMap<String, Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let (home, repo) = (folder.path().join("ch"), folder.path().join("repo"));
    std::fs::create_dir_all(&home).unwrap();
    std::fs::create_dir_all(repo.join(".git/refs/heads")).unwrap();
    std::fs::create_dir_all(repo.join(".git/objects")).unwrap();
    std::fs::write(repo.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
    std::fs::write(repo.join(".git/refs/heads/main"), "0123456789".repeat(4)).unwrap();
    std::fs::write(repo.join("a.txt"), "one\ntwo\n").unwrap();
    let mut identities = Identities::default();
    let mut results = BTreeMap::new();
    for (number, case) in group.cases.iter().enumerate() {
        let transcript = placed(&case.transcript, &home, &repo);
        forget_turns(&home.join("fake-codex/ledger.json"));
        let script = folder.path().join(format!("script-{number}.json"));
        std::fs::write(&script, script_text(&transcript)).unwrap();
        let mut game = Game::start(&script, &home, &repo, &mut identities, rules);
        game.play(&transcript);
        let differences = game.verdict(&transcript);
        results.insert(group.case_name(case), differences);
    }
    results
}

/// Each process has a script of its own, so the count of turns begins anew with it.
fn forget_turns(ledger: &Path) {
    if let Ok(text) = std::fs::read_to_string(ledger) {
        let mut counts: Value = serde_json::from_str(&text).unwrap();
        counts["turns"] = Value::Array(Vec::new());
        counts["reviews"] = Value::Array(Vec::new());
        std::fs::write(ledger, counts.to_string()).unwrap();
    }
}

/// The transcript with the folders of this run.
fn placed(transcript: &Transcript, home: &Path, repo: &Path) -> Transcript {
    let text = serde_json::to_string(&transcript.entries).unwrap();
    let (home, repo) = (home.display().to_string(), repo.display().to_string());
    let mut text = text
        .replace("${RUN}/repo", &repo)
        .replace("${RUN}/ch", &home)
        .replace("${ROOT}/runs/repo", &repo);
    for version in ["0.117.0", "0.134.0", "0.169.0"] {
        text = text.replace(&format!("${{ROOT}}/runs/ch-{version}"), &home);
    }
    Transcript {
        entries: serde_json::from_str(&text).unwrap(),
    }
}

fn script_text(transcript: &Transcript) -> String {
    let script: Script = to_script(transcript, Pace::AtOnce);
    if std::env::var_os("PARITY_SHOW").is_some() {
        println!("{}", serde_json::to_string_pretty(&script).unwrap());
    }
    serde_json::to_string(&script).unwrap()
}

struct Game<'a> {
    child: Child,
    stdin: Option<ChildStdin>,
    from: Receiver<Value>,
    /// What the fake sent, and how often each method.
    sent: Vec<Value>,
    identities: &'a mut Identities,
    differences: Vec<String>,
    signalled: bool,
    rules: Rules<'a>,
}

impl<'a> Game<'a> {
    fn start(
        script: &Path,
        home: &Path,
        repo: &Path,
        identities: &'a mut Identities,
        rules: Rules<'a>,
    ) -> Self {
        let mut child = rules
            .program
            .command(script, home)
            .arg("app-server")
            .env("CODEX_HOME", home)
            .current_dir(repo)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (to, from) = mpsc::channel();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let value = serde_json::from_str(&line).unwrap_or(Value::String(line));
                if to.send(value).is_err() {
                    return;
                }
            }
        });
        let stdin = child.stdin.take();
        Self {
            child,
            stdin,
            from,
            sent: Vec::new(),
            identities,
            differences: Vec::new(),
            signalled: false,
            rules,
        }
    }

    fn play(&mut self, transcript: &Transcript) {
        let mut before: Vec<&Entry> = Vec::new();
        for entry in &transcript.entries {
            match entry.dir {
                Way::ToClient => before.push(entry),
                Way::ToServer | Way::ToServerRaw | Way::Meta => {
                    let acts = entry.dir != Way::Meta || entry.msg.get("action").is_some();
                    if acts && !self.wait_for(&before) {
                        return;
                    }
                    self.act(entry);
                }
                _ => {}
            }
        }
    }

    fn act(&mut self, entry: &Entry) {
        match entry.dir {
            Way::ToServer => {
                let text = self.identities.translate(&entry.msg.to_string());
                self.write(&format!("{text}\n"));
            }
            Way::ToServerRaw => {
                let text = entry.msg.as_str().unwrap_or_default();
                // One recorded line stands for a message without its line end.
                let end = if text.starts_with('(') { "" } else { "\n" };
                let text = if end.is_empty() {
                    "{\"id\":5,\"method\":\"thread/loaded/list\",\"params\":{}}"
                } else {
                    text
                };
                self.write(&format!("{text}{end}"));
            }
            _ => match entry.msg["action"].as_str() {
                Some("close stdin") => self.stdin = None,
                Some(signal) => {
                    let name = signal.trim_start_matches("signal ");
                    let signal: nix::sys::signal::Signal = name.parse().unwrap();
                    let pid = nix::unistd::Pid::from_raw(i32::try_from(self.child.id()).unwrap());
                    nix::sys::signal::kill(pid, signal).unwrap();
                    self.signalled = true;
                }
                None => {}
            },
        }
    }

    fn write(&mut self, text: &str) {
        if let Some(stdin) = &mut self.stdin {
            // A fake that is gone shows in what it did not send.
            let _ = stdin.write_all(text.as_bytes());
        }
    }

    /// Waits until the fake has sent what the real one had sent by then: every reply, and of each
    /// notification as many.
    fn wait_for(&mut self, before: &[&Entry]) -> bool {
        let until = Instant::now() + self.rules.patience;
        loop {
            while let Ok(message) = self.from.try_recv() {
                self.take(message, before);
            }
            let Some(missing) = self.missing(before) else {
                return true;
            };
            match self
                .from
                .recv_timeout(until.saturating_duration_since(Instant::now()))
            {
                Ok(message) => self.take(message, before),
                Err(_) => {
                    self.differences.push(format!("does not come: {missing}"));
                    return false;
                }
            }
        }
    }

    fn take(&mut self, message: Value, before: &[&Entry]) {
        // Replies tell ids that the client uses next, so they are joined at once.
        if message.get("method").is_none()
            && let Some(entry) = before
                .iter()
                .find(|e| e.msg.get("method").is_none() && e.msg["id"] == message["id"])
        {
            self.identities.differences(&entry.msg, &message);
        }
        self.sent.push(message);
    }

    fn missing(&self, before: &[&Entry]) -> Option<String> {
        let key = |message: &Value| match message["method"].as_str() {
            Some(method) => method.to_owned(),
            None => format!("the reply to {}", message["id"]),
        };
        let mut counts: BTreeMap<String, i32> = BTreeMap::new();
        for entry in before {
            *counts.entry(key(&entry.msg)).or_default() += 1;
        }
        for message in &self.sent {
            *counts.entry(key(message)).or_default() -= 1;
        }
        counts
            .into_iter()
            .find(|(_, count)| *count > 0)
            .map(|(key, _)| key)
    }

    /// Ends the fake, and compares all that it sent and how it ended.
    fn verdict(mut self, transcript: &Transcript) -> Vec<String> {
        let complete = self.differences.is_empty();
        if !complete {
            let _ = self.child.kill();
        }
        // A signal ends the fake of itself; it must not be the end of its input that does it.
        let until = Instant::now() + self.rules.patience;
        while self.signalled && self.child.try_wait().unwrap().is_none() && Instant::now() < until {
            std::thread::yield_now();
        }
        self.stdin = None;
        let status = self.child.wait().unwrap();
        while let Ok(message) = self.from.recv_timeout(self.rules.patience) {
            self.sent.push(message);
        }
        let mut differences = self.differences;
        let recorded: Vec<&Value> = transcript
            .entries
            .iter()
            .filter(|entry| entry.dir == Way::ToClient)
            .map(|entry| &entry.msg)
            .collect();
        let cut = was_cut_off(transcript);
        differences.extend(compare(&recorded, &self.sent, self.identities, cut));
        differences.extend(self.rules.orders.broken(&self.sent, transcript));
        let exit = transcript
            .entries
            .iter()
            .find_map(|entry| entry.msg["exit"].as_i64());
        let code = status.code().unwrap_or_else(|| -status.signal().unwrap());
        if complete && exit.is_some_and(|exit| exit != i64::from(code)) {
            differences.push(format!("it exits with {code}, recorded is {exit:?}"));
        }
        differences
    }
}

/// Whether the client ended the server right after its last message.
fn was_cut_off(transcript: &Transcript) -> bool {
    let last = transcript
        .entries
        .iter()
        .rfind(|entry| entry.dir == Way::ToServer);
    let end = transcript
        .entries
        .iter()
        .find(|entry| entry.msg.get("action").is_some());
    matches!((last, end), (Some(last), Some(end)) if end.t - last.t < 0.2)
}
