//! A workspace with a fake Codex, and the companion to run in it.

#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

pub const COMPLETE: &str = "[[codex-task status=complete]]";
const COMPANION: &str = env!("CARGO_BIN_EXE_codex-companion");
const HOOK: &str = env!("CARGO_BIN_EXE_codex-rescue-hook");

pub struct World {
    pub folder: tempfile::TempDir,
    pub session: Option<String>,
    pub variables: Vec<(String, String)>,
}

/// What a command did.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub fn good(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }
}

impl World {
    /// A world whose Codex follows a script.
    pub fn new(script: Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["bin", "home", "codex", "tmp", "data", "workspace"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let fake = Path::new(COMPANION)
            .with_file_name("examples")
            .join("codex");
        assert!(
            fake.exists(),
            "build {} with `cargo test -p companion`",
            fake.display()
        );
        symlink(fake, folder.path().join("bin/codex")).unwrap();
        fs::write(folder.path().join("script.json"), script.to_string()).unwrap();
        let world = Self {
            folder,
            session: Some("session-main".into()),
            variables: Vec::new(),
        };
        let git = world
            .command("git")
            .args(["init", "-q", "-b", "main"])
            .status()
            .unwrap();
        assert!(git.success());
        world
    }

    /// A world whose n-th turn does these steps.
    pub fn with_turns(turns: Value) -> Self {
        Self::new(json!({"turns": turns}))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn workspace(&self) -> PathBuf {
        self.path("workspace")
    }

    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let path = format!(
            "{}:/usr/local/bin:/usr/bin:/bin",
            self.path("bin").display()
        );
        command
            .env_clear()
            .current_dir(self.workspace())
            .stdin(Stdio::null());
        command
            .env("PATH", path)
            .env("HOME", self.path("home"))
            .env("TMPDIR", self.path("tmp"));
        command
            .env("CODEX_HOME", self.path("codex"))
            .env("CLAUDE_PLUGIN_DATA", self.path("data"));
        command.env("FAKE_CODEX_SCRIPT", self.path("script.json"));
        command.env("FAKE_CODEX_EVENTS", self.path("events.jsonl"));
        command
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null");
        if let Some(session) = &self.session {
            command.env("CODEX_COMPANION_SESSION_ID", session);
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    pub fn companion(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(COMPANION);
        command.args(arguments);
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.companion(arguments).output().unwrap())
    }

    /// Starts a background task and gives its id.
    pub fn dispatch(&self, prompt: &str) -> String {
        let ran = self.run(&["task", "--background", "--json", prompt]).good();
        ran.json()["jobId"].as_str().unwrap().to_owned()
    }

    /// The hook's answer to an event.
    pub fn hook(&self, event: &Value) -> Ran {
        use std::io::Write;
        let mut command = self.command(HOOK);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(event.to_string().as_bytes())
            .unwrap();
        Ran::from(child.wait_with_output().unwrap())
    }

    /// A PostToolUse event of a codex-rescue call that has returned with this text.
    pub fn returned(&self, text: &str, duration: Option<u64>) -> Value {
        let mut event = json!({
            "hook_event_name": "PostToolUse",
            "tool_name": "Agent",
            "session_id": "session-main",
            "cwd": self.workspace(),
            "tool_input": {"subagent_type": "codex:codex-rescue"},
            "tool_response": {
                "status": "completed",
                "agentId": "a1",
                "content": [{"type": "text", "text": text}],
            },
        });
        if let Some(duration) = duration {
            event["duration_ms"] = json!(duration);
        }
        event
    }

    /// The context that the hook gives for an event.
    pub fn context(&self, event: &Value) -> String {
        let answer = self.hook(event).good().json();
        answer["hookSpecificOutput"]["additionalContext"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    pub fn state_folder(&self) -> PathBuf {
        companion::state::directory(
            Some(&self.path("data")),
            Path::new("/tmp"),
            &self.workspace(),
        )
    }

    /// Row and record file of a job.
    pub fn records(&self, id: &str) -> (Value, Value) {
        let read =
            |path: PathBuf| -> Value { serde_json::from_slice(&fs::read(&path).unwrap()).unwrap() };
        let state = read(self.state_folder().join("state.json"));
        let rows = state["jobs"].as_array().unwrap();
        let row = rows
            .iter()
            .find(|row| row["id"] == id)
            .cloned()
            .unwrap_or_default();
        (
            row,
            read(self.state_folder().join(format!("jobs/{id}.json"))),
        )
    }

    /// The rows of all jobs.
    pub fn rows(&self) -> Vec<Value> {
        let text = fs::read(self.state_folder().join("state.json")).unwrap_or_default();
        let state: Value = serde_json::from_slice(&text).unwrap_or_default();
        state["jobs"].as_array().cloned().unwrap_or_default()
    }

    pub fn log(&self, id: &str) -> String {
        fs::read_to_string(self.state_folder().join(format!("jobs/{id}.log"))).unwrap()
    }

    /// Methods that Codex was sent, in order.
    pub fn received(&self) -> Vec<String> {
        let events = fs::read_to_string(self.path("events.jsonl")).unwrap_or_default();
        events
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|event| event["kind"] == "received")
            .filter_map(|event| Some(event["method"].as_str()?.to_owned()))
            .collect()
    }

    /// Waits until a job's record satisfies a condition; a safety net ends the test.
    pub fn until(&self, id: &str, condition: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..2_000 {
            let row = self
                .rows()
                .into_iter()
                .find(|row| row["id"] == id)
                .unwrap_or_default();
            if condition(&row) {
                return row;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        panic!("the condition was not met: {:?}", self.rows());
    }

    /// Processes of this world that live.
    pub fn processes(&self) -> Vec<String> {
        let mark = self.folder.path().to_string_lossy().into_owned();
        let entries = fs::read_dir("/proc").unwrap().flatten();
        entries
            .filter(|entry| {
                let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
                let state = stat
                    .rsplit_once(") ")
                    .map(|(_, rest)| rest.starts_with('Z'));
                state == Some(false)
            })
            .filter(|entry| {
                let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
                String::from_utf8_lossy(&environment).contains(&mark)
            })
            .map(|entry| fs::read_to_string(entry.path().join("cmdline")).unwrap_or_default())
            .collect()
    }

    /// Fails unless every process of this world ends soon.
    pub fn assert_no_process_left(&self) {
        for _ in 0..2_000 {
            if self.processes().is_empty() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        panic!("left over: {:?}", self.processes());
    }
}

/// Whether the context is the one of this name in the vocabulary; placeholders match anything.
pub fn is_context(context: &str, name: &str) -> bool {
    let text = include_str!("../../../vocabulary/builtin.yaml");
    let vocabulary: Value = serde_saphyr::from_str(text).unwrap();
    let entry = &vocabulary["entries"][name];
    let template = entry.as_str().or_else(|| entry["text"].as_str()).unwrap();
    let mut rest = context;
    let mut pieces = template.split(['{', '}']).step_by(2);
    let first = pieces.next().unwrap_or_default();
    rest.starts_with(first)
        && pieces.all(|piece| match rest.find(piece) {
            Some(place) => {
                rest = &rest[place + piece.len()..];
                true
            }
            None => false,
        })
}
