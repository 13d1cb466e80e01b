//! The world of one run of the real Claude Code: its folders, the plugin, the program itself.

use crate::model::{self, Asked};
use crate::script::{Act, MAIN, Script};
use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long one run may take in real time.
const LONGEST: Duration = Duration::from_secs(120);
/// How often it is looked whether something has happened.
const ATTENTION: Duration = Duration::from_millis(20);
/// How long after its last answer the main thread is given to go on by itself.
const GRACE: Duration = Duration::from_secs(3);

/// A run's folders.
pub struct World {
    root: TempDir,
}

/// What a run said.
pub struct Said {
    /// The inputs of all hooks, in order.
    pub hooks: Vec<Value>,
    /// The messages of the main thread's last request.
    pub messages: Vec<Value>,
}

impl World {
    /// Lays the folders out.
    pub fn new() -> Result<World> {
        let root = tempfile::Builder::new()
            .prefix("claude-conformance-")
            .tempdir()?;
        let world = World { root };
        for folder in [
            world.home(),
            world.temporary(),
            world.workspace(),
            world.records(),
            world.bin(),
        ] {
            std::fs::create_dir_all(&folder)?;
        }
        let mut git = Command::new("git");
        git.args(["init", "-q"]).arg(world.workspace());
        if !git.status().context("git is needed")?.success() {
            bail!("git init failed");
        }
        Ok(world)
    }

