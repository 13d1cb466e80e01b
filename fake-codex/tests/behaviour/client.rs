//! A client for tests: it starts the fake, sends messages, and reads what comes.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder with a `CODEX_HOME`, a working directory and a script.
pub struct World {
    folder: TempDir,
}

impl World {
    /// A fresh one with this script, as YAML.
    pub fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["home", "work"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let world = Self { folder };
        world.script(script);
        world
    }

    /// Another script from now on.
    pub fn script(&self, script: &str) {
        std::fs::write(self.path("script.yaml"), script).unwrap();
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The command `codex` with these arguments in it.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_codex"));
        command
            .args(args)
            .env("CODEX_HOME", self.path("home"))
            .env("FAKE_CODEX_SCRIPT", self.path("script.yaml"))
            .env("FAKE_CODEX_EVENTS", self.path("events"))
            .current_dir(self.path("work"));
        command
    }

    /// A running app-server in it.
    pub fn serve(&self) -> Client {
        let mut child = self
            .command(&["app-server"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Client {
            child,
            stdin,
            stdout,
            next: 1,
        }
    }

    /// A running app-server with a thread in it: the client, and the thread's id.
    pub fn thread(&self) -> (Client, String) {
        let mut client = self.serve();
        client.initialize();
        let cwd = self.path("work").display().to_string();
        let reply = client.ask("thread/start", json!({ "cwd": cwd }));
        let thread = reply["result"]["thread"]["id"].as_str().unwrap().to_owned();
        (client, thread)
    }

    /// The events so far.
    pub fn events(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.path("events")).unwrap_or_default();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The events of one kind so far.
    pub fn events_of(&self, kind: &str) -> Vec<Value> {
        self.events()
            .into_iter()
            .filter(|event| event["kind"] == kind)
            .collect()
    }
}

/// A running app-server and its client.
pub struct Client {
    /// The process.
    pub child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    next: u64,
}

impl Client {
    /// Sends a line.
    pub fn send(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().unwrap();
        // A fake that is gone shows in what it does not send.
        let _ = stdin.write_all(format!("{line}\n").as_bytes());
    }

    /// Sends a line whose end never comes.
    pub fn send_half(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(line.as_bytes()).unwrap();
    }

    /// Sends a request; its id.
    pub fn request(&mut self, method: &str, params: Value) -> u64 {
        let id = self.next;
        self.next += 1;
        self.send(&json!({ "id": id, "method": method, "params": params }).to_string());
        id
    }

    /// The next line; none at the end of the output.
    pub fn line(&mut self) -> Option<Vec<u8>> {
        let mut line = Vec::new();
        let count = self.stdout.read_until(b'\n', &mut line).unwrap();
        (count > 0).then_some(line)
    }

    /// The next message.
    pub fn message(&mut self) -> Value {
        serde_json::from_slice(&self.line().expect("the output ended")).unwrap()
    }

    /// Every message up to and with the first that fits.
    pub fn until(&mut self, fits: impl Fn(&Value) -> bool) -> Vec<Value> {
        let mut messages = Vec::new();
        loop {
            messages.push(self.message());
            if fits(messages.last().unwrap()) {
                return messages;
            }
        }
    }

    /// Every message up to and with the first with this method.
    pub fn until_method(&mut self, method: &str) -> Vec<Value> {
        self.until(|message| message["method"] == method)
    }

    /// Sends a request and reads up to its reply.
    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.request(method, params);
        self.until(|message| message["id"] == id && message.get("method").is_none())
            .pop()
            .unwrap()
    }

    /// Introduces itself.
    pub fn initialize(&mut self) {
        let info = json!({ "name": "test", "version": "1" });
        self.ask("initialize", json!({ "clientInfo": info }));
        self.send("{\"method\":\"initialized\"}");
    }

    /// Starts a turn with this prompt; the reply's id.
    pub fn turn(&mut self, thread: &str, prompt: &str) -> u64 {
        let input = json!([{ "type": "text", "text": prompt }]);
        self.request("turn/start", json!({ "threadId": thread, "input": input }))
    }

    /// Runs a turn to its end: everything that comes.
    pub fn whole_turn(&mut self, thread: &str, prompt: &str) -> Vec<Value> {
        self.turn(thread, prompt);
        self.until_method("turn/completed")
    }

    /// Closes the input.
    pub fn close(&mut self) {
        self.stdin = None;
    }

    /// Closes the input, reads everything left, and waits for the end: the exit status, the
    /// output and the errors.
    pub fn finish(mut self) -> (ExitStatus, Vec<u8>, String) {
        self.close();
        let mut output = Vec::new();
        self.stdout.read_to_end(&mut output).unwrap();
        let mut errors = String::new();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut errors)
            .unwrap();
        (self.child.wait().unwrap(), output, errors)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The items of this type that were completed.
pub fn items(messages: &[Value], kind: &str) -> Vec<Value> {
    messages
        .iter()
        .filter(|message| message["method"] == "item/completed")
        .map(|message| message["params"]["item"].clone())
        .filter(|item| item["type"] == kind)
        .collect()
}

/// The turn that ended last.
pub fn ended(messages: &[Value]) -> Value {
    let last = messages
        .iter()
        .rfind(|message| message["method"] == "turn/completed");
    last.expect("no turn ended")["params"]["turn"].clone()
}