    pub fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }
    pub fn temporary(&self) -> PathBuf {
        self.root.path().join("tmp")
    }
    pub fn workspace(&self) -> PathBuf {
        self.home().join("work")
    }
    pub fn plugin(&self) -> PathBuf {
        self.root.path().join("plugin")
    }
    pub fn bin(&self) -> PathBuf {
        self.root.path().join("bin")
    }
    fn records(&self) -> PathBuf {
        self.root.path().join("hooks")
    }

    /// The texts of this world with what stands for them in recordings.
    pub fn replacements(&self) -> Vec<(String, String)> {
        [
            (self.workspace(), "${WORKSPACE}"),
            (self.plugin(), "${CLAUDE_PLUGIN_ROOT}"),
            (self.home(), "${HOME}"),
            (self.temporary(), "${TMPDIR}"),
        ]
        .map(|(path, name)| (path.display().to_string(), name.to_owned()))
        .into()
    }

    /// The plugin of the recordings, whose hooks also write down what they are given.
    pub fn recording_plugin(&self, source: &Path) -> Result<()> {
        copy(source, &self.plugin())?;
        let answer = self.plugin().join("hooks/answer.sh");
        let rest = std::fs::read_to_string(&answer)?;
        let records = self.records();
        let record = format!(
            "input=$(cat)\nprintf '%s' \"$input\" > \"{}/$(date +%s%N).$1\"\n",
            records.display()
        );
        // The answer reads its input as the hook would.
        std::fs::write(&answer, format!("{record}exec 0<<EOF\n$input\nEOF\n{rest}"))?;
        let agents = self.plugin().join("agents");
        std::fs::create_dir_all(&agents)?;
        let agent = "---\nname: codex-rescue\ndescription: Hands work to Codex\nmodel: sonnet\ntools: Bash\n---\nForward one task.\n";
        std::fs::write(agents.join("codex-rescue.md"), agent)?;
        Ok(())
    }

    /// Runs Claude Code until it ends by itself.
    pub fn run(
        &self,
        runtime: &tokio::runtime::Runtime,
        program: &Path,
        script: Script,
    ) -> Result<Said> {
        for (path, text) in &script.files {
            std::fs::write(self.workspace().join(path), text)?;
        }
        let script = Arc::new(script);
        let model = runtime.block_on(model::serve(Arc::clone(&script)));
        let mut command = self.command(program, &model.server.uri());
        let is_streamed = !script.user.is_empty();
        match is_streamed {
            true => command.args([
                "-p",
                "--input-format",
                "stream-json",
                "--output-format",
                "stream-json",
                "--verbose",
            ]),
            false => command.args(["-p", MAIN, "--output-format", "json"]),
        };
        command.arg("--plugin-dir").arg(self.plugin());
        command.args(["--allowedTools", "Agent", "Bash", "TaskStop", "SendMessage"]);
        command.stdin(if is_streamed {
            Stdio::piped()
        } else {
            Stdio::null()
        });
        let mut child = Ended(
            command
                .spawn()
                .with_context(|| format!("cannot start {}", program.display()))?,
        );
        let begin = Instant::now();
        let mut input = child.0.stdin.take();
        if let Some(input) = &mut input {
            say(input, MAIN)?;
        }
        let mut acts = script.user.iter();
        let mut next = acts.next();
        let mut quiet_since: Option<(usize, Instant)> = None;
        while child.0.try_wait()?.is_none() {
            if begin.elapsed() > LONGEST {
                bail!("it had not ended after {LONGEST:?}");
            }
            let (answers, worked) = seen(&model.asked);
            if let (Some((after, act)), Some(worked), Some(input)) = (next, worked, &mut input)
                && worked.elapsed() >= *after
            {
                act_on(input, *act)?;
                next = acts.next();
            }
            // A session of streamed input ends with its input.
            if next.is_none() && answers >= script.main.len() && input.is_some() {
                match quiet_since {
                    Some((before, since)) if before == answers && since.elapsed() > GRACE => {
                        input = None
                    }
                    Some((before, _)) if before == answers => {}
                    _ => quiet_since = Some((answers, Instant::now())),
                }
            }
            std::thread::sleep(ATTENTION);
        }
        let messages = model
            .asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .main
            .clone();
        if messages.is_empty() {
            let errors =
                std::fs::read_to_string(self.root.path().join("stderr")).unwrap_or_default();
            bail!("it asked its model nothing: {}", errors.trim());
        }
        Ok(Said {
            hooks: self.recorded()?,
            messages,
        })
    }

    fn command(&self, program: &Path, model: &str) -> Command {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut folders = vec![self.bin()];
        folders.extend(std::env::split_paths(&path));
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::join_paths(folders).unwrap_or(path))
            .env("HOME", self.home())
            .env("TMPDIR", self.temporary())
            .env("LANG", "C.UTF-8")
            .env("SHELL", "/bin/bash")
            .env("ANTHROPIC_BASE_URL", model)
            .env("ANTHROPIC_API_KEY", "none")
            .env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1")
            .env("DISABLE_TELEMETRY", "1")
            .env("DISABLE_AUTOUPDATER", "1")
            .env("DISABLE_ERROR_REPORTING", "1")
            .env("CODEX_HOME", self.home().join(".codex"))
            .env("FAKE_CODEX_SCRIPT", self.codex_script())
            .current_dir(self.workspace());
        for (name, stream) in [("stdout", 1), ("stderr", 2)] {
            let file = File::create(self.root.path().join(name))
                .map_or_else(|_| Stdio::null(), Stdio::from);
            match stream {
                1 => command.stdout(file),
                _ => command.stderr(file),
            };
        }
        command
    }

    /// Where fake-codex finds what it does.
    pub fn codex_script(&self) -> PathBuf {
        self.root.path().join("codex-script.json")
    }

    fn recorded(&self) -> Result<Vec<Value>> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(self.records())?
            .map(|file| file.map(|file| file.path()))
            .collect::<std::io::Result<_>>()?;
        files.sort();
        let read = |path: &PathBuf| -> Result<Value> {
            let text = std::fs::read_to_string(path)?;
            serde_json::from_str(&text).with_context(|| format!("a hook was given no JSON: {text}"))
        };
        files.iter().map(read).collect()
    }
}

/// A child that does not outlive the run.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            let _ = kill(Pid::from_raw(self.0.id() as i32), Signal::SIGKILL);
            let _ = self.0.wait();
        }
    }
}

fn seen(asked: &Mutex<Asked>) -> (usize, Option<Instant>) {
    let asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
    (asked.answers, asked.worked)
}

fn say(input: &mut ChildStdin, text: &str) -> Result<()> {
    let content = json!([{"type": "text", "text": text}]);
    let message = json!({"type": "user", "message": {"role": "user", "content": content}});
    writeln!(input, "{message}").context("Claude Code reads no input")
}

fn act_on(input: &mut ChildStdin, act: Act) -> Result<()> {
    let subtype = match act {
        Act::Interrupt => "interrupt",
        Act::Move => "background_tasks",
    };
    let request =
        json!({"type": "control_request", "request_id": "r1", "request": {"subtype": subtype}});
    writeln!(input, "{request}").context("Claude Code reads no input")?;
    if act == Act::Interrupt {
        say(input, "go on")?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}
